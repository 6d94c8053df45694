/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Readers of buffers in several pieces: arrays of struct iovec, and the kernel's iterators over them (struct iov_iter).
 */
#ifndef TRIGON_IOVECS_H
#define TRIGON_IOVECS_H

#include "value.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

/* Its numbers changed in 6.4 (de4f5fed3f23), ITER_UBUF came with 6.0 (fcb14cb1bdac): both are asked of the running kernel. */
enum iter_type {
	ITER_IOVEC,
	ITER_KVEC,
	ITER_UBUF,
};

/* struct iovec for the kernel's own memory, of the same layout. */
struct kvec;

/* Only one member of the union with the pieces is named here: all of them are pointers at the same place, and this one has kept its
 * name (`iov` became `__iov` in 6.4). */
struct iov_iter {
	__u8 iter_type;
	unsigned long iov_offset; /* in the first piece */
	unsigned long count; /* bytes from there to the end */
	const struct kvec *kvec;
	unsigned long nr_segs;
};

#pragma clang attribute pop

#define TG_MAX_IOVECS 7
#define TG_IOVEC_CHUNK 256
/* Enough for a full body, each iovec's last chunk being a small one. */
#define TG_IOVEC_CHUNKS (TG_BUFFER_MAX / TG_IOVEC_CHUNK + 1 + TG_MAX_IOVECS)

/* An array tells nobody how long its pieces are together. */
#define NO_END (~0ull)

/* Goes to the next piece. Returns 1, 0 when there is none, -1 on a fault. */
static __always_inline int next_piece(struct call *call, struct value *value)
{
	struct pieces *pieces = &call->pieces;
	__u64 skipped = pieces->skip;

	if (pieces->next >= TG_MAX_IOVECS || pieces->next >= pieces->count)
		return 0;
	if (!read_memory(&pieces->piece, sizeof(pieces->piece), pieces->array + pieces->next * sizeof(pieces->piece),
			 pieces->array_is_user))
		return -1;
	pieces->next++;
	pieces->skip = 0;
	if (skipped > pieces->piece.length)
		skipped = pieces->piece.length;
	pieces->piece.base += skipped;
	pieces->piece.length -= skipped;
	value->head.number += pieces->piece.length;
	if (pieces->by_address)
		pieces->is_user = pieces->array_is_user || !is_kernel_address((void *)pieces->piece.base);
	return 1;
}

/* Appends the next part of the pieces, in chunks: the verifier then sees that each fits behind the others. Returns 1 when there is
 * more, 0 at the end, -1 on a fault. A function of its own, so that the loop around it is cheap to verify. */
__noinline int tg_read_iovec_chunk(__u32 level, __u32 number)
{
	struct call *call = get_call(level);
	struct value *value = get_value(level, number);
	struct pieces *pieces;
	__u32 size, at;
	int there = 1;
	long failed;

	if (!call || !value)
		return -1;
	pieces = &call->pieces;
	if (!pieces->piece.length)
		there = next_piece(call, value);
	at = value->head.size;
	if (there <= 0 || !pieces->left || at > TG_BUFFER_MAX - TG_IOVEC_CHUNK)
		return there < 0 ? -1 : 0;
	if (pieces->piece.length > pieces->left)
		pieces->piece.length = pieces->left;
	size = pieces->piece.length < TG_IOVEC_CHUNK ? pieces->piece.length : TG_IOVEC_CHUNK;
	KEEP_RANGE(size);
	if (size > TG_IOVEC_CHUNK)
		return -1;
	failed = pieces->is_user ? bpf_probe_read_user(&value->body[at], size, (void *)pieces->piece.base)
				 : read_kernel(&value->body[at], size, (void *)pieces->piece.base);
	if (failed)
		return -1;
	value->head.size = at + size;
	pieces->piece.base += size;
	pieces->piece.length -= size;
	pieces->left -= size;
	return 1;
}

static __always_inline void begin_pieces(struct pieces *pieces, __u64 array, __u64 count, __u64 bytes)
{
	/* One by one: a structure that is assigned would first be made on the stack. */
	pieces->array = array;
	pieces->count = count;
	pieces->skip = 0;
	pieces->left = bytes;
	pieces->bytes = bytes;
	pieces->piece.length = 0;
	pieces->next = 0;
	pieces->array_is_user = 0;
	pieces->is_user = 1;
	pieces->by_address = 0;
}

/* An array of struct iovec, in the process's memory (`user`) or a copy of it. The pieces may be anywhere where the array is the
 * kernel's: what a process has written leads into its own memory alone. */
static __always_inline void begin_iovecs(struct call *call, __u64 from, __u64 count, bool user)
{
	struct pieces *pieces = &call->pieces;

	begin_pieces(pieces, from, count, NO_END);
	pieces->array_is_user = user;
	pieces->by_address = 1;
}

/* What an iterator has still to go through: the bytes that a call is to write, or the room for those that it is to read. Of other
 * kinds of pieces (pages, pipes) only the count is told. */
static __always_inline void begin_iov_iter(struct call *call, struct iov_iter *iter)
{
	struct pieces *pieces = &call->pieces;
	__u32 type = READ_FIELD(iter, iter_type);

	begin_pieces(pieces, (__u64)READ_FIELD(iter, kvec), READ_FIELD(iter, nr_segs), READ_FIELD(iter, count));
	pieces->skip = READ_FIELD(iter, iov_offset);
	if (bpf_core_enum_value_exists(enum iter_type, ITER_UBUF) && type == bpf_core_enum_value(enum iter_type, ITER_UBUF)) {
		pieces->count = 0;
		pieces->piece.base = pieces->array + pieces->skip;
		pieces->piece.length = pieces->left;
	} else if (type == bpf_core_enum_value(enum iter_type, ITER_KVEC)) {
		pieces->is_user = 0;
	} else if (type != bpf_core_enum_value(enum iter_type, ITER_IOVEC)) {
		pieces->count = 0;
	}
}

/* Joins the first pieces. */
static __always_inline bool read_pieces_of_call(struct call *call, struct value *value, __u32 level, __u32 number)
{
	for (__u32 i = 0; i < TG_IOVEC_CHUNKS; i++) {
		int more = tg_read_iovec_chunk(level, number);

		if (more < 0)
			return false;
		if (!more)
			break;
	}
	/* Of an array only the pieces that were looked at are known. */
	if (call->pieces.bytes != NO_END)
		value->head.number = call->pieces.bytes;
	return true;
}

#endif
