/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRIGON_FILELOCK_H
#define TRIGON_FILELOCK_H

#include <node_api.h>

/* Adds the function that locks an open file to the addon's exports. */
napi_status filelock_define(napi_env env, napi_value exports);

#endif
