/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * A value of a call, as it goes into a record, and the memory it is read from.
 */
#ifndef TRIGON_VALUE_H
#define TRIGON_VALUE_H

#include "calls.h"

/* A value as it goes into a record: only the first head.size bytes of the body count. */
struct value {
	struct tg_argument head;
	char body[TG_BODY_MAX];
};

/* Index: level * TG_VALUES_PER_SITE + number of the value. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, TG_LEVELS * TG_VALUES_PER_SITE);
	__type(key, __u32);
	__type(value, struct value);
} values SEC(".maps");

/* Index: site * TG_VALUES_PER_SITE + number of the value. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, TG_MAX_SITES * TG_VALUES_PER_SITE);
	__type(key, __u32);
	__type(value, struct tg_value_spec);
} value_specs SEC(".maps");

static __always_inline struct value *get_value(__u32 level, __u32 number)
{
	__u32 index = level * TG_VALUES_PER_SITE + number;

	return bpf_map_lookup_elem(&values, &index);
}

static __always_inline struct tg_value_spec *get_value_spec(struct call *call, __u32 number)
{
	__u32 index = call->site * TG_VALUES_PER_SITE + number;

	return bpf_map_lookup_elem(&value_specs, &index);
}

/* The file behind a descriptor of the current task, 0 if there is none. As files_lookup_fd_raw(), include/linux/fdtable.h. */
static __always_inline struct file *file_of(struct task_struct *task, __u32 fd)
{
	struct files_struct *files = task->files;
	struct fdtable *table;

	if (!files)
		return 0;
	table = files->fdt;
	if (fd >= table->max_fds)
		return 0;
	return READ_AT(table->fd + fd);
}

/* A small block of constant size. */
static __always_inline bool read_memory(void *to, __u32 size, __u64 from, bool user)
{
	return !(user ? bpf_probe_read_user(to, size, (void *)from) : read_small(to, size, (void *)from));
}

/* A number of up to eight bytes. */
static __always_inline bool read_number(__u64 *to, __u32 size, __u64 from, bool user)
{
	if (user)
		return !bpf_probe_read_user(to, size, (void *)from);
	if (may_probe_kernel)
		return !bpf_probe_read_kernel(to, size, (void *)from);
	*to = read_word((void *)from, size);
	return is_kernel_address((void *)from);
}

static __always_inline void set_error(struct value *value, enum tg_value_error error)
{
	value->head.size = 0;
	value->head.error = error;
}

/* Bytes that a number of this type takes in memory; negative: signed; 0: not a number. */
static __always_inline int width_of(__u32 type)
{
	switch (type) {
	case TG_TYPE_INT:
	case TG_TYPE_S32:
	case TG_TYPE_CAPABILITY:
	case TG_TYPE_BPF_CMD:
		return -4;
	case TG_TYPE_U32:
		return 4;
	case TG_TYPE_S64:
		return -8;
	case TG_TYPE_U64:
	case TG_TYPE_SIZE:
	case TG_TYPE_SYSCALL64:
		return 8;
	case TG_TYPE_S16:
		return -2;
	case TG_TYPE_U16:
		return 2;
	case TG_TYPE_S8:
		return -1;
	case TG_TYPE_U8:
		return 1;
	default:
		return 0;
	}
}

static __always_inline __s64 cut(__u64 number, int width)
{
	switch (width) {
	case -1:
		return (__s8)number;
	case 1:
		return (__u8)number;
	case -2:
		return (__s16)number;
	case 2:
		return (__u16)number;
	case -4:
		return (__s32)number;
	case 4:
		return (__u32)number;
	default:
		return number;
	}
}

#endif
