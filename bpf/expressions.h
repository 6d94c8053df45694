/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * CelExpr: expressions over the args of a hook, run by a stack machine.
 */
#ifndef TRIGON_EXPRESSIONS_H
#define TRIGON_EXPRESSIONS_H

#include "values.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, TG_MAX_HOOKS);
	__type(key, __u32);
	__type(value, struct tg_hook);
} hooks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, TG_MAX_EXPRESSIONS);
	__type(key, __u32);
	__type(value, struct tg_expression);
} expressions SEC(".maps");

/* What an operation makes of its operands. */
static __always_inline __s64 compute(const struct tg_operation *operation, __s64 left, __s64 right)
{
	switch (operation->kind) {
	case TG_OP_NEGATE:
		return -right;
	case TG_OP_NOT:
		return !right;
	case TG_OP_BIT_NOT:
		return ~right;
	case TG_OP_CAST:
		return right;
	case TG_OP_ADD:
		return left + right;
	case TG_OP_SUBTRACT:
		return left - right;
	case TG_OP_BIT_AND:
		return left & right;
	case TG_OP_BIT_OR:
		return left | right;
	case TG_OP_BIT_XOR:
		return left ^ right;
	case TG_OP_EQUAL:
		return left == right;
	case TG_OP_LESS:
		return operation->width < 0 ? left < right : (__u64)left < (__u64)right;
	case TG_OP_LOGIC_AND:
		return left && right;
	default:
		return left || right;
	}
}

enum step_result { STEP_DONE, STEP_GO_ON, STEP_FAILED };

/* One operation of an expression. A function of its own, which the verifier checks once: the loop around it stays cheap. */
__noinline int tg_compute_step(__u32 level, __u32 hook_number, __u32 number, __u32 step)
{
	struct tg_expression *expression = bpf_map_lookup_elem(&expressions, &number);
	struct tg_hook *hook = bpf_map_lookup_elem(&hooks, &hook_number);
	struct call *call = get_call(level);
	struct tg_operation *operation;
	__s64 result;
	__u32 top;

	if (!expression || !hook || !call || step >= TG_MAX_OPERATIONS)
		return STEP_FAILED;
	operation = &expression->operations[step];
	top = call->stack_top;
	switch (operation->kind) {
	case TG_OP_END:
		return STEP_DONE;
	case TG_OP_ARGUMENT: {
		struct value *value;

		if ((__u64)operation->number >= TG_MAX_ARGS)
			return STEP_FAILED;
		value = read_value(level, hook->values[operation->number]);
		if (!value || value->head.error)
			return STEP_FAILED;
		result = value->head.number;
		break;
	}
	case TG_OP_NUMBER:
		result = operation->number;
		break;
	default:
		result = compute(operation, call->stack[(top - 2) & 15], call->stack[(top - 1) & 15]);
		if (operation->kind != TG_OP_EQUAL && operation->kind != TG_OP_LESS)
			result = cut(result, operation->width);
		top -= operation->kind == TG_OP_NEGATE || operation->kind == TG_OP_NOT || operation->kind == TG_OP_BIT_NOT ||
				       operation->kind == TG_OP_CAST
			       ? 1
			       : 2;
		break;
	}
	call->stack[top & 15] = result;
	call->stack_top = top + 1;
	return STEP_GO_ON;
}

/* Runs an expression over the hook's args: 1, 0, or -1 when an argument could not be read. */
static __always_inline int evaluate(struct call *call, __u32 level, __u32 hook_number, __u32 number)
{
	call->stack_top = 0;
	for (__u32 i = 0; i < TG_MAX_OPERATIONS; i++) {
		int result = tg_compute_step(level, hook_number, number, i);

		if (result == STEP_FAILED)
			return -1;
		if (result == STEP_DONE)
			break;
	}
	return !!call->stack[(call->stack_top - 1) & 15];
}

#endif
