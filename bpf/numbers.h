/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Filters on numbers, addresses and ports.
 */
#ifndef TRIGON_NUMBERS_H
#define TRIGON_NUMBERS_H

#include "values.h"

/* Many ranges of numbers, and networks. */
struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct tg_trie_key);
	__type(value, __u8);
} trie_values SEC(".maps");

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

#endif
