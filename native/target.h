/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRIGON_TARGET_H
#define TRIGON_TARGET_H

#include <node_api.h>

/* Adds the functions that say where programs will be attached to the addon's exports. */
napi_status target_define(napi_env env, napi_value exports);

#endif
