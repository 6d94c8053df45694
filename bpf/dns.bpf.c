// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The answers of DNS servers that sockets of a cgroup v2 tree receive over UDP, for the names of addresses. It only looks: every
 * packet passes. What the answers say is left to the agent.
 */
#include "kernel_net.h"
#include "events.h"

#include <bpf/bpf_endian.h>
#include <linux/udp.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define DNS_PORT 53
/* RFC 1035, 4.1.1. Bits of the second 16-bit word. */
#define DNS_IS_ANSWER 0x8000
#define DNS_OPCODE 0x7800
#define DNS_IS_CUT 0x0200
#define DNS_RCODE 0x000f

/* More than these are told of in numbers only: nobody may keep the agent busy with what looks like answers. So many fit into the
 * ring until a busy agent comes to it. */
#define WINDOW_NS 100000000ULL
#define ANSWERS_A_WINDOW 100

struct dns_header {
	__be16 id;
	__be16 flags;
	__be16 questions;
	__be16 answers;
	__be16 authorities;
	__be16 others;
};

/* A ring of their own: a flood of them takes no room from events. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 << 10);
} dns_answers SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct tg_dns_counts);
} dns_counts SEC(".maps");

static __always_inline void count(__u64 *counter)
{
	__sync_fetch_and_add(counter, 1);
}

/* CPUs that come at the same time may begin a window twice: then it has a few answers more. */
static __always_inline bool is_within_rate(struct tg_dns_counts *counts)
{
	__u64 now = bpf_ktime_get_ns();

	if (now - counts->window_begin >= WINDOW_NS) {
		counts->window_begin = now;
		counts->window_count = 0;
	}
	if (counts->window_count >= ANSWERS_A_WINDOW)
		return false;
	count(&counts->window_count);
	return true;
}

/* Where the UDP header begins if the packet comes from port 53, else 0. Nearly every packet ends here. The headers lie in one piece:
 * the kernel has looked at them before it looked for a socket. */
static __always_inline __u32 find_dns(struct __sk_buff *ctx)
{
	void *data = (void *)(long)ctx->data;
	void *end = (void *)(long)ctx->data_end;
	struct udphdr *udp;
	__u32 at;

	if (ctx->protocol == bpf_htons(ETH_P_IP)) {
		struct iphdr *ip = data;

		at = sizeof(*ip);
		udp = data + at;
		/* Whoever sends options with DNS stays unknown. */
		if ((void *)(udp + 1) > end || ip->protocol != IPPROTO_UDP || ip->ihl != 5)
			return 0;
	} else if (ctx->protocol == bpf_htons(ETH_P_IPV6)) {
		struct ipv6hdr *ip = data;

		at = sizeof(*ip);
		udp = data + at;
		if ((void *)(udp + 1) > end || ip->nexthdr != IPPROTO_UDP)
			return 0;
	} else {
		return 0;
	}
	return udp->source == bpf_htons(DNS_PORT) ? at : 0;
}

/* Whole answers without an error that hold a record at least. */
static __always_inline bool is_answer(const struct dns_header *dns)
{
	__u16 flags = bpf_ntohs(dns->flags);

	return (flags & (DNS_IS_ANSWER | DNS_OPCODE | DNS_IS_CUT | DNS_RCODE)) == DNS_IS_ANSWER &&
	       dns->questions == bpf_htons(1) && dns->answers;
}

static __always_inline void take_answer(struct __sk_buff *ctx, __u32 at)
{
	__u32 zero = 0, length;
	struct tg_dns_counts *counts = bpf_map_lookup_elem(&dns_counts, &zero);
	struct tg_dns_answer *answer;
	struct dns_header dns;
	struct udphdr udp;

	if (!counts || bpf_skb_load_bytes(ctx, at, &udp, sizeof(udp)))
		return;
	if (bpf_skb_load_bytes(ctx, at + sizeof(udp), &dns, sizeof(dns)) || !is_answer(&dns))
		return;
	length = bpf_ntohs(udp.len);
	if (length < sizeof(udp) + sizeof(dns))
		return;
	length -= sizeof(udp);
	if (length > TG_DNS_MAX)
		return count(&counts->too_long);
	if (!is_within_rate(counts))
		return count(&counts->too_many);
	answer = bpf_ringbuf_reserve(&dns_answers, sizeof(*answer), 0);
	if (!answer)
		return count(&counts->no_room);
	answer->length = length;
	/* For the verifier, which may have lost both bounds on the way. One after the other: the compiler would make one comparison of
	 * them, of a difference, from which it learns neither. */
	KEEP_RANGE(length);
	if (length > TG_DNS_MAX)
		goto discard;
	KEEP_RANGE(length);
	if (length < sizeof(dns))
		goto discard;
	if (bpf_skb_load_bytes(ctx, at + sizeof(udp), answer->bytes, length))
		goto discard;
	/* Wakes an agent that has read all before: answers are few. */
	bpf_ringbuf_submit(answer, 0);
	return;
discard:
	bpf_ringbuf_discard(answer, 0);
}

SEC("cgroup_skb/ingress")
int see_dns_answer(struct __sk_buff *ctx)
{
	__u32 at = find_dns(ctx);

	if (at)
		take_answer(ctx, at);
	return 1;
}
