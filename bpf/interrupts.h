/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Whether an interrupt is at work, hard or soft: `current` is then whoever it interrupted. The preemption count would tell, but not
 * every kernel shows it to programs (on x86 it is a per-CPU variable, and data has symbols only with CONFIG_KALLSYMS_ALL).
 */
#ifndef TRIGON_INTERRUPTS_H
#define TRIGON_INTERRUPTS_H

#include "memory.h"

#define SERVING_SOFTIRQ 0x00000100 /* include/linux/preempt.h */

#ifdef __TARGET_ARCH_x86
/* arch/x86/include/asm/page_64_types.h; larger only in kernels built for debugging, where tasks then pass for interrupts and no action
 * hits them. */
#define THREAD_SIZE (16 << 10)

/* Of a task in the kernel, interrupts have a stack of their own; of one in user mode they use its own, and leave a mark in place of
 * the system call's number (arch/x86/include/asm/irq_stack.h, asm/idtentry.h). A fault that the task makes itself looks the same:
 * rather does no action hit anybody than the wrong one. */
static __always_inline bool is_interrupted(struct task_struct *task, __u64 stack_address)
{
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);

	return stack_address - (__u64)task->stack >= THREAD_SIZE || (long)regs->orig_ax < 0;
}
#else
#define INTERRUPT_MASK 0x00ff0000 /* include/linux/preempt.h: hard interrupts and NMIs */

static __always_inline bool is_interrupted(struct task_struct *task, __u64 stack_address)
{
	return task->thread_info.preempt_count & (INTERRUPT_MASK | SERVING_SOFTIRQ);
}
#endif

/* `stack_address`: on the kernel stack in use. */
static __always_inline bool in_interrupt(struct task_struct *task, __u64 stack_address)
{
	/* PREEMPT_RT runs soft interrupts in whatever task is there, and counts them by task. */
	if (bpf_core_field_exists(task->softirq_disable_cnt) && task->softirq_disable_cnt & SERVING_SOFTIRQ)
		return true;
	return is_interrupted(task, stack_address);
}

#endif
