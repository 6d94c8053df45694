/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Arguments and result of a function in registers, as kprobes and uprobes see them.
 */
#ifndef TRIGON_REGISTERS_H
#define TRIGON_REGISTERS_H

#include "calls.h"

static __always_inline void read_registers(struct call *call, struct pt_regs *ctx)
{
	call->inputs[0] = PT_REGS_PARM1(ctx);
	call->inputs[1] = PT_REGS_PARM2(ctx);
	call->inputs[2] = PT_REGS_PARM3(ctx);
	call->inputs[3] = PT_REGS_PARM4(ctx);
	call->inputs[4] = PT_REGS_PARM5(ctx);
}

/* When the function returns, the registers of its arguments hold something else: a call that was waited for has kept them. */
static __always_inline void read_returned_registers(struct call *call, struct pt_regs *ctx)
{
	call->at_return = 1;
	__builtin_memset(call->inputs, 0, TG_MAX_ARGS * sizeof(__u64));
	call->inputs[TG_INPUT_RETURN] = PT_REGS_RC(ctx);
}

#endif
