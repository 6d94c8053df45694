/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRIGON_SIGNAL_H
#define TRIGON_SIGNAL_H

#include <node_api.h>

/* Adds the function that sends a signal to a process, and to no other, to the addon's exports. */
napi_status signal_define(napi_env env, napi_value exports);

#endif
