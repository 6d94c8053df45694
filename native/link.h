/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRIGON_LINK_H
#define TRIGON_LINK_H

#include <node_api.h>

/* Adds the attach and detach functions to the addon's exports. */
napi_status link_define(napi_env env, napi_value exports);

#endif
