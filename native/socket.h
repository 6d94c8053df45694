/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRIGON_SOCKET_H
#define TRIGON_SOCKET_H

#include <node_api.h>

/* Adds the function that tells a socket's protocol to the addon's exports. */
napi_status socket_define(napi_env env, napi_value exports);

#endif
