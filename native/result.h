/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRIGON_RESULT_H
#define TRIGON_RESULT_H

#include <node_api.h>
#include <stdbool.h>
#include <stdint.h>

/* Set a property of a JS object that is being returned; false with an exception pending. */
bool set_text(napi_env env, napi_value object, const char *key, const char *value);
bool set_u32(napi_env env, napi_value object, const char *key, uint32_t value);
bool set_number(napi_env env, napi_value object, const char *key, double value);
bool set_bigint(napi_env env, napi_value object, const char *key, uint64_t value);

#endif
