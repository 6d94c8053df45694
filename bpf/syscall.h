/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * System calls as the raw_syscalls tracepoints show them.
 */
#ifndef TRIGON_SYSCALL_H
#define TRIGON_SYSCALL_H

#include "hooks.h"

/* Index: system call number. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, TG_SYSCALLS);
	__type(key, __u32);
	__type(value, struct tg_syscall_sites);
} syscall_sites SEC(".maps");

static __always_inline __u64 first_argument(struct pt_regs *regs)
{
#ifdef __TARGET_ARCH_x86
	return regs->di;
#else
	return regs->orig_x0;
#endif
}

/* The arguments as they were at entry; still there when the call returns, unless the call replaces them (exec, sigreturn). */
static __always_inline void read_arguments_of_syscall(struct call *call, struct pt_regs *regs)
{
	call->inputs[0] = first_argument(regs);
#ifdef __TARGET_ARCH_x86
	call->inputs[1] = regs->si;
	call->inputs[2] = regs->dx;
	call->inputs[3] = regs->r10;
	call->inputs[4] = regs->r8;
	call->inputs[5] = regs->r9;
#else
	call->inputs[1] = regs->regs[1];
	call->inputs[2] = regs->regs[2];
	call->inputs[3] = regs->regs[3];
	call->inputs[4] = regs->regs[4];
	call->inputs[5] = regs->regs[5];
#endif
}

/* Begins the call of a system call. */
static __always_inline void begin_syscall(struct call *call, __u32 level, struct pt_regs *regs, __u32 number)
{
	begin_call(call, level, 0);
	read_arguments_of_syscall(call, regs);
	call->is_syscall = 1;
	call->syscall = number;
	call->inputs[TG_INPUT_SYSCALL] = number;
}

#endif
