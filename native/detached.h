/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRIGON_DETACHED_H
#define TRIGON_DETACHED_H

#include <node_api.h>

/*
 * Makes a mount of a kernel filesystem that nobody else sees and that ends with the descriptor.
 * Returns the descriptor of its root, or a negative errno.
 */
int open_detached(const char *type);

/* Adds the function that opens kernel filesystems which nobody mounted to the addon's exports. */
napi_status detached_define(napi_env env, napi_value exports);

#endif
