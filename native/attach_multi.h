/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRIGON_ATTACH_MULTI_H
#define TRIGON_ATTACH_MULTI_H

#include <node_api.h>

/* Adds the functions that attach a program to many functions at once to the addon's exports. */
napi_status attach_multi_define(napi_env env, napi_value exports);

#endif
