/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Readers of the kernel's structures: each fills a value's body with what the record carries of that structure (events.h).
 */
#ifndef TRIGON_STRUCTS_H
#define TRIGON_STRUCTS_H

#include "structs_net.h"
#include "structs_security.h"

/* What processes give to system calls, and the kernel hands on, as a copy or as it was given. */
static __always_inline bool is_given_type(__u32 type)
{
	return type == TG_TYPE_SOCKADDR || type == TG_TYPE_SOCKADDR_UN || type == TG_TYPE_KERNEL_CAP || type == TG_TYPE_CAP_INHERITABLE ||
	       type == TG_TYPE_CAP_PERMITTED || type == TG_TYPE_CAP_EFFECTIVE || type == TG_TYPE_BPF_ATTR || type == TG_TYPE_BPF_MAP ||
	       type == TG_TYPE_PERF_EVENT;
}

static __always_inline bool read_given_structure(struct value *value, __u32 type, __u64 pointer, bool user)
{
	switch (type) {
	case TG_TYPE_SOCKADDR:
		return read_address(value, pointer, user);
	case TG_TYPE_SOCKADDR_UN:
		return read_unix_address(value, pointer, user);
	case TG_TYPE_BPF_ATTR:
		return read_bpf_program_attributes(value, pointer, user);
	case TG_TYPE_BPF_MAP:
		return user ? read_bpf_map_attributes(value, pointer) : read_bpf_map(value, (struct bpf_map *)pointer);
	case TG_TYPE_PERF_EVENT:
		if (!user)
			pointer += bpf_core_field_offset(struct perf_event, attr);
		return read_perf_attributes(value, pointer, user);
	default:
		return read_capability_set(value, type, pointer, user);
	}
}

static __always_inline bool read_kernel_structure(struct value *value, __u32 type, __u64 pointer)
{
	void *structure = (void *)pointer;

	switch (type) {
	case TG_TYPE_SOCK:
		return read_sock(value, structure);
	case TG_TYPE_SOCKET:
		return read_socket(value, structure);
	case TG_TYPE_NET_DEVICE:
		return read_net_device(value, structure);
	case TG_TYPE_CRED:
		return read_cred(value, structure);
	case TG_TYPE_USER_NAMESPACE:
		return read_user_namespace(value, structure);
	case TG_TYPE_BPF_PROG:
		return read_bpf_program(value, structure);
	case TG_TYPE_MODULE:
		return read_module(value, structure);
	case TG_TYPE_LOAD_INFO:
		return read_load_info(value, structure);
	default:
		return false;
	}
}

/* The readers trust a kernel's address: a typed access to bad memory reads 0 and tells nobody. */
static __always_inline bool is_in_kernel(__u64 pointer)
{
	char first;

	return !read_small(&first, sizeof(first), (const void *)pointer);
}

#endif
