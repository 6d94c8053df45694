/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRIGON_LISTS_H
#define TRIGON_LISTS_H

#include <node_api.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Readers of lists, as those of arguments.h: false with an exception pending. A list of names is
 * freed with free(); numbers stay those of JS, which must not run meanwhile.
 */

/* A JS array of strings; an empty one gives a list to be freed, too. */
bool read_names(napi_env env, napi_value value, const char *what, const char ***names,
		size_t *count);

/* A BigUint64Array of that many numbers. */
bool read_numbers(napi_env env, napi_value value, const char *what, size_t count,
		  const uint64_t **numbers);

/* A BigUint64Array of any length; `count` is what it has. */
bool read_all_numbers(napi_env env, napi_value value, const char *what, const uint64_t **numbers,
		      size_t *count);

#endif
