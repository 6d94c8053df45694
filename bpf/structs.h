/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Readers of the kernel's structures: each fills a value's body with what the record carries of that structure (events.h).
 */
#ifndef TRIGON_STRUCTS_H
#define TRIGON_STRUCTS_H

#include "structs_net.h"
#include "structs_security.h"

static __always_inline bool read_user_structure(struct value *value, __u32 type, __u64 pointer)
{
	switch (type) {
	case TG_TYPE_SOCKADDR:
		return read_address(value, pointer, true);
	case TG_TYPE_SOCKADDR_UN:
		return read_unix_address(value, pointer, true);
	case TG_TYPE_KERNEL_CAP:
	case TG_TYPE_CAP_INHERITABLE:
	case TG_TYPE_CAP_PERMITTED:
	case TG_TYPE_CAP_EFFECTIVE:
		return read_capability_set(value, type, pointer, true);
	case TG_TYPE_BPF_ATTR:
		return read_bpf_program_attributes(value, pointer, true);
	case TG_TYPE_BPF_MAP:
		return read_bpf_map_attributes(value, pointer);
	case TG_TYPE_PERF_EVENT:
		return read_perf_attributes(value, pointer, true);
	default:
		return false;
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
	case TG_TYPE_SKB:
		return read_skb(value, structure);
	case TG_TYPE_NET_DEVICE:
		return read_net_device(value, structure);
	case TG_TYPE_SOCKADDR:
		return read_address(value, pointer, false);
	case TG_TYPE_SOCKADDR_UN:
		return read_unix_address(value, pointer, false);
	case TG_TYPE_CRED:
		return read_cred(value, structure);
	case TG_TYPE_USER_NAMESPACE:
		return read_user_namespace(value, structure);
	case TG_TYPE_KERNEL_CAP:
	case TG_TYPE_CAP_INHERITABLE:
	case TG_TYPE_CAP_PERMITTED:
	case TG_TYPE_CAP_EFFECTIVE:
		return read_capability_set(value, type, pointer, false);
	case TG_TYPE_BPF_ATTR:
		return read_bpf_program_attributes(value, pointer, false);
	case TG_TYPE_BPF_PROG:
		return read_bpf_program(value, structure);
	case TG_TYPE_BPF_MAP:
		return read_bpf_map(value, structure);
	case TG_TYPE_PERF_EVENT:
		return read_perf_attributes(value, pointer + bpf_core_field_offset(struct perf_event, attr), false);
	case TG_TYPE_MODULE:
		return read_module(value, structure);
	case TG_TYPE_LOAD_INFO:
		return read_load_info(value, structure);
	default:
		return false;
	}
}

/* Reads the structure of a type at a pointer into the kernel's memory, or the process's (`user`: what a system call was given).
 * False: there is no such memory, or no such type on this side. */
static __always_inline bool read_structure(struct value *value, __u32 type, __u64 pointer, bool user)
{
	char first;

	value->head.size = 0;
	value->head.number = 0;
	if (user)
		return read_user_structure(value, type, pointer);
	/* The readers trust the address: a typed access to bad memory reads 0 and tells nobody. */
	if (bpf_probe_read_kernel(&first, sizeof(first), (const void *)pointer))
		return false;
	return read_kernel_structure(value, type, pointer);
}

#endif
