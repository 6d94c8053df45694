/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Readers of texts and buffers.
 */
#ifndef TRIGON_BUFFERS_H
#define TRIGON_BUFFERS_H

#include "value.h"

/* Copies a text that ends with NUL. Returns false on a fault. */
static __always_inline bool read_text(struct value *value, __u64 from, bool user)
{
	long copied = user ? bpf_probe_read_user_str(value->body, TG_BUFFER_MAX + 1, (void *)from)
			   : bpf_probe_read_kernel_str(value->body, TG_BUFFER_MAX + 1, (void *)from);

	if (copied < 1)
		return false;
	value->head.size = copied - 1;
	return true;
}

/* Copies `length` bytes, at most TG_BUFFER_MAX. head.number tells how many there were. */
static __always_inline bool read_bytes(struct value *value, __u64 from, __u64 length, __u32 at_most, bool user)
{
	__u32 size = at_most && at_most < TG_BUFFER_MAX ? at_most : TG_BUFFER_MAX;

	value->head.number = length;
	if (length < size)
		size = length;
	KEEP_RANGE(size);
	size &= TG_BUFFER_MAX;
	if (!read_memory(value->body, size, from, user))
		return false;
	value->head.size = size;
	return true;
}

/* As text up to the first NUL: a char array in a structure that need not be full. */
static __always_inline bool read_char_array(struct value *value, __u64 from, __u32 length, bool user)
{
	long copied;

	if (!length || length > TG_BUFFER_MAX)
		length = TG_BUFFER_MAX;
	KEEP_RANGE(length);
	length &= TG_BUFFER_MAX;
	/* One more than the array holds, for the NUL that the function always writes. */
	copied = user ? bpf_probe_read_user_str(value->body, length + 1, (void *)from)
		      : bpf_probe_read_kernel_str(value->body, length + 1, (void *)from);
	if (copied < 1)
		return false;
	value->head.size = copied - 1;
	return true;
}

#define TG_MAX_IOVECS 7
#define TG_IOVEC_CHUNK 256
/* Enough for a full body, each iovec's last chunk being a small one. */
#define TG_IOVEC_CHUNKS (TG_BUFFER_MAX / TG_IOVEC_CHUNK + 1 + TG_MAX_IOVECS)

/* Appends the next piece of an array of struct iovec, in chunks: the verifier then sees that each fits behind the others. Returns
 * 1 when there is more, 0 at the end, -1 on a fault. A function of its own, so that the loop around it is cheap to verify. */
__noinline int tg_read_iovec_chunk(__u32 level, __u32 number)
{
	struct call *call = get_call(level);
	struct value *value = get_value(level, number);
	__u32 size, at;

	if (!call || !value)
		return -1;
	if (!call->iovec.length) {
		if (call->iovec_next >= TG_MAX_IOVECS || call->iovec_next >= call->iovec_count)
			return 0;
		if (!read_memory(&call->iovec, sizeof(call->iovec), call->iovecs + call->iovec_next * sizeof(call->iovec), true))
			return -1;
		value->head.number += call->iovec.length;
		call->iovec_next++;
	}
	size = call->iovec.length < TG_IOVEC_CHUNK ? call->iovec.length : TG_IOVEC_CHUNK;
	at = value->head.size;
	if (at > TG_BUFFER_MAX - TG_IOVEC_CHUNK)
		return 0;
	KEEP_RANGE(size);
	if (size > TG_IOVEC_CHUNK || !read_memory(&value->body[at], size, call->iovec.base, true))
		return -1;
	value->head.size = at + size;
	call->iovec.base += size;
	call->iovec.length -= size;
	return 1;
}

/* Joins the first buffers of an array of struct iovec. */
static __always_inline bool read_iovecs(struct call *call, __u32 level, __u32 number, __u64 from, __u64 count)
{
	call->iovec.length = 0;
	call->iovecs = from;
	call->iovec_count = count;
	call->iovec_next = 0;
	for (__u32 i = 0; i < TG_IOVEC_CHUNKS; i++) {
		int more = tg_read_iovec_chunk(level, number);

		if (more < 0)
			return false;
		if (!more)
			break;
	}
	return true;
}

#endif
