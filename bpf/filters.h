/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Filters: whether one condition of a selector holds for the call at hand.
 * 
 * They are read from maps, not from constants of a program per policy: adding a policy then costs no verifier run and touches
 * no running program, and a call reads each value once, however many policies ask for it.
 */
#ifndef TRIGON_FILTERS_H
#define TRIGON_FILTERS_H

#include "expressions.h"
#include "process_filters.h"

/* A filter on one of the hook's values: 1, 0, or -1 when the value can't be told, which matches no filter, negated or not. */
static __always_inline int value_matches(struct call *call, __u32 level, struct tg_hook *hook, const struct tg_filter *filter)
{
	__u32 argument = filter->argument;
	struct endpoints ends;
	struct value *value;
	struct text text;
	__u32 number;

	if (argument > TG_SUBJECT_RETURN)
		return -1;
	number = hook->values[argument];
	value = read_value(level, number);
	if (!value || value->head.error)
		return -1;
	switch (filter->operator) {
	case TG_OPERATOR_EQUAL:
	case TG_OPERATOR_PREFIX:
	case TG_OPERATOR_POSTFIX:
		/* A file without a path matches no filter on paths, NotPrefix neither: "outside /x" means other files, not pipes. */
		if (is_path_type(value->head.type) && !value->head.size)
			return -1;
		/* An address of another family has no path either. */
		if (value->head.type == TG_TYPE_SOCKADDR_UN && value->head.number != AF_UNIX)
			return -1;
		text.address = (__u64)value->body;
		text.length = value->head.size;
		if (filter->operator == TG_OPERATOR_EQUAL)
			return is_in_exact_set(call, level, filter->set, &text);
		if (filter->operator == TG_OPERATOR_PREFIX)
			return is_in_prefix_set(call, filter->set, &text);
		return is_in_postfix_set(call, filter->set, &text);
	case TG_OPERATOR_SUBSTRING:
	case TG_OPERATOR_SUBSTRING_NOCASE:
		return has_pattern(level, number, filter);
	case TG_OPERATOR_MASK:
		return !!((__u64)value->head.number & filter->numbers[0]);
	case TG_OPERATOR_CAPABILITIES_GAINED: {
		struct value *gained;

		if (filter->second >= TG_MAX_ARGS)
			return -1;
		gained = read_value(level, hook->values[filter->second]);
		if (!gained || gained->head.error)
			return -1;
		return !!(gained->head.number & ~value->head.number);
	}
	case TG_OPERATOR_ADDRESS_SET:
		if (!get_endpoints(call, value, &ends) || !ends.source || !is_inet(&ends))
			return -1;
		return is_in_address_set(call, filter, &ends);
	default:
		break;
	}

	switch (filter->field) {
	case TG_FIELD_SELF:
		return is_in_ranges(call, filter, value->head.number);
	case TG_FIELD_FILE_TYPE:
		return is_in_ranges(call, filter, value->head.number & S_IFMT);
	default:
		break;
	}
	if (!get_endpoints(call, value, &ends))
		return -1;
	switch (filter->field) {
	case TG_FIELD_SPORT:
		return is_inet(&ends) ? is_in_ranges(call, filter, ends.source_port) : -1;
	case TG_FIELD_DPORT:
		return is_inet(&ends) ? is_in_ranges(call, filter, ends.destination_port) : -1;
	case TG_FIELD_PROTOCOL:
		return is_in_ranges(call, filter, ends.protocol);
	case TG_FIELD_FAMILY:
		return is_in_ranges(call, filter, ends.family);
	default:
		return is_in_ranges(call, filter, ends.state);
	}
}

__noinline int tg_value_matches(__u32 level, __u32 hook_number, __u32 filter_number)
{
	struct tg_filter *filter = bpf_map_lookup_elem(&filters, &filter_number);
	struct tg_hook *hook = bpf_map_lookup_elem(&hooks, &hook_number);
	struct call *call = get_call(level);

	if (!filter || !hook || !call)
		return -1;
	return value_matches(call, level, hook, filter);
}

/* The call may be let pass next time only if the hooks find the same: passed.h. */
static __always_inline void want_call(__u32 level)
{
	struct call *call = get_call(level);

	if (call)
		call->wanted = 1;
}

/* Filters that remember in the process's entry what they have seen, for later calls. */
static __always_inline bool leaves_a_note(const struct tg_filter *filter)
{
	return filter->operator == TG_OPERATOR_FOLLOW_BINARY || filter->operator == TG_OPERATOR_NAMESPACE_CHANGES ||
	       filter->operator == TG_OPERATOR_CAPABILITY_CHANGES;
}

static __always_inline int filter_holds(__u32 level, __u32 hook_number, __u32 filter_number, const struct tg_filter *filter)
{
	struct call *call = get_call(level);
	struct tg_process *process;

	if (!call)
		return -1;
	switch (filter->operator) {
	case TG_OPERATOR_FOLLOW_BINARY:
		return tg_follow_binary(level, filter->set, filter->count, filter->argument == TG_SUBJECT_PARENT_EXE);
	case TG_OPERATOR_FOLLOW_PID:
		return tg_follow_pid(level, filter_number);
	case TG_OPERATOR_CAPABILITIES:
	case TG_OPERATOR_CAPABILITY_CHANGES:
		return tg_capabilities_match(level, filter_number);
	case TG_OPERATOR_NAMESPACE_CHANGES:
		return tg_namespace_matches(level, filter_number);
	case TG_OPERATOR_WORKLOAD:
		return workload_matches(process_of(call), filter);
	case TG_OPERATOR_EXPRESSION:
		return evaluate(call, level, hook_number, filter->set);
	case TG_OPERATOR_NEVER:
		return -1;
	default:
		break;
	}
	switch (filter->argument) {
	case TG_SUBJECT_EXE:
	case TG_SUBJECT_PARENT_EXE:
		return exe_matches(call, level, filter);
	case TG_SUBJECT_PID:
		return call->tgid ? is_in_ranges(call, filter, call->tgid) : -1;
	case TG_SUBJECT_NAMESPACE_PID:
		process = process_of(call);
		return process ? is_in_ranges(call, filter, process->namespace_tgid) : -1;
	case TG_SUBJECT_NAMESPACE:
		return tg_namespace_matches(level, filter_number);
	default:
		return tg_value_matches(level, hook_number, filter_number);
	}
}

/* Whether a filter holds: 1 or 0. */
__noinline int tg_filter_matches(__u32 level, __u32 hook_number, __u32 filter_number)
{
	struct tg_filter *filter = bpf_map_lookup_elem(&filters, &filter_number);
	int holds;

	if (!filter)
		return 0;
	holds = filter_holds(level, hook_number, filter_number, filter);
	if (holds >= 0 && holds != !!(filter->flags & TG_FILTER_NEGATED)) {
		if (leaves_a_note(filter))
			want_call(level);
		return 1;
	}
	if (!(filter->flags & TG_FILTER_ON_FILE))
		want_call(level);
	return 0;
}

#endif
