/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Filters on texts: equal, beginning, end, part.
 */
#ifndef TRIGON_TEXTS_H
#define TRIGON_TEXTS_H

#include "values.h"

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

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, TG_MAX_PATTERNS);
	__type(key, __u32);
	__type(value, struct tg_pattern);
} patterns SEC(".maps");

/* 4 KiB are too many for the stack. Index: level. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, TG_LEVELS);
	__type(key, __u32);
	__type(value, struct tg_long_key);
} long_keys SEC(".maps");

/* Written over a key before it is filled: what lies behind the text counts. */
static const struct tg_long_key no_key = {};

/* A text wherever it lies in kernel memory. */
struct text {
	__u64 address;
	__u32 length;
};

/* A function of its own for the sake of its callers' stack. */
static __noinline void copy_text(void *to, __u32 size, __u64 from)
{
	read_kernel(to, size, (const void *)from);
}

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
		copy_text(call->exact.text, length, text->address);
		return bpf_map_lookup_elem(&exact_values, &call->exact);
	}
	bpf_map_update_elem(&long_keys, &level, &no_key, BPF_ANY);
	key = bpf_map_lookup_elem(&long_keys, &level);
	if (!key || length >= TG_LONG_MAX)
		return false;
	key->set = set;
	key->length = length;
	KEEP_RANGE(length);
	length &= TG_LONG_MAX - 1;
	copy_text(key->text, length, text->address);
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
	copy_text(call->prefix.text, length, text->address);
	return bpf_map_lookup_elem(&prefix_values, &call->prefix);
}

/* Compares from the end: the last bytes, in reverse, are looked up as a prefix. */
static __always_inline bool is_in_postfix_set(struct call *call, __u32 set, const struct text *text)
{
	__u32 length = text->length < TG_POSTFIX_MAX ? text->length : TG_POSTFIX_MAX;
	char *end = call->exact.text;

	KEEP_RANGE(length);
	length &= 127;
	copy_text(end, length, text->address + text->length - length);
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

#endif
