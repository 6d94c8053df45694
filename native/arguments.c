/* SPDX-License-Identifier: Apache-2.0 */
/* Reading and checking what JS passes in. */
#include "arguments.h"

#include <string.h>

#include "error.h"
#include "log.h"

bool read_arguments(napi_env env, napi_callback_info info, size_t count, napi_value *values)
{
	/* Every callback starts here: what an earlier one made libbpf say is no part of its errors. */
	log_reset();
	/* Missing arguments arrive as undefined, so the readers below refuse them by type. */
	return succeeded(env, napi_get_cb_info(env, info, &count, values, NULL, NULL));
}

/* A text of 1 to `size` - 1 bytes without NUL. */
static bool read_text(napi_env env, napi_value value, const char *what, char *text, size_t size)
{
	napi_valuetype type;
	size_t length;

	if (!succeeded(env, napi_typeof(env, value, &type)))
		return false;
	if (type != napi_string) {
		throw_argument(env, "%s must be a string", what);
		return false;
	}
	if (!succeeded(env, napi_get_value_string_utf8(env, value, NULL, 0, &length)))
		return false;
	if (length == 0 || length >= size) {
		throw_argument(env, "%s must have 1 to %zu bytes, not %zu", what, size - 1, length);
		return false;
	}
	if (!succeeded(env, napi_get_value_string_utf8(env, value, text, size, &length)))
		return false;
	if (strlen(text) != length) {
		throw_argument(env, "%s must not contain a NUL", what);
		return false;
	}
	return true;
}

bool read_name(napi_env env, napi_value value, const char *what, char name[NAME_BYTES])
{
	return read_text(env, value, what, name, NAME_BYTES);
}

bool read_path(napi_env env, napi_value value, const char *what, char path[PATH_BYTES])
{
	return read_text(env, value, what, path, PATH_BYTES);
}

/*
 * A detached buffer has no data, whatever length its view claims; and where there is nothing to
 * read the pointer is NULL, which is how bpf(2) wants the key of a map without keys.
 */
static void settle(struct bytes *bytes, void *data)
{
	if (!data)
		bytes->length = 0;
	bytes->data = bytes->length ? data : NULL;
}

static bool get_uint8_array(napi_env env, napi_value value, bool *is_one, struct bytes *bytes)
{
	napi_typedarray_type type;
	void *data;

	if (!succeeded(env, napi_is_typedarray(env, value, is_one)))
		return false;
	if (!*is_one)
		return true;
	if (!succeeded(env, napi_get_typedarray_info(env, value, &type, &bytes->length, &data, NULL,
						     NULL)))
		return false;
	*is_one = type == napi_uint8_array;
	settle(bytes, data);
	return true;
}

bool read_bytes(napi_env env, napi_value value, const char *what, struct bytes *bytes)
{
	bool is_one;

	if (!get_uint8_array(env, value, &is_one, bytes))
		return false;
	if (!is_one)
		throw_argument(env, "%s must be a Uint8Array", what);
	return is_one;
}

bool read_element(napi_env env, napi_value value, const char *what, const char *map, size_t length,
		  struct bytes *bytes)
{
	bool is_one;

	if (!get_uint8_array(env, value, &is_one, bytes))
		return false;
	if (is_one && bytes->length == length)
		return true;
	if (is_one)
		throw_argument(env, "%s of map '%s' must have %zu bytes, not %zu", what, map, length,
			       bytes->length);
	else
		throw_argument(env, "%s of map '%s' must be a Uint8Array of %zu bytes", what, map,
			       length);
	return false;
}

bool read_array_buffer(napi_env env, napi_value value, const char *what, struct bytes *bytes)
{
	bool is_array_buffer;
	void *data;

	if (!succeeded(env, napi_is_arraybuffer(env, value, &is_array_buffer)))
		return false;
	if (!is_array_buffer) {
		throw_argument(env, "%s must be an ArrayBuffer", what);
		return false;
	}
	if (!succeeded(env, napi_get_arraybuffer_info(env, value, &data, &bytes->length)))
		return false;
	settle(bytes, data);
	return true;
}

bool read_u32(napi_env env, napi_value value, const char *what, uint32_t *number)
{
	napi_valuetype type;
	double wide;

	if (!succeeded(env, napi_typeof(env, value, &type)))
		return false;
	if (type == napi_number && succeeded(env, napi_get_value_double(env, value, &wide)) &&
	    wide >= 0 && wide <= UINT32_MAX && wide == (double)(uint32_t)wide) {
		*number = (uint32_t)wide;
		return true;
	}
	throw_argument(env, "%s must be an integer from 0 to %u", what, UINT32_MAX);
	return false;
}

bool read_u64(napi_env env, napi_value value, const char *what, uint64_t *number)
{
	napi_valuetype type;
	bool lossless = false;

	if (!succeeded(env, napi_typeof(env, value, &type)))
		return false;
	if (type == napi_bigint &&
	    !succeeded(env, napi_get_value_bigint_uint64(env, value, number, &lossless)))
		return false;
	if (!lossless)
		throw_argument(env, "%s must be a bigint from 0 to 2^64 - 1", what);
	return lossless;
}

bool read_bool(napi_env env, napi_value value, const char *what, bool *flag)
{
	napi_valuetype type;

	if (!succeeded(env, napi_typeof(env, value, &type)))
		return false;
	if (type != napi_boolean) {
		throw_argument(env, "%s must be a boolean", what);
		return false;
	}
	return succeeded(env, napi_get_value_bool(env, value, flag));
}
