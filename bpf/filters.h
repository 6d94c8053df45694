/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Filters: whether one condition of a selector holds for the call at hand.
 *
 * They are read from maps, not from constants of a program per policy: adding a policy then costs no verifier run and touches
 * no running program, and a call reads each value once, however many policies ask for it.
 */
#ifndef TRIGON_FILTERS_H
#define TRIGON_FILTERS_H

#include "values.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, TG_MAX_HOOKS);
	__type(key, __u32);
	__type(value, struct tg_hook);
} hooks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, TG_MAX_FILTERS);
	__type(key, __u32);
	__type(value, struct tg_filter);
} filters SEC(".maps");

/* Values of Equal on texts, and of matchBinaries. Keys are all that counts. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct tg_exact_key);
	__type(value, __u8);
} exact_values SEC(".maps");

/* The same for texts that don't fit there. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct tg_long_key);
	__type(value, __u8);
} long_values SEC(".maps");

/* Values of Prefix, and of Postfix in reverse. */
struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 16384);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct tg_prefix_key);
	__type(value, __u8);
} prefix_values SEC(".maps");

/* Many ranges of numbers, and networks. */
struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct tg_trie_key);
	__type(value, __u8);
} trie_values SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, TG_MAX_PATTERNS);
	__type(key, __u32);
	__type(value, struct tg_pattern);
} patterns SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, TG_MAX_EXPRESSIONS);
	__type(key, __u32);
	__type(value, struct tg_expression);
} expressions SEC(".maps");

/* Cgroups of containers, by the set of the selector that means them; kept by the agent. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct tg_workload_key);
	__type(value, __u8);
} workloads SEC(".maps");

/* 4 KiB are too many for the stack. Index: level. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, TG_LEVELS);
	__type(key, __u32);
	__type(value, struct tg_long_key);
} long_keys SEC(".maps");

static const char zeros[TG_LONG_MAX] = {};

/* A text wherever it lies in kernel memory. */
struct text {
	__u64 address;
	__u32 length;
};

static __always_inline bool is_in_exact_set(struct call *call, __u32 level, __u32 set, const struct text *text)
{
	__u32 length = text->length;
	struct tg_long_key *key;

	if (length < TG_EXACT_MAX) {
		KEEP_RANGE(length);
		length &= TG_EXACT_MAX - 1;
		call->exact.set = set;
		call->exact.length = length;
		__builtin_memset(call->exact.text, 0, TG_EXACT_MAX);
		bpf_probe_read_kernel(call->exact.text, length, (void *)text->address);
		return bpf_map_lookup_elem(&exact_values, &call->exact);
	}
	key = bpf_map_lookup_elem(&long_keys, &level);
	if (!key || length >= TG_LONG_MAX)
		return false;
	key->set = set;
	key->length = length;
	bpf_probe_read_kernel(key->text, TG_LONG_MAX, zeros);
	KEEP_RANGE(length);
	length &= TG_LONG_MAX - 1;
	bpf_probe_read_kernel(key->text, length, (void *)text->address);
	return bpf_map_lookup_elem(&long_values, key);
}

static __always_inline bool is_in_prefix_set(struct call *call, __u32 set, const struct text *text)
{
	__u32 length = text->length;

	if (length > TG_PREFIX_MAX)
		length = TG_PREFIX_MAX;
	KEEP_RANGE(length);
	if (length > TG_PREFIX_MAX)
		return false;
	call->prefix.set = set;
	call->prefix.bits = 32 + length * 8;
	bpf_probe_read_kernel(call->prefix.text, length, (void *)text->address);
	return bpf_map_lookup_elem(&prefix_values, &call->prefix);
}

/* Compares from the end: the last bytes, in reverse, are looked up as a prefix. */
static __always_inline bool is_in_postfix_set(struct call *call, __u32 set, const struct text *text)
{
	__u32 length = text->length < TG_POSTFIX_MAX ? text->length : TG_POSTFIX_MAX;
	char *end = call->exact.text;

	KEEP_RANGE(length);
	length &= 127;
	bpf_probe_read_kernel(end, length, (void *)(text->address + text->length - length));
	for (__u32 i = 0; i < TG_POSTFIX_MAX; i++) {
		if (i >= length)
			break;
		call->prefix.text[i] = end[(length - 1 - i) & 127];
	}
	call->prefix.set = set;
	call->prefix.bits = 32 + length * 8;
	return bpf_map_lookup_elem(&prefix_values, &call->prefix);
}

struct search {
	__u32 level;
	__u32 number; /* of the value whose body is searched */
	__u32 pattern;
	__u32 fold; /* 1: letters of either case are equal; the pattern is in lower case */
	__u32 found;
};

static __always_inline char fold_case(char c)
{
	return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

/* Whether the pattern stands at one position. */
static long search_at(__u32 at, struct search *search)
{
	struct value *value = get_value(search->level, search->number);
	__u32 index = search->pattern;
	struct tg_pattern *pattern = bpf_map_lookup_elem(&patterns, &index);
	__u32 j;

	if (!value || !pattern || at >= TG_PATH_MAX)
		return 1;
	for (j = 0; j < TG_PATTERN_MAX && j < pattern->length; j++) {
		char c = value->body[at + j];

		if ((search->fold ? fold_case(c) : c) != pattern->text[j])
			return 0;
	}
	search->found = 1;
	return 1;
}

__noinline int tg_search(__u32 level, __u32 number, __u32 pattern_index, __u32 fold)
{
	struct search search = { .level = level, .number = number, .pattern = pattern_index, .fold = fold };
	struct tg_pattern *pattern = bpf_map_lookup_elem(&patterns, &pattern_index);
	struct value *value = get_value(level, number);

	if (!value || !pattern || pattern->length > value->head.size)
		return 0;
	bpf_loop(value->head.size - pattern->length + 1, search_at, &search, 0);
	return search.found;
}

static __always_inline bool has_pattern(__u32 level, __u32 number, const struct tg_filter *filter)
{
	bool fold = filter->operator == TG_OPERATOR_SUBSTRING_NOCASE;

	for (__u32 i = 0; i < TG_PATTERN_MAX && i < filter->count; i++)
		if (tg_search(level, number, filter->set + i, fold))
			return true;
	return false;
}

/* Whether a number lies in one of the filter's ranges. */
static __always_inline bool is_in_ranges(struct call *call, const struct tg_filter *filter, __u64 number)
{
	if (filter->flags & TG_FILTER_SIGNED)
		number ^= 1ull << 63;
	if (filter->operator == TG_OPERATOR_RANGE_SET || filter->flags & TG_FILTER_RANGE_SET) {
		__u64 big_endian = __builtin_bswap64(number);

		call->trie.bits = 32 + 64;
		call->trie.set = filter->set;
		__builtin_memcpy(call->trie.data, &big_endian, sizeof(big_endian));
		return bpf_map_lookup_elem(&trie_values, &call->trie);
	}
	for (__u32 i = 0; i < TG_INLINE_RANGES; i++)
		if (i < filter->count && number >= filter->numbers[2 * i] && number <= filter->numbers[2 * i + 1])
			return true;
	return false;
}

/* The endpoints of a value that has some. Returns false for values that have none. */
struct endpoints {
	__u16 family, protocol, state, source_port, destination_port;
	__u8 *source, *destination;
};

static __always_inline bool get_endpoints(struct call *call, struct value *value, struct endpoints *to)
{
	__builtin_memset(to, 0, sizeof(*to));
	if (value->head.type == TG_TYPE_SOCK || value->head.type == TG_TYPE_SOCKET) {
		struct tg_sock_body *body = (struct tg_sock_body *)value->body;

		to->family = body->family;
		to->protocol = body->protocol;
		to->state = body->state;
		to->source_port = body->source_port;
		to->destination_port = body->destination_port;
		to->source = body->source;
		to->destination = body->destination;
		return true;
	}
	if (value->head.type == TG_TYPE_SKB) {
		struct tg_skb_body *body = (struct tg_skb_body *)value->body;

		to->family = body->family;
		to->protocol = body->protocol;
		to->source_port = body->source_port;
		to->destination_port = body->destination_port;
		to->source = body->source;
		to->destination = body->destination;
		to->state = value->head.number;
		return true;
	}
	if (value->head.type == TG_TYPE_SOCKADDR) {
		struct tg_address_body *body = (struct tg_address_body *)value->body;

		/* Both ways: a policy says SAddr whatever the address is of. */
		to->family = body->family;
		to->source_port = body->port;
		to->destination_port = body->port;
		to->source = body->address;
		to->destination = body->address;
		return true;
	}
	if (value->head.type == TG_TYPE_SOCKADDR_UN) {
		to->family = value->head.number;
		return true;
	}
	return false;
}

/* Only these have addresses and ports; of others a filter on them can't be told, negated or not. */
static __always_inline bool is_inet(const struct endpoints *ends)
{
	return ends->family == AF_INET || ends->family == AF_INET6;
}

static __always_inline bool is_in_address_set(struct call *call, const struct tg_filter *filter, const struct endpoints *ends)
{
	__u8 *address = filter->field == TG_FIELD_SADDR ? ends->source : ends->destination;

	call->trie.bits = 32 + 128;
	call->trie.set = filter->set;
	__builtin_memcpy(call->trie.data, address, sizeof(call->trie.data));
	return bpf_map_lookup_elem(&trie_values, &call->trie);
}

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

/* Whether the executable of a process is in an exact set. */
static __always_inline bool exe_is_in_set(struct call *call, struct tg_process *process, __u32 set)
{
	if (!process->exe_length || process->exe_length >= TG_EXACT_MAX)
		return false;
	call->exact.set = set;
	call->exact.length = process->exe_length;
	__builtin_memcpy(call->exact.text, process->exe, TG_EXACT_MAX);
	return bpf_map_lookup_elem(&exact_values, &call->exact);
}

/* Whether the process (`of_parent`: its parent) or one of its ancestors runs a binary of the set, or ran one when it forked: what was
 * found is noted in the process's entry, which its children inherit. */
__noinline int tg_follow_binary(__u32 level, __u32 set, __u32 bit, __u32 of_parent)
{
	struct call *call = get_call(level);
	struct tg_process *process, *ancestor;
	__u64 mask = 1ull << (bit & 63);

	if (!call)
		return -1;
	process = process_of(call);
	if (process && of_parent)
		process = find_process(process->parent, process->parent_start);
	if (!process)
		return -1;
	if (process->followed & mask)
		return 1;
	ancestor = process;
	for (__u32 i = 0; i < TG_MAX_ANCESTORS; i++) {
		if (ancestor->followed & mask || exe_is_in_set(call, ancestor, set)) {
			process->followed |= mask;
			return 1;
		}
		ancestor = find_process(ancestor->parent, ancestor->parent_start);
		if (!ancestor)
			break;
	}
	return 0;
}

/* The same for pids. */
__noinline int tg_follow_pid(__u32 level, __u32 filter_number)
{
	struct tg_filter *filter = bpf_map_lookup_elem(&filters, &filter_number);
	struct call *call = get_call(level);
	struct tg_process *ancestor;
	__u32 tgid;

	if (!call || !filter)
		return -1;
	ancestor = process_of(call);
	if (!ancestor)
		return -1;
	tgid = call->tgid;
	for (__u32 i = 0; i < TG_MAX_ANCESTORS; i++) {
		if (is_in_ranges(call, filter, filter->flags & TG_FILTER_NAMESPACE_PID ? ancestor->namespace_tgid : tgid))
			return 1;
		tgid = ancestor->parent;
		ancestor = find_process(tgid, ancestor->parent_start);
		if (!ancestor)
			break;
	}
	return 0;
}

static __always_inline int exe_matches(struct call *call, __u32 level, const struct tg_filter *filter)
{
	struct tg_process *process = process_of(call);
	struct text text;

	if (process && filter->argument == TG_SUBJECT_PARENT_EXE)
		process = find_process(process->parent, process->parent_start);
	if (!process || !process->exe_length)
		return -1;
	if (filter->operator == TG_OPERATOR_EQUAL)
		return exe_is_in_set(call, process, filter->set);
	text.address = (__u64)process->exe;
	text.length = process->exe_length;
	if (filter->operator == TG_OPERATOR_PREFIX)
		return is_in_prefix_set(call, filter->set, &text);
	/* The end of a longer path is not known. */
	if (process->exe_length >= TG_EXACT_MAX)
		return -1;
	return is_in_postfix_set(call, filter->set, &text);
}

/* Capabilities of the process at hand: as they are, or in an interrupt as they were at its last fork or exec. */
static __always_inline __u64 capabilities_of(struct call *call, struct tg_process *process, __u32 set)
{
	struct task_struct *task = bpf_get_current_task_btf();

	if (!call->in_task)
		return process->capabilities[set < 3 ? set : 0];
	if (set == TG_CAPABILITY_INHERITABLE)
		return read_capabilities(&task->cred->cap_inheritable);
	if (set == TG_CAPABILITY_PERMITTED)
		return read_capabilities(&task->cred->cap_permitted);
	return read_capabilities(&task->cred->cap_effective);
}

/* The namespaces of the process at hand, in the order of tg_namespace_kind. */
static __always_inline void namespaces_of(struct call *call, struct tg_process *process, struct tg_namespaces *to)
{
	struct task_struct *task = bpf_get_current_task_btf();

	__builtin_memcpy(to, process->namespaces, sizeof(*to));
	if (!call->in_task)
		return;
	read_namespaces(task, to);
	read_pid_namespace(task, &to->pid);
}

/* PROC_USER_INIT_INO, include/linux/proc_ns.h: the inode number of the host's user namespace. */
#define HOST_USER_NAMESPACE 0xEFFFFFFDu

__noinline int tg_namespace_matches(__u32 level, __u32 filter_number)
{
	struct tg_filter *filter = bpf_map_lookup_elem(&filters, &filter_number);
	struct call *call = get_call(level);
	struct tg_process *process;
	struct tg_namespaces now = {};
	__u32 *numbers = (__u32 *)&now;

	if (!filter || !call)
		return -1;
	process = process_of(call);
	if (!process)
		return -1;
	namespaces_of(call, process, &now);
	if (filter->operator == TG_OPERATOR_NAMESPACE_CHANGES) {
		__u32 changed = 0;

		for (__u32 i = 0; i < sizeof(now) / sizeof(__u32); i++)
			if (numbers[i] != process->namespaces[i])
				changed |= 1u << i;
		if (!(changed & filter->numbers[0]))
			return 0;
		/* One event a change. */
		__builtin_memcpy(process->namespaces, &now, sizeof(now));
		return 1;
	}
	for (__u32 i = 0; i < sizeof(now) / sizeof(__u32); i++)
		if (i == filter->field)
			return is_in_ranges(call, filter, numbers[i]);
	return -1;
}

__noinline int tg_capabilities_match(__u32 level, __u32 filter_number)
{
	struct tg_filter *filter = bpf_map_lookup_elem(&filters, &filter_number);
	struct task_struct *task = bpf_get_current_task_btf();
	struct call *call = get_call(level);
	struct tg_process *process;
	__u64 now, before;
	__u32 set;

	if (!filter || !call)
		return -1;
	process = process_of(call);
	if (!process)
		return -1;
	if (filter->numbers[1] && (!call->in_task || task->cred->user_ns->ns.inum == HOST_USER_NAMESPACE))
		return -1;
	now = capabilities_of(call, process, filter->field);
	if (filter->operator == TG_OPERATOR_CAPABILITIES)
		return !!(now & filter->numbers[0]);
	set = filter->field < 3 ? filter->field : 0;
	before = process->capabilities[set];
	if (!((now ^ before) & filter->numbers[0]))
		return 0;
	process->capabilities[set] = now;
	return 1;
}

static __always_inline int workload_matches(struct tg_process *process, const struct tg_filter *filter)
{
	struct tg_workload_key key = { .set = filter->set };

	if (!process)
		return -1;
	key.cgroup = process->cgroup;
	return !!bpf_map_lookup_elem(&workloads, &key);
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
	if (holds < 0)
		return 0;
	return holds != !!(filter->flags & TG_FILTER_NEGATED);
}

#endif
