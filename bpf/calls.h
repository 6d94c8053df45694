/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The call at hand: what a program knows of it, and the scratch memory in which it is judged.
 */
#ifndef TRIGON_CALLS_H
#define TRIGON_CALLS_H

#include "interrupts.h"
#include "process_table.h"

/* A buffer in several pieces that is being read: iovecs.h. */
struct pieces {
	__u64 array; /* of struct iovec */
	__u64 count; /* of its elements */
	__u64 skip; /* bytes at the beginning of the next piece */
	__u64 bytes; /* of all pieces together */
	__u64 left; /* of these, still to be read */
	struct {
		__u64 base;
		__u64 length;
	} piece;
	__u32 next; /* element */
	__u8 array_is_user;
	__u8 is_user; /* the piece is in the process's memory, as the array may be */
	__u8 by_address; /* that is told by the piece's address */
	__u8 pad;
};

/* Programs of several kinds share the scratch, and one may interrupt another on its CPU (a network interrupt in the middle of a
 * system call, another task's uprobe where programs are preemptible). Each takes a level of its own while it works. */
struct call {
	__u64 inputs[TG_MAX_INPUTS];
	__u64 on_stack;
	__u64 places[TG_MAX_ARGS]; /* of a USDT probe's arguments that lie in the program's memory, 4 bytes each; 0: elsewhere */
	__u64 sock; /* struct sock that the call is about, 0: none */
	__u64 start; /* of the process that the call is about, with `tgid` the key to its entry */
	__u32 site;
	__u32 level; /* its own index */
	__u32 wanted; /* a hook of the site matched, or something else than the call's file kept it from that: passed.h */
	__u32 file_value; /* the number of the value with the path of the call's file, plus 1; 0: not read */
	__u32 generation; /* of the hooks that judge it: passed.h */
	__u32 rest; /* passed.h: bytes of a path still to be compared */
	__u32 noted; /* the process at hand has an entry in the process table, if it can have one */
	__u32 syscall;
	__u32 read; /* bit n: value n of the site has been read */
	__u32 missing; /* bit n: value n is in user memory that is not there */
	__u32 faulted; /* the hook at work asked for one of these */
	__u32 tgid; /* of the process that the call is about; 0: not known */
	__u32 in_task; /* 1: `current` is that process; else no action may hit it */
	__u32 is_syscall; /* input 0 may be a socket's descriptor */
	__u32 access; /* which of the file accesses of the system call it is: its mask; else 0 */
	__u32 at_return;
	__u32 is_user_function; /* of a program: a process that is killed never comes to its return */
	__u32 owner_tgid; /* of the socket that the call is about, when an interrupt works for it; 0: not known */
	__u64 owner_start;
	__s32 override; /* errno that the call gets, 0: none */
	__u32 is_hashed; /* events wait for the hash of their file: hashed.h */
	__u32 has_destination; /* the destination below counts, not that of the sock: a connect that has not set it yet */
	__u16 destination_port;
	__u16 destination_family;
	__u8 destination[16];
	/* where the value is that is being read */
	struct {
		__u64 from; /* without the last offset */
		__u64 pointer;
		__u32 is_user; /* it leads to the process's memory */
	} found;
	struct pieces pieces;
	__s64 stack[16]; /* of an expression */
	__u32 stack_top;
	struct tg_exact_key exact;
	struct tg_prefix_key prefix;
	struct tg_trie_key trie;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, TG_LEVELS);
	__type(key, __u32);
	__type(value, struct call);
} calls SEC(".maps");

/* Bit n: level n is taken on this CPU. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} busy_levels SEC(".maps");

static __always_inline struct call *get_call(__u32 level)
{
	return bpf_map_lookup_elem(&calls, &level);
}

/* Takes a level, or returns TG_LEVELS when all are in use (counted as lost). Programs don't move to another CPU. */
static __always_inline __u32 take_level(void)
{
	__u32 zero = 0;
	__u32 *busy = bpf_map_lookup_elem(&busy_levels, &zero);

	if (!busy)
		return TG_LEVELS;
	for (__u32 level = 0; level < TG_LEVELS; level++)
		if (!(__sync_fetch_and_or(busy, 1u << level) & (1u << level)))
			return level;
	count_lost(LOSS_NESTED);
	return TG_LEVELS;
}

static __always_inline void give_level(__u32 level)
{
	__u32 zero = 0;
	__u32 *busy = bpf_map_lookup_elem(&busy_levels, &zero);

	if (busy)
		__sync_fetch_and_and(busy, ~(1u << level));
}

/* Makes the entry of a process that ran before us. A function of its own for the sake of its caller's stack. Uses the walk of the
 * level: a path that has been walked must have been copied by then. */
__noinline int tg_note_process(__u32 level)
{
	current_process(bpf_get_current_task_btf(), level);
	return 0;
}

/* Begins the call at a level: about the current process, unless an interrupt or a kernel thread is at work. `on_stack` is an address on
 * the kernel stack in use, or 0 where only tasks come. */
static __always_inline void begin_call(struct call *call, __u32 level, const void *on_stack)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u64 address;

	call->level = level;
	call->noted = 0;
	call->read = 0;
	call->missing = 0;
	call->faulted = 0;
	call->override = 0;
	call->is_hashed = 0;
	call->has_destination = 0;
	call->at_return = 0;
	call->sock = 0;
	call->syscall = 0;
	call->is_syscall = 0;
	call->access = 0;
	call->owner_tgid = 0;
	call->is_user_function = 0;
	/* By way of memory the pointer becomes a number, which the verifier lets us count with. */
	*(volatile __u64 *)&call->on_stack = (__u64)on_stack;
	address = *(volatile __u64 *)&call->on_stack;
	if ((address && in_interrupt(task, address)) || (task->flags & PF_KTHREAD)) {
		call->in_task = 0;
		call->tgid = 0;
		call->start = 0;
		return;
	}
	call->in_task = 1;
	call->tgid = task->tgid;
	call->start = start_of(task);
}

/* The entry of the process that the call is about, 0: not known. Looked for on first need: most calls match nothing, by filters
 * that look at no process. */
static __always_inline struct tg_process *process_of(struct call *call)
{
	if (!call->noted && call->in_task) {
		call->noted = 1;
		tg_note_process(call->level);
	}
	return call->tgid ? find_process(call->tgid, call->start) : 0;
}

#endif
