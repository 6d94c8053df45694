/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Which process is on which terminal, for the agent to pick its own. The kernel's own terminal is told, not a device number: every
 * container has a pts/0.
 */
#ifndef TRIGON_TERMINALS_H
#define TRIGON_TERMINALS_H

#include "maps.h"
#include "memory.h"

SEC("iter/task")
int list_terminals(struct bpf_iter__task *ctx)
{
	struct task_struct *task = UNTRUSTED(task_struct, ctx->task);
	struct tg_on_terminal entry = {};

	if (!task || task->pid != task->tgid)
		return 0;
	entry.tgid = task->tgid;
	entry.terminal = (__u64)task->signal->tty;
	if (entry.terminal)
		bpf_seq_write(ctx->meta->seq, &entry, sizeof(entry));
	return 0;
}

#endif
