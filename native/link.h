/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRIGON_LINK_H
#define TRIGON_LINK_H

#include <node_api.h>

#include <bpf/libbpf.h>

/* What an attachment hangs on: libbpf's link, or the descriptor of one that we made without libbpf. */
struct attached {
	struct bpf_link *bpf;
	int fd;	/* -1 when there is none */
};

/* Attaches a loaded program to `target`; 0 or a positive error. On failure `attached` stays as it was. */
typedef int (*attach_way)(struct bpf_program *program, const void *target, struct attached *attached);

/*
 * Attaches the program of that name in the object behind `owner` and returns the link's handle, or
 * NULL with an exception pending. `where` names the target in messages.
 */
napi_value link_create(napi_env env, napi_value owner, const char *program, attach_way attach,
		       const void *target, const char *where);

/* Stores what a libbpf attach function returned; 0 or the positive error it left in errno. */
int keep_link(struct bpf_link *link, struct attached *attached);

/* Adds the attach and detach functions to the addon's exports. */
napi_status link_define(napi_env env, napi_value exports);

#endif
