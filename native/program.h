/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRIGON_PROGRAM_H
#define TRIGON_PROGRAM_H

#include <node_api.h>

#include "object.h"

/* The program of that name, or NULL with an exception pending. */
struct bpf_program *program_find(napi_env env, struct object *object, const char *operation,
				 const char *name);

/* The descriptor of a loaded program of the object behind `owner`, or -1 with an exception pending. */
int program_fd_of(napi_env env, napi_value owner, const char *operation, const char *name);

/* Adds the program functions to the addon's exports. */
napi_status program_define(napi_env env, napi_value exports);

#endif
