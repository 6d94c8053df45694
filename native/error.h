/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRIGON_ERROR_H
#define TRIGON_ERROR_H

#include <node_api.h>
#include <stdbool.h>

/*
 * Throws a JS Error for a failed operation: `code` ('BPF_EPERM'), `errno` (positive), the formatted
 * text, the meaning of the number and the end of libbpf's log, the last also as `log`. `program` is
 * the program concerned, or NULL when unknown.
 *
 * Always returns NULL, so that a callback can `return throw_failure(...)`.
 */
napi_value throw_failure(napi_env env, int error, const char *program, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Throws a TypeError with code 'BPF_EINVAL': the caller passed something the addon cannot use. */
napi_value throw_argument(napi_env env, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* False, with a JS exception pending, when a Node-API call failed. */
bool succeeded(napi_env env, napi_status status);

#endif
