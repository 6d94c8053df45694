/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRIGON_HANDLE_H
#define TRIGON_HANDLE_H

#include <node_api.h>
#include <stdbool.h>

/*
 * A handle is an empty JS object that wraps one C structure. The type tag tells the kinds apart, so
 * that no argument from JS can make us read a map as a ring: a wrapped pointer alone has no type.
 */
struct handle_kind {
	napi_type_tag tag;
	const char *what;
	/* Frees the structure, closing what it holds; runs at collection or when the thread ends. */
	void (*dispose)(void *structure);
};

/*
 * Wraps `structure`, which it disposes of itself when it fails (NULL, exception pending). `owner` is
 * the handle of what the structure is a part of, or NULL: it is not collected before its parts.
 */
napi_value handle_create(napi_env env, const struct handle_kind *kind, void *structure,
			 napi_value owner);

/* The structure behind a handle, or NULL with a TypeError pending when it is no such handle. */
void *handle_read(napi_env env, napi_value value, const struct handle_kind *kind);

#endif
