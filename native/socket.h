/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRIGON_SOCKET_H
#define TRIGON_SOCKET_H

#include <node_api.h>

/* Adds the functions that tell a socket's protocol and its peer to the addon's exports. */
napi_status socket_define(napi_env env, napi_value exports);

#endif
