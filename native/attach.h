/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRIGON_ATTACH_H
#define TRIGON_ATTACH_H

#include <node_api.h>

/* Adds the functions that attach programs to places in the kernel to the addon's exports. */
napi_status attach_define(napi_env env, napi_value exports);

#endif
