/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRIGON_RING_H
#define TRIGON_RING_H

#include <node_api.h>

/* Adds the ring buffer functions to the addon's exports. */
napi_status ring_define(napi_env env, napi_value exports);

#endif
