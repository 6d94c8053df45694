/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRIGON_PROBE_H
#define TRIGON_PROBE_H

#include <node_api.h>

/* Adds the functions that try what the kernel allows to the addon's exports. */
napi_status probe_define(napi_env env, napi_value exports);

#endif
