/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRIGON_ATTACH_USER_H
#define TRIGON_ATTACH_USER_H

#include <node_api.h>

/* Adds the functions that attach programs to places in executables to the addon's exports. */
napi_status attach_user_define(napi_env env, napi_value exports);

#endif
