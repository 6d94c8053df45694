/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRIGON_ITERATOR_H
#define TRIGON_ITERATOR_H

#include <node_api.h>

/* Adds the iterator function to the addon's exports. */
napi_status iterator_define(napi_env env, napi_value exports);

#endif
