// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Sites in the network calls of all processes of a cgroup v2 tree: the one kind of program that can refuse a call, with any errno,
 * where neither kprobes nor LSM programs are to be had. They see Internet sockets only. Signals and stack traces are theirs only
 * since 6.16 (ee971630f20f), so they do without.
 */
#define TG_NO_SIGNALS
#include "hooks.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* The site of each place, 0: none. Index: tg_cgroup_place. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, TG_CGROUP_PLACES);
	__type(key, __u32);
	__type(value, __u32);
} cgroup_sites SEC(".maps");

/* An address as connect(2) and its kin take it, for values of type SOCKADDR: programs see only its parts. */
union address {
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* Index: level. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, TG_LEVELS);
	__type(key, __u32);
	__type(value, union address);
} addresses SEC(".maps");

static __always_inline __u32 site_at(enum tg_cgroup_place place)
{
	__u32 index = place;
	__u32 *site = bpf_map_lookup_elem(&cgroup_sites, &index);

	return site ? *site : 0;
}

static __always_inline void set_ipv4(struct call *call, union address *address, const struct bpf_sock_addr *ctx)
{
	address->v4.sin_family = AF_INET;
	address->v4.sin_port = ctx->user_port;
	address->v4.sin_addr.s_addr = ctx->user_ip4;
	__builtin_memset(call->destination, 0, sizeof(call->destination));
	put_ipv4(call->destination, ctx->user_ip4);
	call->destination_family = AF_INET;
	call->destination_port = bpf_ntohs(ctx->user_port);
}

static __always_inline void set_ipv6(struct call *call, union address *address, const struct bpf_sock_addr *ctx)
{
	__be32 *words = address->v6.sin6_addr.s6_addr32;

	address->v6.sin6_family = AF_INET6;
	address->v6.sin6_port = ctx->user_port;
	address->v6.sin6_flowinfo = 0;
	address->v6.sin6_scope_id = 0;
	words[0] = ctx->user_ip6[0];
	words[1] = ctx->user_ip6[1];
	words[2] = ctx->user_ip6[2];
	words[3] = ctx->user_ip6[3];
	__builtin_memcpy(call->destination, words, sizeof(call->destination));
	call->destination_family = AF_INET6;
	call->destination_port = bpf_ntohs(ctx->user_port);
}

/* What the program returns: 1 lets the call go on, 0 refuses it. */
static __always_inline int verdict(struct call *call)
{
	if (!call->override)
		return 1;
	/* Since 5.18 (b44123b4a3dc); before, every refusal is EPERM. */
	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_set_retval))
		bpf_set_retval(-call->override);
	return 0;
}

/* Runs a site that gets an address; `family` says which parts of it the program may look at. */
static __always_inline int run_address_site(const struct bpf_sock_addr *ctx, enum tg_cgroup_place place, int family)
{
	__u32 site = site_at(place), level;
	union address *address;
	struct call *call;
	int answer;

	if (!site)
		return 1;
	level = take_level();
	call = get_call(level);
	address = bpf_map_lookup_elem(&addresses, &level);
	if (!call || !address)
		return 1;
	begin_call(call, level, 0);
	/* Pointers become numbers by way of the map. */
	call->sock = (__u64)ctx->sk;
	call->inputs[1] = (__u64)address;
	if (family == AF_INET)
		set_ipv4(call, address, ctx);
	else
		set_ipv6(call, address, ctx);
	/* A bind's address is the socket's own, not where it leads to. */
	call->has_destination = place != TG_CGROUP_BIND;
	run_site(call, level, site);
	answer = verdict(call);
	give_level(level);
	return answer;
}

SEC("cgroup/connect4")
int connect4(struct bpf_sock_addr *ctx)
{
	return run_address_site(ctx, TG_CGROUP_CONNECT, AF_INET);
}

SEC("cgroup/connect6")
int connect6(struct bpf_sock_addr *ctx)
{
	return run_address_site(ctx, TG_CGROUP_CONNECT, AF_INET6);
}

SEC("cgroup/bind4")
int bind4(struct bpf_sock_addr *ctx)
{
	return run_address_site(ctx, TG_CGROUP_BIND, AF_INET);
}

SEC("cgroup/bind6")
int bind6(struct bpf_sock_addr *ctx)
{
	return run_address_site(ctx, TG_CGROUP_BIND, AF_INET6);
}

/* Datagrams with an address of their own; those of a connected socket pass unseen. */
SEC("cgroup/sendmsg4")
int sendmsg4(struct bpf_sock_addr *ctx)
{
	return run_address_site(ctx, TG_CGROUP_SENDMSG, AF_INET);
}

SEC("cgroup/sendmsg6")
int sendmsg6(struct bpf_sock_addr *ctx)
{
	return run_address_site(ctx, TG_CGROUP_SENDMSG, AF_INET6);
}

SEC("cgroup/sock_create")
int create_socket(struct bpf_sock *ctx)
{
	__u32 site = site_at(TG_CGROUP_SOCKET), level;
	struct call *call;
	int answer;

	if (!site)
		return 1;
	level = take_level();
	call = get_call(level);
	if (!call)
		return 1;
	begin_call(call, level, 0);
	/* The context of this kind of program is the struct sock itself. */
	call->sock = (__u64)ctx;
	call->inputs[0] = ctx->family;
	call->inputs[1] = ctx->type;
	call->inputs[2] = ctx->protocol;
	run_site(call, level, site);
	answer = verdict(call);
	give_level(level);
	return answer;
}

/* Called from inside tcp_connect(), with both ports and addresses set; can't refuse. */
SEC("sockops")
int sock_ops(struct bpf_sock_ops *ctx)
{
	__u32 site, level;
	struct call *call;

	if (ctx->op != BPF_SOCK_OPS_TCP_CONNECT_CB)
		return 1;
	site = site_at(TG_CGROUP_SOCK_OPS);
	if (!site)
		return 1;
	level = take_level();
	call = get_call(level);
	if (!call)
		return 1;
	begin_call(call, level, 0);
	call->sock = (__u64)ctx->sk;
	run_site(call, level, site);
	give_level(level);
	return 1;
}
