/* SPDX-License-Identifier: Apache-2.0 */
/* Reading lists of names and numbers that JS passes in. */
#include "lists.h"

#include <errno.h>
#include <stdlib.h>

#include "arguments.h"
#include "error.h"

bool read_names(napi_env env, napi_value value, const char *what, const char ***names,
		size_t *count)
{
	bool is_array;
	uint32_t length;
	const char **list;
	char (*texts)[NAME_BYTES];
	napi_value element;

	if (!succeeded(env, napi_is_array(env, value, &is_array)))
		return false;
	if (!is_array) {
		throw_argument(env, "%s must be an array of strings", what);
		return false;
	}
	if (!succeeded(env, napi_get_array_length(env, value, &length)))
		return false;
	/* One piece: the pointers, then the texts they point to. One more, so that it is never empty. */
	list = calloc((size_t)length + 1, sizeof(*list) + sizeof(*texts));
	if (!list) {
		throw_failure(env, ENOMEM, NULL, "read %s", what);
		return false;
	}
	texts = (char (*)[NAME_BYTES])(list + length + 1);
	for (uint32_t i = 0; i < length; i++) {
		if (!succeeded(env, napi_get_element(env, value, i, &element)) ||
		    !read_name(env, element, what, texts[i])) {
			free(list);
			return false;
		}
		list[i] = texts[i];
	}
	*names = list;
	*count = length;
	return true;
}

bool read_all_numbers(napi_env env, napi_value value, const char *what, const uint64_t **numbers,
		      size_t *count)
{
	napi_typedarray_type type = napi_int8_array;
	bool is_typed_array;
	void *data = NULL;

	if (!succeeded(env, napi_is_typedarray(env, value, &is_typed_array)))
		return false;
	if (is_typed_array &&
	    !succeeded(env, napi_get_typedarray_info(env, value, &type, count, &data, NULL, NULL)))
		return false;
	if (type != napi_biguint64_array) {
		throw_argument(env, "%s must be a BigUint64Array", what);
		return false;
	}
	/* A detached buffer has no data, whatever length its view claims. */
	if (!data)
		*count = 0;
	*numbers = data;
	return true;
}

bool read_numbers(napi_env env, napi_value value, const char *what, size_t count,
		  const uint64_t **numbers)
{
	size_t length;

	if (!read_all_numbers(env, value, what, numbers, &length))
		return false;
	if (length == count)
		return true;
	throw_argument(env, "%s must be %zu, one for each place, not %zu", what, count, length);
	return false;
}
