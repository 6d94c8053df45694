/* SPDX-License-Identifier: Apache-2.0 */
/* Typed wrapping of C structures in JS objects. */
#include "handle.h"

#include "error.h"

static void finalize(napi_env env, void *structure, void *kind)
{
	(void)env;
	((const struct handle_kind *)kind)->dispose(structure);
}

napi_value handle_create(napi_env env, const struct handle_kind *kind, void *structure,
			 napi_value owner)
{
	napi_value handle;

	if (!succeeded(env, napi_create_object(env, &handle)) ||
	    !succeeded(env, napi_wrap(env, handle, structure, finalize, (void *)kind, NULL))) {
		kind->dispose(structure);
		return NULL;
	}
	/* From here on the finaliser disposes of it. */
	if (!succeeded(env, napi_type_tag_object(env, handle, &kind->tag)) ||
	    (owner && !succeeded(env, napi_set_named_property(env, handle, "owner", owner))))
		return NULL;
	return handle;
}

void *handle_read(napi_env env, napi_value value, const struct handle_kind *kind)
{
	napi_valuetype type;
	bool matches = false;
	void *structure = NULL;

	if (!succeeded(env, napi_typeof(env, value, &type)))
		return NULL;
	if (type == napi_object &&
	    !succeeded(env, napi_check_object_type_tag(env, value, &kind->tag, &matches)))
		return NULL;
	if (!matches) {
		throw_argument(env, "expected a %s handle", kind->what);
		return NULL;
	}
	if (!succeeded(env, napi_unwrap(env, value, &structure)))
		return NULL;
	return structure;
}
