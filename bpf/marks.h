/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Pending override: where a system call can't be refused at its entry, the thread is marked there, and the first LSM hook that the
 * call comes to and that may answer for it returns the error (answers.bpf.c). The mark ends with the call.
 */
#ifndef TRIGON_MARKS_H
#define TRIGON_MARKS_H

#include "calls.h"

/* What a thread's system call is to get. Lives in the thread's own storage, so it can't outlive it. */
struct tg_mark {
	__u64 hooks[2]; /* LSM hooks that may answer, by their numbers; none: not marked */
	__s32 error; /* a positive errno */
	__u32 syscall;
	__u32 answered;
	__u32 generation;
	__u32 set; /* of the map `answers` */
	__u32 pad;
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct tg_mark);
} marks SEC(".maps");

/* Which hooks may answer: see policy.h. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, TG_MAX_ANSWERS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct tg_answer_key);
	__type(value, struct tg_answers);
} answers SEC(".maps");

/* Number 0: 0 while no policy marks calls; else a number that the agent changes whenever it starts or stops to, so that a mark
 * whose end nobody has seen means nothing any more. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} marking SEC(".maps");

static __always_inline __u32 mark_generation(void)
{
	__u32 zero = 0;
	__u32 *generation = bpf_map_lookup_elem(&marking, &zero);

	return generation ? *generation : 0;
}

#define PF_IO_WORKER 0x10 /* include/linux/sched.h */

/* The number of the system call that the current task is in; TG_ANY_SYSCALL: none that we know. A worker of io_uring has a copy of the
 * registers with which it was made, and never comes to the end of a call. */
static __always_inline __u32 current_syscall(void)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);
#ifdef __TARGET_ARCH_x86
	__s32 number = regs->orig_ax;
#else
	__s32 number = regs->syscallno;
#endif

	/* Negative: a fault or an interrupt. */
	return is_compat() || task->flags & PF_IO_WORKER || number < 0 ? TG_ANY_SYSCALL : number;
}

/* The hooks that may answer for the system call at hand; 0: none. */
static __always_inline struct tg_answers *answers_for(__u32 set, __u32 syscall)
{
	struct tg_answer_key key = { .set = set, .syscall = syscall };
	struct tg_answers *found = bpf_map_lookup_elem(&answers, &key);

	if (found)
		return found;
	key.syscall = TG_ANY_SYSCALL;
	return bpf_map_lookup_elem(&answers, &key);
}

/* Marks the current thread's system call. Two policies may: the hooks of both then answer with the error of the first. */
static __always_inline bool mark_call(struct tg_answers *found, __u32 set, __u32 syscall, __s32 error)
{
	__u32 generation = mark_generation();
	struct tg_mark *mark;

	if (!generation || syscall == TG_ANY_SYSCALL || !(found->hooks[0] | found->hooks[1]))
		return false;
	mark = bpf_task_storage_get(&marks, bpf_get_current_task_btf(), 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!mark)
		return false;
	if (mark->generation == generation && mark->syscall == syscall && mark->hooks[0] | mark->hooks[1]) {
		mark->hooks[0] |= found->hooks[0];
		mark->hooks[1] |= found->hooks[1];
		return true;
	}
	mark->error = error;
	mark->set = set;
	mark->syscall = syscall;
	mark->answered = 0;
	mark->generation = generation;
	mark->hooks[0] = found->hooks[0];
	mark->hooks[1] = found->hooks[1];
	return true;
}

/* The current thread's mark; 0: it never had one. */
static __always_inline struct tg_mark *current_mark(void)
{
	return bpf_task_storage_get(&marks, bpf_get_current_task_btf(), 0, 0);
}

static __always_inline void clear_mark(void)
{
	struct tg_mark *mark;

	if (!mark_generation())
		return;
	mark = current_mark();
	if (!mark)
		return;
	mark->hooks[0] = 0;
	mark->hooks[1] = 0;
}

/* CleanupEnforcerNotification: takes back what the same policy has asked for. */
static __always_inline void take_back_mark(__u32 set)
{
	struct tg_mark *mark = current_mark();

	if (mark && mark->set == set)
		clear_mark();
}

#endif
