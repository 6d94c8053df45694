/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The kernel's network types, as far as Trigon reads them: sockets, packets, devices. Declared as those of kernel.h, for CO-RE.
 * Addresses as system calls take them (struct sockaddr_in …) and headers of packets are part of the kernel's interface and
 * never move: they come from its headers.
 */
#ifndef TRIGON_KERNEL_NET_H
#define TRIGON_KERNEL_NET_H

#include "kernel.h"

#include <linux/in.h>
#include <linux/in6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/un.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct sock_common {
	__be32 skc_daddr;
	__be32 skc_rcv_saddr;
	__be16 skc_dport;
	__u16 skc_num; /* host order */
	unsigned short skc_family;
	volatile unsigned char skc_state;
	struct in6_addr skc_v6_daddr;
	struct in6_addr skc_v6_rcv_saddr;
};

struct sock {
	struct sock_common __sk_common;
	__u32 sk_priority;
	__u32 sk_mark;
	__u16 sk_protocol;
	__u16 sk_type;
};

struct inet_sock {
	struct sock sk;
	__be16 inet_sport;
};

struct socket {
	struct sock *sk;
};

struct net_device {
	char name[16];
};

struct sk_buff {
	struct net_device *dev;
	struct sock *sk;
	unsigned int len;
	__u8 active_extensions;
	__u32 priority;
	__u32 hash;
	__u32 mark;
	__be16 protocol;
	__u16 network_header;
	unsigned int tail;
	unsigned char *head;
	struct skb_ext *extensions;
};

/* What IPsec has done to a packet lies in an extension of the sk_buff, at `offset` (in units of 8 bytes) of its number. */
enum skb_ext_id {
	SKB_EXT_SEC_PATH,
};

struct skb_ext {
	__u8 offset[1];
};

struct sec_path {
	int len;
	int olen;
};

#pragma clang attribute pop

/* include/linux/socket.h */
#define AF_UNIX 1
#define AF_INET 2
#define AF_INET6 10

/* include/linux/net.h */
#define SOCK_STREAM 1

/* include/net/tcp_states.h: in these states a sock is a small stand-in, of which only struct sock_common is there. */
#define TCP_TIME_WAIT 6
#define TCP_NEW_SYN_RECV 12

/* include/uapi/linux/if_ether.h */
#define ETH_P_IP 0x0800
#define ETH_P_IPV6 0x86dd

/* include/uapi/linux/in.h; their headers begin with the ports as TCP's and UDP's do. */
#define HAS_PORTS(protocol)                                                                                                  \
	((protocol) == IPPROTO_TCP || (protocol) == IPPROTO_UDP || (protocol) == IPPROTO_UDPLITE || (protocol) == IPPROTO_SCTP || \
	 (protocol) == IPPROTO_DCCP)

#endif
