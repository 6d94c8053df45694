/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The kernel's types of what security policies watch: BPF programs and maps, perf events, modules. Declared as those of kernel.h,
 * for CO-RE. What system calls take (union bpf_attr, struct perf_event_attr, struct __user_cap_data_struct) is part of the
 * kernel's interface and never moves: it comes from its headers.
 */
#ifndef TRIGON_KERNEL_SECURITY_H
#define TRIGON_KERNEL_SECURITY_H

#include "kernel.h"

#include <linux/capability.h>
#include <linux/perf_event.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct bpf_prog_aux {
	char name[BPF_OBJ_NAME_LEN];
};

struct bpf_prog {
	enum bpf_prog_type type;
	__u32 len; /* instructions */
	struct bpf_prog_aux *aux;
};

struct bpf_map {
	enum bpf_map_type map_type;
	__u32 key_size;
	__u32 value_size;
	__u32 max_entries;
	char name[BPF_OBJ_NAME_LEN];
};

struct perf_event {
	struct perf_event_attr attr;
};

struct module {
	char name[56];
	unsigned long taints;
};

/* kernel/module/internal.h; only in the BTF of kernels with modules. */
struct load_info {
	const char *name;
	struct module *mod;
	bool sig_ok; /* with CONFIG_MODULE_SIG */
};

#pragma clang attribute pop

#endif
