/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Readers of texts and of buffers in one piece.
 */
#ifndef TRIGON_BUFFERS_H
#define TRIGON_BUFFERS_H

#include "value.h"

/* Copies `length` bytes, at most TG_BUFFER_MAX. head.number tells how many there were. */
static __always_inline bool read_bytes(struct value *value, __u64 from, __u64 length, __u32 at_most, bool user)
{
	__u32 size = at_most && at_most < TG_BUFFER_MAX ? at_most : TG_BUFFER_MAX;

	value->head.number = length;
	if (length < size)
		size = length;
	KEEP_RANGE(size);
	size &= TG_BUFFER_MAX;
	if (user ? bpf_probe_read_user(value->body, size, (void *)from) : read_kernel(value->body, size, (void *)from))
		return false;
	value->head.size = size;
	return true;
}

/* Copies a text up to its NUL. At most `length` bytes, of an array in a structure that need not be full; 0: as many as fit. Returns
 * false on a fault. */
static __always_inline bool read_text(struct value *value, __u64 from, __u32 length, bool user)
{
	long copied;

	if (!length || length > TG_BUFFER_MAX)
		length = TG_BUFFER_MAX;
	KEEP_RANGE(length);
	length &= TG_BUFFER_MAX;
	/* One more than the array holds, for the NUL that the function always writes. */
	copied = user ? bpf_probe_read_user_str(value->body, length + 1, (void *)from)
		      : read_kernel_text(value->body, length + 1, (void *)from);
	if (copied < 1)
		return false;
	value->head.size = copied - 1;
	return true;
}

#endif
