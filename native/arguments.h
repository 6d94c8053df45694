/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRIGON_ARGUMENTS_H
#define TRIGON_ARGUMENTS_H

#include <node_api.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Longest name of an object, program, map or variable, with its terminator. */
#define NAME_BYTES 256
/* Longest path the kernel takes, with its terminator. */
#define PATH_BYTES 4096

struct bytes {
	uint8_t *data;
	size_t length;
};

/*
 * Readers of callback arguments. Each returns false with a TypeError pending that names the
 * argument when the value has the wrong type or range; nothing of JS is trusted past them.
 */
bool read_arguments(napi_env env, napi_callback_info info, size_t count, napi_value *values);
bool read_name(napi_env env, napi_value value, const char *what, char name[NAME_BYTES]);
bool read_path(napi_env env, napi_value value, const char *what, char path[PATH_BYTES]);
bool read_bytes(napi_env env, napi_value value, const char *what, struct bytes *bytes);
bool read_element(napi_env env, napi_value value, const char *what, const char *map, size_t length,
		  struct bytes *bytes);
bool read_array_buffer(napi_env env, napi_value value, const char *what, struct bytes *bytes);
bool read_u32(napi_env env, napi_value value, const char *what, uint32_t *number);
bool read_u64(napi_env env, napi_value value, const char *what, uint64_t *number);
bool read_bool(napi_env env, napi_value value, const char *what, bool *flag);

#endif
