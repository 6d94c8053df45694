/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRIGON_FSUSER_H
#define TRIGON_FSUSER_H

#include <node_api.h>

/* Adds the function that reaches for files with another user's rights to the addon's exports. */
napi_status fsuser_define(napi_env env, napi_value exports);

#endif
