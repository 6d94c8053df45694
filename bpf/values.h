/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The values of a call, read when the first filter or event asks for them: numbers, texts, buffers, paths, and structures.
 */
#ifndef TRIGON_VALUES_H
#define TRIGON_VALUES_H

#include "buffers.h"
#include "files.h"
#include "iovecs.h"
#include "structs.h"

/* Who used a socket last: struct sock -> process. An address may be used again for another socket, whose owner then replaces it at
 * its own first use. */
struct owner {
	__u32 tgid;
	__u32 pad;
	__u64 start;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 32768);
	__type(key, __u64);
	__type(value, struct owner);
} socket_owners SEC(".maps");

static __always_inline void set_owner(struct call *call, __u64 sock)
{
	struct owner owner = { .tgid = call->tgid, .start = call->start };

	bpf_map_update_elem(&socket_owners, &sock, &owner, BPF_ANY);
}

static __always_inline void note_owner(struct call *call, __u64 sock)
{
	if (call->in_task) {
		set_owner(call, sock);
	} else {
		struct owner *owner = bpf_map_lookup_elem(&socket_owners, &sock);

		if (owner) {
			call->owner_tgid = owner->tgid;
			call->owner_start = owner->start;
		}
	}
}

/* Functions of their own, which the verifier checks once and not for each caller; several, because the stack is small. */
__noinline int tg_read_path(__u32 level, __u32 number, __u32 type, __u64 pointer)
{
	struct value *value = get_value(level, number);
	struct call *call = get_call(level);

	if (!value || !call)
		return 0;
	if (type == TG_TYPE_FILE && pointer == call->inputs[TG_INPUT_FILE])
		call->file_value = number + 1;
	return read_path_value(value, level, type, pointer);
}

__noinline int tg_read_given(__u32 level, __u32 number, __u32 type, __u64 pointer, __u32 user)
{
	struct value *value = get_value(level, number);

	return value && (user || is_in_kernel(pointer)) && read_given_structure(value, type, pointer, user);
}

__noinline int tg_read_structure(__u32 level, __u32 number, __u32 type, __u64 pointer)
{
	struct value *value = get_value(level, number);
	struct call *call = get_call(level);

	if (!value || !call || !is_in_kernel(pointer) || !read_kernel_structure(value, type, pointer))
		return 0;
	if (type != TG_TYPE_SOCK)
		return 1;
	note_owner(call, pointer);
	if (call->has_destination && pointer == call->sock)
		set_destination(value, call);
	return 1;
}

__noinline int tg_read_packet(__u32 level, __u32 number, __u64 pointer)
{
	struct value *value = get_value(level, number);

	return value && is_in_kernel(pointer) && read_skb(value, (struct sk_buff *)pointer);
}

__noinline int tg_read_buffer(__u32 level, __u32 number, __u64 pointer, __u64 length, __u32 user)
{
	struct value *value = get_value(level, number);
	struct call *call = get_call(level);
	struct tg_value_spec *spec;

	if (!value || !call)
		return 0;
	spec = get_value_spec(call, number);
	if (!spec)
		return 0;
	switch (spec->type) {
	case TG_TYPE_CHAR_BUF:
		return read_bytes(value, pointer, length, spec->at_most, user);
	case TG_TYPE_CONST_BUF:
		length = spec->at_most;
		break;
	case TG_TYPE_DATA_LOC: {
		/* The field holds length << 16 | offset from the record's start, which input 0 points to. */
		__u32 where = 0;

		if (!read_memory(&where, sizeof(where), pointer, false))
			return 0;
		pointer = call->inputs[0] + (where & 0xffff);
		length = where >> 16;
		break;
	}
	case TG_TYPE_FILENAME:
		pointer = (__u64)READ_FIELD((struct filename *)pointer, name);
		length = TG_BUFFER_MAX;
		break;
	default:
		length = TG_BUFFER_MAX;
	}
	return read_text(value, pointer, length, user);
}

/* Not a part of tg_read_buffer: the chain of calls would be too long, and the stack too small. */
__noinline int tg_read_pieces(__u32 level, __u32 number, __u64 pointer, __u64 count, __u32 user)
{
	struct value *value = get_value(level, number);
	struct call *call = get_call(level);

	if (!value || !call)
		return 0;
	if (value->head.type == TG_TYPE_CHAR_IOVEC)
		begin_iovecs(call, pointer, count, user);
	else if (is_kernel_address((void *)pointer))
		begin_iov_iter(call, (struct iov_iter *)pointer);
	else
		return 0;
	return read_pieces_of_call(call, value, level, number);
}

static __always_inline bool is_path_type(__u32 type)
{
	return type == TG_TYPE_FILE || type == TG_TYPE_PATH || type == TG_TYPE_FD || type == TG_TYPE_DENTRY ||
	       type == TG_TYPE_LINUX_BINPRM || type == TG_TYPE_KIOCB;
}

static __always_inline bool is_buffer_type(__u32 type)
{
	return type == TG_TYPE_STRING || type == TG_TYPE_CHAR_BUF || type == TG_TYPE_CONST_BUF || type == TG_TYPE_DATA_LOC ||
	       type == TG_TYPE_FILENAME;
}

static __always_inline bool is_pieces_type(__u32 type)
{
	return type == TG_TYPE_CHAR_IOVEC || type == TG_TYPE_IOV_ITER;
}

static __always_inline __u64 input_of(struct call *call, struct tg_value_spec *spec)
{
	if (spec->input == TG_INPUT_TASK)
		return bpf_get_current_task();
	if (spec->input == TG_INPUT_CONSTANT)
		return (__s64)spec->steps[0];
	if (spec->input == TG_INPUT_SOCK) {
		if (!call->sock && call->is_syscall)
			call->sock = sock_of_fd(bpf_get_current_task_btf(), call->inputs[0]);
		return call->sock;
	}
	return call->inputs[spec->input & (TG_MAX_INPUTS - 1)];
}

/* Whether a pointer leads to the process's memory. What is found there leads nowhere else: a process must not have the kernel's memory
 * shown to it by writing addresses of the kernel into its own. */
static __always_inline bool leads_to_user(struct tg_value_spec *spec, __u64 pointer, bool already)
{
	return already || (spec->flags & TG_VALUE_BY_ADDRESS && !is_kernel_address((void *)pointer));
}

/* A value could not be read at a user address. A null pointer is no memory that will be there later. */
static __always_inline void note_missing(struct call *call, __u32 number, __u64 address)
{
	if (!address)
		return;
	call->missing |= 1u << number;
	call->faulted = 1;
}

/* Finds where a value is: call->found. 0, and the value says why, when the way there leads through memory that is not there. */
__noinline int tg_find_value(__u32 level, __u32 number)
{
	struct call *call = get_call(level);
	struct value *value = get_value(level, number);
	struct tg_value_spec *spec;
	__u64 pointer, from;
	bool user;

	if (!call || !value)
		return 0;
	spec = get_value_spec(call, number);
	if (!spec)
		return 0;
	user = spec->flags & TG_VALUE_USER;
	pointer = input_of(call, spec);
	for (__u32 i = 0; i < TG_MAX_STEPS && i < spec->step_count; i++) {
		if (spec->input == TG_INPUT_CONSTANT)
			break;
		from = pointer;
		user = leads_to_user(spec, from, user);
		if (!read_memory(&pointer, sizeof(pointer), from + spec->steps[i], user)) {
			set_error(value, TG_ERROR_RESOLVE);
			value->head.number = i + 1;
			if (user)
				note_missing(call, number, from);
			return 0;
		}
	}
	call->found.from = pointer;
	call->found.pointer = pointer + spec->offset;
	call->found.is_user = leads_to_user(spec, pointer, user);
	return 1;
}

static __always_inline bool read_a_number(struct call *call, struct value *value, struct tg_value_spec *spec, int width)
{
	__u32 bytes = (width < 0 ? -width : width) & 15;
	__u64 number = call->found.pointer;
	bool good = true;

	if (spec->flags & TG_VALUE_IN_PLACE) {
		__u64 there = 0;

		good = read_number(&there, bytes <= 8 ? bytes : 8, number, call->found.is_user);
		number = there;
	}
	if (spec->flags & TG_VALUE_OUTCOME && (__s64)number >= 0)
		number = 0;
	value->head.number = cut(number, width);
	/* The numbers of the 32-bit interface mean other calls. */
	if (spec->type == TG_TYPE_SYSCALL64 && is_compat())
		value->head.number |= 1u << 31;
	return good;
}

static __always_inline __u64 length_of(struct call *call, struct tg_value_spec *spec)
{
	__u64 length = TG_BUFFER_MAX;

	if (spec->size_input < TG_MAX_INPUTS)
		length = call->inputs[spec->size_input & (TG_MAX_INPUTS - 1)];
	/* A call that failed has filled nothing: its return value is an error, not a length. */
	return (__s64)length < 0 ? 0 : length;
}

/* Reads a value of the call, once. What went wrong stands in the value. */
__noinline int tg_read_value(__u32 level, __u32 number)
{
	struct call *call = get_call(level);
	struct value *value = get_value(level, number);
	struct tg_value_spec *spec;
	bool good;
	int width;

	if (!call || !value || number >= TG_VALUES_PER_SITE)
		return 0;
	if (call->read & (1u << number)) {
		/* Another hook has tried to read it. */
		if (call->missing & (1u << number))
			call->faulted = 1;
		return 0;
	}
	call->read |= 1u << number;
	spec = get_value_spec(call, number);
	if (!spec)
		return 0;
	value->head.type = spec->type;
	value->head.size = 0;
	value->head.number = 0;
	value->head.flags = 0;
	value->head.error = TG_ERROR_NONE;
	if (!tg_find_value(level, number))
		return 0;

	width = width_of(spec->type);
	if (width) {
		good = read_a_number(call, value, spec, width);
	} else if (is_path_type(spec->type)) {
		good = tg_read_path(level, number, spec->type, call->found.pointer);
		call->found.is_user = 0;
	} else if (is_pieces_type(spec->type)) {
		good = tg_read_pieces(level, number, call->found.pointer, length_of(call, spec), call->found.is_user);
	} else if (is_buffer_type(spec->type)) {
		good = tg_read_buffer(level, number, call->found.pointer, length_of(call, spec), call->found.is_user);
	} else if (is_given_type(spec->type)) {
		good = tg_read_given(level, number, spec->type, call->found.pointer, call->found.is_user);
	} else if (call->found.is_user) {
		good = false;
	} else if (spec->type == TG_TYPE_SKB) {
		good = tg_read_packet(level, number, call->found.pointer);
	} else {
		good = tg_read_structure(level, number, spec->type, call->found.pointer);
	}
	if (!good) {
		set_error(value, TG_ERROR_FAULT);
		if (call->found.is_user)
			note_missing(call, number, call->found.from);
	}
	return 0;
}

/* The value, read if it has not been. */
static __always_inline struct value *read_value(__u32 level, __u32 number)
{
	tg_read_value(level, number);
	return get_value(level, number);
}

#endif
