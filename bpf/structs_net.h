/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Readers of what the network is made of: sockets, packets, devices, addresses. A part of structs.h.
 */
#ifndef TRIGON_STRUCTS_NET_H
#define TRIGON_STRUCTS_NET_H

#include "kernel_net.h"
#include "value.h"

#include <bpf/bpf_endian.h>

/* More extension headers than a sane IPv6 packet has. */
#define IPV6_EXTENSIONS_MAX 6

/* include/uapi/linux/stat.h */
#define S_IFMT 0170000
#define S_IFSOCK 0140000

/* An IPv4 address into 16 bytes of zeros, as ::ffff:a.b.c.d. */
static __always_inline void put_ipv4(__u8 *to, __be32 address)
{
	to[10] = 0xff;
	to[11] = 0xff;
	__builtin_memcpy(&to[12], &address, sizeof(address));
}

static __always_inline void read_sock_addresses(struct sock *sock, struct tg_sock_body *body)
{
	if (body->family == AF_INET) {
		put_ipv4(body->source, READ_FIELD(sock, __sk_common.skc_rcv_saddr));
		put_ipv4(body->destination, READ_FIELD(sock, __sk_common.skc_daddr));
	} else if (body->family == AF_INET6 && bpf_core_field_exists(sock->__sk_common.skc_v6_daddr)) {
		read_small(body->source, sizeof(body->source), &sock->__sk_common.skc_v6_rcv_saddr);
		read_small(body->destination, sizeof(body->destination), &sock->__sk_common.skc_v6_daddr);
	}
}

/* A sock that is closing has given up skc_num, but inet_sport still tells the port it had. */
static __always_inline __u16 source_port_of(struct sock *sock, bool is_full)
{
	struct inet_sock *inet = (struct inet_sock *)sock;
	__be16 port = is_full ? READ_FIELD(inet, inet_sport) : 0;

	return port ? bpf_ntohs(port) : READ_FIELD(sock, __sk_common.skc_num);
}

static __always_inline bool read_sock(struct value *value, struct sock *sock)
{
	struct tg_sock_body *body = (struct tg_sock_body *)value->body;
	bool is_full;

	__builtin_memset(body, 0, sizeof(*body));
	body->family = READ_FIELD(sock, __sk_common.skc_family);
	body->state = READ_FIELD(sock, __sk_common.skc_state);
	body->cookie = (__u64)sock;
	is_full = body->state != TCP_TIME_WAIT && body->state != TCP_NEW_SYN_RECV;
	if (is_full) {
		body->type = READ_FIELD(sock, sk_type);
		body->protocol = READ_FIELD(sock, sk_protocol);
		body->mark = READ_FIELD(sock, sk_mark);
		body->priority = READ_FIELD(sock, sk_priority);
	} else {
		body->type = SOCK_STREAM;
		body->protocol = IPPROTO_TCP;
	}
	if (body->family == AF_INET || body->family == AF_INET6) {
		read_sock_addresses(sock, body);
		body->source_port = source_port_of(sock, is_full);
		body->destination_port = bpf_ntohs(READ_FIELD(sock, __sk_common.skc_dport));
	}
	value->head.size = sizeof(*body);
	return true;
}

/* Puts in where a call leads to: its sock learns that only later. */
static __always_inline void set_destination(struct value *value, const struct call *call)
{
	struct tg_sock_body *body = (struct tg_sock_body *)value->body;

	body->destination_port = call->destination_port;
	__builtin_memcpy(body->destination, call->destination, sizeof(body->destination));
}

/* A socket that has no sock (yet, or no more) reads as a fault. */
static __always_inline bool read_socket(struct value *value, struct socket *socket)
{
	struct sock *sock = READ_FIELD(socket, sk);

	return sock && read_sock(value, sock);
}

/* What lies in the linear part of a packet: its bytes at [0, tail) of `head`. What a driver left in pages is not looked at. */
struct packet {
	const unsigned char *head;
	__u32 tail;
};

static __always_inline bool read_packet(void *to, __u32 size, const struct packet *packet, __u32 offset)
{
	return offset + size <= packet->tail && !read_small(to, size, packet->head + offset);
}

static __always_inline void read_ports(struct tg_skb_body *body, const struct packet *packet, __u32 offset)
{
	__be16 ports[2];

	if (!HAS_PORTS(body->protocol) || !read_packet(ports, sizeof(ports), packet, offset))
		return;
	body->source_port = bpf_ntohs(ports[0]);
	body->destination_port = bpf_ntohs(ports[1]);
}

static __always_inline void read_ipv4(struct tg_skb_body *body, const struct packet *packet, __u32 offset)
{
	struct iphdr header;

	if (!read_packet(&header, sizeof(header), packet, offset) || header.ihl < 5)
		return;
	body->family = AF_INET;
	body->protocol = header.protocol;
	put_ipv4(body->source, header.saddr);
	put_ipv4(body->destination, header.daddr);
	/* Only the first fragment has the transport's header. */
	if (!(header.frag_off & bpf_htons(0x1fff)))
		read_ports(body, packet, offset + header.ihl * 4);
}

/* Steps over the extension headers (RFC 8200) to the transport's. Behind one that is encrypted or unknown nothing is read. */
static __always_inline void read_ipv6(struct tg_skb_body *body, const struct packet *packet, __u32 offset)
{
	struct {
		__u8 next;
		__u8 length;
		__be16 fragment;
	} extension;
	__u8 next;

	/* Both addresses at once: they lie one after the other, here as there. */
	if (!read_packet(&next, sizeof(next), packet, offset + offsetof(struct ipv6hdr, nexthdr)) ||
	    !read_packet(body->source, 2 * sizeof(body->source), packet, offset + offsetof(struct ipv6hdr, saddr)))
		return;
	body->family = AF_INET6;
	offset += sizeof(struct ipv6hdr);
	for (int i = 0; i < IPV6_EXTENSIONS_MAX; i++) {
		if (next != IPPROTO_HOPOPTS && next != IPPROTO_ROUTING && next != IPPROTO_FRAGMENT && next != IPPROTO_DSTOPTS &&
		    next != IPPROTO_AH)
			break;
		if (!read_packet(&extension, sizeof(extension), packet, offset))
			break;
		if (next == IPPROTO_FRAGMENT) {
			offset += 8;
			if (extension.fragment & bpf_htons(0xfff8)) {
				body->protocol = extension.next;
				return;
			}
		} else if (next == IPPROTO_AH) {
			offset += (extension.length + 2) * 4;
		} else {
			offset += (extension.length + 1) * 8;
		}
		next = extension.next;
	}
	body->protocol = next;
	read_ports(body, packet, offset);
}

/* Before the network layer has set its type (a packet that is being sent), the version in the header tells. */
static __always_inline void read_network(struct tg_skb_body *body, const struct packet *packet, __u32 offset)
{
	__u8 first;

	/* 0: not set. No real packet begins at the very head of its buffer. */
	if (!offset || !read_packet(&first, sizeof(first), packet, offset))
		return;
	if (first >> 4 == 4 && (body->ether_protocol == ETH_P_IP || !body->ether_protocol))
		read_ipv4(body, packet, offset);
	else if (first >> 4 == 6 && (body->ether_protocol == ETH_P_IPV6 || !body->ether_protocol))
		read_ipv6(body, packet, offset);
}

/* What IPsec notes at a packet (4165079ba328, 5.0): only where the kernel has it, and only at packets it has touched. */
static __always_inline void read_sec_path(struct sk_buff *skb, struct tg_skb_body *body)
{
	struct skb_ext *extensions;
	struct sec_path *path;
	__u32 number;
	__u8 *chunk;

	if (!bpf_core_field_exists(skb->active_extensions) || !bpf_core_enum_value_exists(enum skb_ext_id, SKB_EXT_SEC_PATH))
		return;
	number = bpf_core_enum_value(enum skb_ext_id, SKB_EXT_SEC_PATH);
	if (!(READ_FIELD(skb, active_extensions) & (1 << number)))
		return;
	extensions = READ_FIELD(skb, extensions);
	chunk = (void *)extensions + bpf_core_field_offset(extensions->offset) + number;
	path = (void *)extensions + READ_AT(chunk) * 8;
	body->sec_path_length = READ_FIELD(path, len);
	body->sec_path_outer_length = READ_FIELD(path, olen);
}

static __always_inline bool read_skb(struct value *value, struct sk_buff *skb)
{
	struct tg_skb_body *body = (struct tg_skb_body *)value->body;
	struct packet packet = { .head = READ_FIELD(skb, head), .tail = READ_FIELD(skb, tail) };

	__builtin_memset(body, 0, sizeof(*body));
	body->hash = READ_FIELD(skb, hash);
	body->length = READ_FIELD(skb, len);
	body->priority = READ_FIELD(skb, priority);
	body->mark = READ_FIELD(skb, mark);
	body->ether_protocol = bpf_ntohs(READ_FIELD(skb, protocol));
	read_network(body, &packet, READ_FIELD(skb, network_header));
	read_sec_path(skb, body);
	/* The state of the socket that it belongs to, 0 if it belongs to none. */
	value->head.number = READ_FIELD(skb, sk, __sk_common.skc_state);
	value->head.size = sizeof(*body);
	return true;
}

static __always_inline bool read_net_device(struct value *value, struct net_device *device)
{
	long length = read_kernel_text(value->body, sizeof(device->name), &device->name);

	if (length <= 0)
		return false;
	value->head.size = length - 1;
	return true;
}

/* Only as much as the family has is read: a program's own address may end where its memory ends. */
static __always_inline bool read_address(struct value *value, __u64 pointer, bool user)
{
	struct tg_address_body *body = (struct tg_address_body *)value->body;
	struct sockaddr_in v4;

	__builtin_memset(body, 0, sizeof(*body));
	value->head.size = sizeof(*body);
	if (!read_memory(&body->family, sizeof(body->family), pointer, user))
		return false;
	if (body->family != AF_INET && body->family != AF_INET6)
		return true;
	/* Family and port stand at the same place in both. */
	if (!read_memory(&v4, offsetof(struct sockaddr_in, __pad), pointer, user))
		return false;
	body->port = bpf_ntohs(v4.sin_port);
	if (body->family == AF_INET) {
		put_ipv4(body->address, v4.sin_addr.s_addr);
		return true;
	}
	return read_memory(body->address, sizeof(body->address), pointer + offsetof(struct sockaddr_in6, sin6_addr), user);
}

/* A path, or an abstract name with the NUL before it. A name's length is known to the system call only: it is read up to its
 * next NUL. */
static __always_inline bool read_unix_address(struct value *value, __u64 pointer, bool user)
{
	__u64 text = pointer + offsetof(struct sockaddr_un, sun_path);
	__u16 family;
	__u32 start;
	long length;

	if (!read_memory(&family, sizeof(family), pointer, user) || !read_memory(value->body, 1, text, user))
		return false;
	value->head.number = family;
	if (family != AF_UNIX)
		return true;
	start = !value->body[0];
	if (user)
		length = bpf_probe_read_user_str(value->body + start, UNIX_PATH_MAX, (void *)text + start);
	else
		length = read_kernel_text(value->body + start, UNIX_PATH_MAX, (void *)text + start);
	if (length <= 0)
		return false;
	value->head.size = length - 1 ? start + length - 1 : 0;
	return true;
}

/* The struct sock behind a descriptor of a task, 0 if the descriptor is not a socket's. As sock_from_file(), net/socket.c. */
static __always_inline __u64 sock_of_fd(struct task_struct *task, __u32 fd)
{
	struct file *file = file_of(task, fd);
	struct inode *inode;
	struct socket *socket;

	if (!file)
		return 0;
	inode = READ_FIELD(file, f_inode);
	if ((READ_FIELD(inode, i_mode) & S_IFMT) != S_IFSOCK)
		return 0;
	socket = READ_FIELD(file, private_data);
	return (__u64)READ_FIELD(socket, sk);
}

#endif
