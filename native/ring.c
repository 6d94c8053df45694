/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading a BPF ring buffer by copy.
 *
 * The kernel offers two mappings (kernel/bpf/ringbuf.c): one page with the consumer position, which
 * we write, and read-only one page with the producer position followed by the data, twice in a row,
 * so that a record which wraps is still contiguous. We map the data once: each page of a mapping
 * counts as resident from the start, and what we do is copy, which can be done in two pieces as well.
 * libbpf's reader calls back for each record; we copy runs of records with one memcpy instead. JS
 * never sees the mapping: a write to it would be a fault and nothing could keep it from outliving
 * the ring.
 */
#include "ring.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "arguments.h"
#include "error.h"
#include "handle.h"
#include "map.h"
#include "object.h"
#include "ring_wait.h"

/* Space is handed back to the producers after at most this much, not only at the end. */
#define RUN_BYTES (256 * 1024)

struct ring {
	struct part part;
	size_t bytes;		/* a power of two */
	size_t page;
	_Atomic unsigned long *consumer;
	const _Atomic unsigned long *producer;
	const uint8_t *data;
	int fd;			/* the map's */
	struct ring_wait *wait;	/* NULL as long as nobody has waited */
};

static void ring_release(struct part *part)
{
	struct ring *ring = (struct ring *)part;

	ring_wait_close(&ring->wait);
	if (ring->consumer)
		munmap((void *)ring->consumer, ring->page);
	if (ring->producer)
		munmap((void *)ring->producer, ring->page + ring->bytes);
	ring->consumer = NULL;
	ring->producer = NULL;
	ring->data = NULL;
}

static void ring_dispose(void *structure)
{
	struct ring *ring = structure;

	part_release(&ring->part);
	free(ring->part.name);
	free(ring);
}

static const struct handle_kind ring_kind = {
	.tag = { 0x7472696766f5a004, 0x9b1c0b5e2f5d4a04 },
	.what = "BPF ring",
	.dispose = ring_dispose,
};

/* 0, or a negative error; what was mapped is released with the ring. */
static int ring_map(struct ring *ring, int fd)
{
	void *mapping = mmap(NULL, ring->page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (mapping == MAP_FAILED)
		return -errno;
	ring->consumer = mapping;

	mapping = mmap(NULL, ring->page + ring->bytes, PROT_READ, MAP_SHARED, fd,
		       (off_t)ring->page);
	if (mapping == MAP_FAILED)
		return -errno;
	ring->producer = mapping;
	ring->data = (const uint8_t *)mapping + ring->page;
	return 0;
}

/* Two readers of one ring would move the same position and both lose records. */
static bool is_being_read(const struct object *object, const char *name)
{
	for (const struct part *part = object->parts; part; part = part->next) {
		if (part->release == ring_release && !strcmp(part->name, name))
			return true;
	}
	return false;
}

static napi_value ring_open(napi_env env, napi_callback_info info)
{
	napi_value values[1];
	const struct map *map;
	const char *name;
	struct ring *ring;
	int error;

	if (!read_arguments(env, info, 1, values) ||
	    !(map = map_read(env, values[0], "open ring")))
		return NULL;
	name = map->part.name;
	if (map->shape.type != BPF_MAP_TYPE_RINGBUF)
		return throw_failure(env, EINVAL, NULL, "open ring: map '%s' is of type %u, no ring buffer",
				     name, map->shape.type);
	if (is_being_read(map->part.owner, name))
		return throw_failure(env, EBUSY, NULL, "open ring: '%s' already has a reader", name);

	ring = calloc(1, sizeof(*ring));
	if (!ring || !part_join(&ring->part, map->part.owner, name, ring_release)) {
		free(ring);
		return throw_failure(env, ENOMEM, NULL, "open ring '%s'", name);
	}
	ring->bytes = map->shape.max_entries;
	ring->page = (size_t)sysconf(_SC_PAGESIZE);
	ring->fd = bpf_map__fd(map->bpf);
	error = ring_map(ring, ring->fd);
	if (error) {
		ring_dispose(ring);
		return throw_failure(env, error, NULL, "map ring '%s' into memory", name);
	}
	return handle_create(env, &ring_kind, ring, values[0]);
}

/* The ring behind a handle that can still be read, or NULL with an exception pending. */
static struct ring *ring_read(napi_env env, napi_value value, const char *operation)
{
	struct ring *ring = handle_read(env, value, &ring_kind);

	if (ring && !ring->part.owner) {
		throw_failure(env, EBADF, NULL, "%s: ring '%s' or its object is closed", operation,
			      ring->part.name);
		return NULL;
	}
	return ring;
}

enum run_end {
	RUN_WENT_WELL,	/* at the end, at a discarded record or long enough: there may be more */
	RUN_UNFINISHED,	/* at a record its producer has not committed yet */
	RUN_NO_ROOM,	/* at a record that does not fit the room left */
	RUN_DAMAGED,	/* at a header that cannot be: somebody else moves the position */
};

/* A stretch of committed records, and what comes after them. */
struct run {
	size_t copy;	/* bytes of records to hand out */
	size_t skip;	/* bytes of a discarded record behind them */
	size_t wanted;	/* size of the record that did not fit */
	enum run_end end;
};

static struct run find_run(const struct ring *ring, unsigned long from, unsigned long until,
			   size_t room)
{
	struct run run = { 0 };

	while (from + run.copy < until && run.copy < RUN_BYTES) {
		/* Records begin at multiples of 8 bytes: no header lies across the end. */
		const size_t offset = (from + run.copy) & (ring->bytes - 1);
		const _Atomic uint32_t *header = (const _Atomic uint32_t *)(ring->data + offset);
		/* Acquire: the producer's xchg of this word publishes the record's bytes. */
		const uint32_t word = atomic_load_explicit(header, memory_order_acquire);
		const size_t length = word & ~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT);
		const size_t size = (length + BPF_RINGBUF_HDR_SZ + 7) & ~7ul;

		if (word & BPF_RINGBUF_BUSY_BIT) {
			run.end = RUN_UNFINISHED;
			break;
		}
		if (size > until - from - run.copy) {
			run.end = RUN_DAMAGED;
			break;
		}
		if (word & BPF_RINGBUF_DISCARD_BIT) {
			run.skip = size;
			break;
		}
		if (size > room - run.copy) {
			run.end = RUN_NO_ROOM;
			run.wanted = size;
			break;
		}
		run.copy += size;
	}
	return run;
}

/* What begins at this position, which may go on at the start of the data. */
static void copy_out(const struct ring *ring, uint8_t *into, unsigned long position, size_t bytes)
{
	const size_t offset = position & (ring->bytes - 1);
	const size_t until_end = ring->bytes - offset;
	const size_t first = bytes < until_end ? bytes : until_end;

	memcpy(into, ring->data + offset, first);
	memcpy(into + first, ring->data, bytes - first);
}

/*
 * Copies what is committed at the time of the call and fits. One look at the producer position
 * bounds the work: producers that are faster than us cannot keep us here.
 */
static napi_value ring_consume(napi_env env, napi_callback_info info)
{
	napi_value values[2], result;
	struct ring *ring;
	struct bytes into;
	struct run run = { 0 };
	unsigned long position, until;
	size_t written = 0;

	if (!read_arguments(env, info, 2, values) ||
	    !(ring = ring_read(env, values[0], "consume")) ||
	    !read_array_buffer(env, values[1], "the buffer to consume into", &into))
		return NULL;

	position = atomic_load_explicit(ring->consumer, memory_order_relaxed);
	until = atomic_load_explicit(ring->producer, memory_order_acquire);
	if (until - position > ring->bytes)
		run.end = RUN_DAMAGED;

	while (run.end == RUN_WENT_WELL && position < until) {
		run = find_run(ring, position, until, into.length - written);
		if (run.copy)
			copy_out(ring, into.data + written, position, run.copy);
		written += run.copy;
		position += run.copy + run.skip;
		/* Release: the producer may overwrite the records only after we have read them. */
		atomic_store_explicit(ring->consumer, position, memory_order_release);
	}

	/* What was copied is gone from the ring: hand it out, the next call meets the obstacle again. */
	if (!written && run.end == RUN_NO_ROOM)
		return throw_failure(env, ENOSPC, NULL,
				     "consume ring '%s': the next record has %zu bytes, the buffer %zu",
				     ring->part.name, run.wanted, into.length);
	if (!written && run.end == RUN_DAMAGED)
		return throw_failure(env, EBADMSG, NULL,
				     "consume ring '%s': impossible record, has it another reader?",
				     ring->part.name);
	if (!succeeded(env, napi_create_int64(env, (int64_t)written, &result)))
		return NULL;
	return result;
}

static napi_value ring_bytes(napi_env env, napi_callback_info info)
{
	napi_value values[1], result;
	struct ring *ring;

	if (!read_arguments(env, info, 1, values) ||
	    !(ring = ring_read(env, values[0], "ring bytes")) ||
	    !succeeded(env, napi_create_int64(env, (int64_t)ring->bytes, &result)))
		return NULL;
	return result;
}

static napi_value ring_wait(napi_env env, napi_callback_info info)
{
	napi_value values[2];
	napi_valuetype type;
	struct ring *ring;

	if (!read_arguments(env, info, 2, values) || !(ring = ring_read(env, values[0], "wait")) ||
	    !succeeded(env, napi_typeof(env, values[1], &type)))
		return NULL;
	if (type != napi_function)
		return throw_argument(env, "what is to be called must be a function");
	ring_wait_start(env, &ring->wait, ring->fd, values[1]);
	return NULL;
}

static napi_value ring_stop_waiting(napi_env env, napi_callback_info info)
{
	napi_value values[1];
	struct ring *ring;

	if (!read_arguments(env, info, 1, values) ||
	    !(ring = handle_read(env, values[0], &ring_kind)))
		return NULL;
	ring_wait_stop(ring->wait);
	return NULL;
}

static napi_value ring_close(napi_env env, napi_callback_info info)
{
	napi_value values[1];
	struct ring *ring;

	if (!read_arguments(env, info, 1, values) ||
	    !(ring = handle_read(env, values[0], &ring_kind)))
		return NULL;
	part_release(&ring->part);
	return NULL;
}

napi_status ring_define(napi_env env, napi_value exports)
{
	const napi_property_descriptor functions[] = {
		{ .utf8name = "ringOpen", .method = ring_open },
		{ .utf8name = "ringBytes", .method = ring_bytes },
		{ .utf8name = "ringConsume", .method = ring_consume },
		{ .utf8name = "ringWait", .method = ring_wait },
		{ .utf8name = "ringStopWaiting", .method = ring_stop_waiting },
		{ .utf8name = "ringClose", .method = ring_close },
	};

	return napi_define_properties(env, exports, sizeof(functions) / sizeof(functions[0]),
				      functions);
}
