/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Reading kernel memory, and copying within that of maps. lockdown=confidentiality takes bpf_probe_read_kernel and its kin away
 * (LOCKDOWN_BPF_READ_KERNEL, kernel/bpf/helpers.c), and with them the usual way to copy so many bytes as only the run tells. What
 * is left there are typed accesses, one word at a time, and dynptrs between maps.
 */
#ifndef TRIGON_MEMORY_H
#define TRIGON_MEMORY_H

#include <linux/errno.h>

#include "kernel.h"

/* Whether the helpers are to be had. Set by the agent before loading; the verifier removes the other way of everything below. */
const volatile __u32 may_probe_kernel = 1;

/* A typed view of any kernel address, checked on access like bpf_probe_read_kernel but 2.5 times faster and allowed under
 * lockdown=confidentiality. Since 6.2 (a35b9af4ec2c); weak, so that older kernels still load the programs. */
extern void *bpf_rdonly_cast(const void *obj, __u32 btf_id) __ksym __weak;

/* A number or a pointer of up to eight bytes; 0 where there is no memory. Whatever it is, the address is viewed as that of a
 * structure that begins with eight bytes and is in every kernel: what is read through it is a number to the verifier, which lets
 * nobody count on from a typed pointer. */
static __always_inline __u64 read_word(const volatile void *address, __u32 size)
{
	__u64 word = 0;

	if (bpf_rdonly_cast) {
		const volatile void *view = bpf_rdonly_cast((const void *)address, bpf_core_type_id_kernel(struct timespec64));

		switch (size) {
		case 1:
			return *(const volatile __u8 *)view;
		case 2:
			return *(const volatile __u16 *)view;
		case 4:
			return *(const volatile __u32 *)view;
		default:
			return *(const volatile __u64 *)view;
		}
	}
	/* The bytes at the low end, as on every machine we run on. */
	bpf_probe_read_kernel(&word, size, (const void *)address);
	return word;
}

/* What a pointer into kernel memory points to: a number or another pointer. */
#define READ_AT(pointer) ((__typeof__(*(pointer)))read_word((pointer), sizeof(*(pointer))))

/* One field of a structure, or one at the end of a chain of pointers: READ_FIELD(sock, sk_socket, file) is sock->sk_socket->file.
 * 0 where there is no memory on the way. */
#define READ_FIELD(pointer, ...) READ_CHAIN(__VA_ARGS__, READ_CHAIN_3, READ_CHAIN_2, READ_CHAIN_1)(pointer, __VA_ARGS__)
#define READ_CHAIN(a, b, c, chain, ...) chain
#define READ_CHAIN_1(pointer, a) READ_AT(&(pointer)->a)
#define READ_CHAIN_2(pointer, a, b) READ_CHAIN_1(READ_CHAIN_1(pointer, a), b)
#define READ_CHAIN_3(pointer, a, b, c) READ_CHAIN_1(READ_CHAIN_2(pointer, a, b), c)

/* Typed accesses tell no fault: this much can be told before. */
static __always_inline bool is_kernel_address(const void *address)
{
	return (__s64)address < 0;
}

/*
 * A kernel object that the verifier trusts, without its trust, which only helpers ask for. Of each load through a trusted pointer the
 * verifier looks for four types that would say whether the result can be trusted too (btf_nested_type_is_trusted, kernel/bpf/btf.c), name by
 * name through all types of the kernel: half a millisecond each, and most of what a program took to load. Kernels without the cast know
 * no such trust.
 */
#define UNTRUSTED(type, pointer) \
	((struct type *)(bpf_rdonly_cast ? bpf_rdonly_cast((pointer), bpf_core_type_id_kernel(struct type)) : (void *)(pointer)))

/* Numbers from `start` to before `end`. A loop over them costs the verifier one pass, and no frame of the call stack, of which there
 * are eight. Since 6.4 (6018e1f407cc). The kernel's struct bpf_iter_num, by a name that no newer header has too. */
struct counter {
	__u64 state;
};

extern int bpf_iter_num_new(struct counter *counter, int start, int end) __ksym __weak;
extern int *bpf_iter_num_next(struct counter *counter) __ksym __weak;
extern void bpf_iter_num_destroy(struct counter *counter) __ksym __weak;

/* A word wherever it lies. */
struct unaligned {
	__u64 word;
} __attribute__((packed));

/* As many words as fit, then bytes: no access reaches beyond the end, where there may be no memory. */
static __always_inline void read_pieces(void *to, __u32 size, const void *from)
{
	__u32 words = size / sizeof(__u64);
	struct counter counter;
	int *next;

	bpf_iter_num_new(&counter, 0, words + size % sizeof(__u64));
	while ((next = bpf_iter_num_next(&counter))) {
		__u32 at = *next;

		KEEP_RANGE(at);
		if (at < words) {
			at *= sizeof(__u64);
			*(struct unaligned *)(to + at) = (struct unaligned){ read_word(from + at, sizeof(__u64)) };
			continue;
		}
		at += words * (sizeof(__u64) - 1);
		KEEP_RANGE(at);
		if (at >= size)
			break;
		*(__u8 *)(to + at) = read_word(from + at, 1);
	}
	bpf_iter_num_destroy(&counter);
}

/* Reads a block of kernel memory into a map's value. Returns 0, or an error on a fault. Without the helper memory that isn't
 * there reads as zeros. */
static __always_inline long read_kernel(void *to, __u32 size, const void *from)
{
	if (may_probe_kernel)
		return bpf_probe_read_kernel(to, size, from);
	if (!is_kernel_address(from))
		return -EFAULT;
	read_pieces(to, size, from);
	return 0;
}

/* The same for a small block of constant size, to wherever `to` is. */
static __always_inline long read_small(void *to, __u32 size, const void *from)
{
	__u32 at = 0;
	__u64 word;

	if (may_probe_kernel)
		return bpf_probe_read_kernel(to, size, from);
	if (!is_kernel_address(from))
		return -EFAULT;
#pragma unroll
	for (; at + sizeof(word) <= size; at += sizeof(word)) {
		word = read_word(from + at, sizeof(word));
		__builtin_memcpy(to + at, &word, sizeof(word));
	}
#pragma unroll
	for (; at < size; at++)
		*(__u8 *)(to + at) = read_word(from + at, 1);
	return 0;
}

/* Reads a text that ends with NUL from kernel memory into a map's value. Returns the number of bytes with the NUL, at most `size`, or
 * an error on a fault. A text that is cut ends with NUL only where the helper is. */
static __always_inline long read_kernel_text(void *to, __u32 size, const void *from)
{
	struct counter counter;
	__u32 at = 0;
	int *next;

	if (may_probe_kernel)
		return bpf_probe_read_kernel_str(to, size, from);
	if (!is_kernel_address(from))
		return -EFAULT;
	bpf_iter_num_new(&counter, 0, size);
	while ((next = bpf_iter_num_next(&counter))) {
		char c;

		at = *next;
		KEEP_RANGE(at);
		if (at >= size)
			break;
		c = read_word(from + at, 1);
		*(char *)(to + at) = c;
		at++;
		if (!c)
			break;
	}
	bpf_iter_num_destroy(&counter);
	return at;
}

/* Copies `size` bytes at `at` of a buffer in a map's value, `room` bytes long. Neither `at` nor the end need be known to lie in
 * the buffer. */
static __always_inline void copy(void *to, __u32 size, void *buffer, __u32 room, __u32 at)
{
	struct bpf_dynptr from;

	if (may_probe_kernel)
		bpf_probe_read_kernel(to, size, buffer + at);
	else if (!bpf_dynptr_from_mem(buffer, room, 0, &from))
		bpf_dynptr_read(to, size, &from, at, 0);
}

#endif
