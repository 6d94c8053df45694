// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* The network of the sandbox. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "loopback.h"

struct request {
	struct nlmsghdr header;
	union {
		struct ifaddrmsg address;
		struct rtmsg route;
	};
	char attributes[256];
};

static void add(struct request *request, unsigned short type, const void *data, unsigned short size)
{
	struct rtattr *attribute = (void *)((char *)request + NLMSG_ALIGN(request->header.nlmsg_len));

	attribute->rta_type = type;
	attribute->rta_len = RTA_LENGTH(size);
	memcpy(RTA_DATA(attribute), data, size);
	request->header.nlmsg_len = NLMSG_ALIGN(request->header.nlmsg_len) + RTA_ALIGN(attribute->rta_len);
}

static bool ask(int fd, struct request *request)
{
	struct {
		struct nlmsghdr header;
		struct nlmsgerr error;
		char rest[512];
	} answer;

	request->header.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL;
	if (send(fd, request, request->header.nlmsg_len, 0) < 0 || recv(fd, &answer, sizeof(answer), 0) < 0)
		return false;
	errno = -answer.error.error;
	return errno == 0;
}

static bool add_address(int fd, const char *text, int family, int size, int prefix)
{
	struct request request = {
		.header = { .nlmsg_type = RTM_NEWADDR, .nlmsg_len = NLMSG_LENGTH(sizeof(struct ifaddrmsg)) },
		.address = {
			.ifa_family = family,
			.ifa_prefixlen = prefix,
			.ifa_index = if_nametoindex("lo"),
			.ifa_flags = IFA_F_NODAD,
		},
	};
	unsigned char address[16];

	inet_pton(family, text, address);
	add(&request, IFA_LOCAL, address, size);
	add(&request, IFA_ADDRESS, address, size);
	return ask(fd, &request);
}

/* A default route of the kind `local`: every address is this host's. Packets come from the first address of ours. */
static bool route_all(int fd, const char *source, int family, int size)
{
	struct request request = {
		.header = { .nlmsg_type = RTM_NEWROUTE, .nlmsg_len = NLMSG_LENGTH(sizeof(struct rtmsg)) },
		.route = {
			.rtm_family = family,
			.rtm_table = RT_TABLE_LOCAL,
			.rtm_protocol = RTPROT_STATIC,
			.rtm_scope = RT_SCOPE_HOST,
			.rtm_type = RTN_LOCAL,
		},
	};
	unsigned int loopback = if_nametoindex("lo");
	unsigned char address[16];

	inet_pton(family, source, address);
	add(&request, RTA_OIF, &loopback, sizeof(loopback));
	add(&request, RTA_PREFSRC, address, size);
	return ask(fd, &request);
}

static bool bring_up(void)
{
	struct ifreq up = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool done = fd >= 0 && ioctl(fd, SIOCSIFFLAGS, &up) == 0;

	close(fd);
	return done;
}

bool start_loopback(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	bool v4 = fd >= 0 && bring_up() && add_address(fd, "192.0.2.1", AF_INET, 4, 24) &&
		  add_address(fd, "198.51.100.1", AF_INET, 4, 24) && add_address(fd, "203.0.113.1", AF_INET, 4, 24) &&
		  route_all(fd, "192.0.2.1", AF_INET, 4);

	/* A host may be without IPv6. */
	if (v4 && add_address(fd, "2001:db8::1", AF_INET6, 16, 64))
		route_all(fd, "2001:db8::1", AF_INET6, 16);
	close(fd);
	return v4;
}
