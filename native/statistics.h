/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRIGON_STATISTICS_H
#define TRIGON_STATISTICS_H

#include <node_api.h>

/* Adds the function that makes the kernel time BPF programs to the addon's exports. */
napi_status statistics_define(napi_env env, napi_value exports);

#endif
