/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRIGON_ATTACH_TRACEPOINT_H
#define TRIGON_ATTACH_TRACEPOINT_H

#include <node_api.h>

/* Adds the function that attaches programs to tracepoints of tracefs to the addon's exports. */
napi_status attach_tracepoint_define(napi_env env, napi_value exports);

#endif
