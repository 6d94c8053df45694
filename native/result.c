/* SPDX-License-Identifier: Apache-2.0 */
/* Filling the JS objects that callbacks return. */
#include "result.h"

#include "error.h"

bool set_text(napi_env env, napi_value object, const char *key, const char *value)
{
	napi_value text;

	return succeeded(env, napi_create_string_utf8(env, value, NAPI_AUTO_LENGTH, &text)) &&
	       succeeded(env, napi_set_named_property(env, object, key, text));
}

bool set_u32(napi_env env, napi_value object, const char *key, uint32_t value)
{
	napi_value number;

	return succeeded(env, napi_create_uint32(env, value, &number)) &&
	       succeeded(env, napi_set_named_property(env, object, key, number));
}

bool set_number(napi_env env, napi_value object, const char *key, double value)
{
	napi_value number;

	return succeeded(env, napi_create_double(env, value, &number)) &&
	       succeeded(env, napi_set_named_property(env, object, key, number));
}

bool set_bigint(napi_env env, napi_value object, const char *key, uint64_t value)
{
	napi_value number;

	return succeeded(env, napi_create_bigint_uint64(env, value, &number)) &&
	       succeeded(env, napi_set_named_property(env, object, key, number));
}
