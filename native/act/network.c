// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* Deeds with sockets. In the sandbox every address is on the loopback device: nothing leaves it, and nobody answers but `listen`. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "act.h"

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	struct sockaddr_un unix_;
	struct sockaddr_storage storage;
};

/* Of an IPv4 or IPv6 address as text. */
static socklen_t make_address(union address *address, const char *text, const char *port)
{
	memset(address, 0, sizeof(*address));
	if (inet_pton(AF_INET, text, &address->v4.sin_addr) == 1) {
		address->any.sa_family = AF_INET;
		address->v4.sin_port = htons(number(port));
		return sizeof(address->v4);
	}
	if (inet_pton(AF_INET6, text, &address->v6.sin6_addr) != 1)
		fail_plainly("%s is no address", text);
	address->any.sa_family = AF_INET6;
	address->v6.sin6_port = htons(number(port));
	return sizeof(address->v6);
}

int open_socket(int family, int type, int protocol)
{
	int fd = socket(family, type | SOCK_CLOEXEC, protocol);

	if (fd < 0)
		fail("socket of family %d", family);
	return fd;
}

/* That a port is closed, or an address of a family that isn't there can't be reached, is no matter: asking for it is the deed. */
static void try_connect(char **argv, int type)
{
	struct timeval limit = { .tv_sec = 1 };
	union address address;
	socklen_t size = make_address(&address, argv[0], argv[1]);
	int fd = open_socket(address.any.sa_family, type, 0);

	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	connect(fd, &address.any, size);
	close(fd);
}

static void connect_stream(char **argv)
{
	try_connect(argv, SOCK_STREAM);
}

static void connect_datagrams(char **argv)
{
	try_connect(argv, SOCK_DGRAM);
}

static void send_datagram(char **argv)
{
	union address address;
	socklen_t size = make_address(&address, argv[0], argv[1]);
	int fd = open_socket(address.any.sa_family, SOCK_DGRAM, 0);

	sendto(fd, "hello", 5, 0, &address.any, size);
	close(fd);
}

static void send_connected(char **argv)
{
	union address address;
	socklen_t size = make_address(&address, argv[0], argv[1]);
	int fd = open_socket(address.any.sa_family, SOCK_DGRAM, 0);

	connect(fd, &address.any, size);
	send(fd, "hello", 5, 0);
	close(fd);
}

/* By sendmsg(), and by sendmmsg(), which takes several at once. */
static void send_messages(char **argv)
{
	union address address;
	struct iovec text = { "hello", 5 };
	struct mmsghdr message = { .msg_hdr = { .msg_name = &address, .msg_iov = &text, .msg_iovlen = 1 } };
	int fd;

	message.msg_hdr.msg_namelen = make_address(&address, argv[0], argv[1]);
	fd = open_socket(address.any.sa_family, SOCK_DGRAM, 0);
	sendmsg(fd, &message.msg_hdr, 0);
	sendmmsg(fd, &message, 1, 0);
	close(fd);
}

static int bound(char **argv)
{
	union address address;
	socklen_t size = make_address(&address, argv[0], argv[1]);
	int fd = open_socket(address.any.sa_family, SOCK_STREAM, 0), on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, &address.any, size))
		fail("port %s of %s", argv[1], argv[0]);
	return fd;
}

static void bind_port(char **argv)
{
	close(bound(argv));
}

static int listening(char **argv)
{
	int fd = bound(argv);

	if (listen(fd, 1))
		fail("listen at port %s of %s", argv[1], argv[0]);
	return fd;
}

static void listen_at(char **argv)
{
	close(listening(argv));
}

/* Both ends are this process's. */
static void talk(char **argv)
{
	char *any_port[] = { argv[0], "0", NULL };
	int listener = listening(any_port), client, served;
	union address there = { 0 };
	socklen_t size = sizeof(there);
	char text[8];

	if (getsockname(listener, &there.any, &size))
		fail("getsockname");
	client = open_socket(there.any.sa_family, SOCK_STREAM, 0);
	if (connect(client, &there.any, size))
		fail("connect to %s", argv[0]);
	served = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (served < 0 || send(client, "hello", 5, 0) != 5 || recv(served, text, sizeof(text), 0) != 5)
		fail("talk to %s", argv[0]);
	close(client);
	close(served);
	close(listener);
}

/* To a socket that nobody has made: a connection to a service of the host may start it, or keep it busy. */
static void connect_path(char **argv)
{
	union address address = { .unix_.sun_family = AF_UNIX };
	int fd = open_socket(AF_UNIX, SOCK_STREAM, 0);

	if (access(argv[0], F_OK) == 0)
		fail_plainly("%s is there: make a folder above it private before", argv[0]);
	if (strlen(argv[0]) >= sizeof(address.unix_.sun_path))
		fail_plainly("%s is too long for the address of a socket", argv[0]);
	strcpy(address.unix_.sun_path, argv[0]);
	connect(fd, &address.any, offsetof(struct sockaddr_un, sun_path) + strlen(argv[0]) + 1);
	close(fd);
}

/* A kernel without the family or protocol refuses: asking for it is the deed. */
static void make_socket(char **argv)
{
	int fd = socket(number(argv[0]), number(argv[1]) | SOCK_CLOEXEC, argv[2] ? number(argv[2]) : 0);

	if (fd >= 0)
		close(fd);
}

/* Without a value, so that none takes effect: asking for it is the deed. */
static void set_option(char **argv)
{
	int fd = open_socket(number(argv[0]), number(argv[1]), 0);

	if (setsockopt(fd, number(argv[2]), number(argv[3]), NULL, 0) == 0)
		fail_plainly("option %s was set without a value", argv[3]);
	close(fd);
}

const struct deed network_deeds[] = {
	{ "connect", 2, 2, connect_stream, "ADDRESS PORT", "open a TCP connection, and close it" },
	{ "connect-udp", 2, 2, connect_datagrams, "ADDRESS PORT", "choose where datagrams of a socket go; none is sent" },
	{ "datagram", 2, 2, send_datagram, "ADDRESS PORT", "send a datagram" },
	{ "datagram-connected", 2, 2, send_connected, "ADDRESS PORT", "send a datagram from a socket that is connected" },
	{ "datagram-messages", 2, 2, send_messages, "ADDRESS PORT", "send a datagram by sendmsg, and one by sendmmsg" },
	{ "bind", 2, 2, bind_port, "ADDRESS PORT", "take a TCP port, and give it back" },
	{ "listen", 2, 2, listen_at, "ADDRESS PORT", "listen at a TCP port for a moment" },
	{ "talk", 1, 1, talk, "ADDRESS", "connect to a listener of its own, and send a few bytes" },
	{ "connect-unix", 1, 1, connect_path, "PATH", "connect to a Unix socket that isn't there" },
	{ "socket", 2, 3, make_socket, "FAMILY TYPE [PROTOCOL]", "make a socket, all by number" },
	{ "socket-option", 4, 4, set_option, "FAMILY TYPE LEVEL OPTION", "ask to set an option of a socket, all by number" },
};
const size_t network_deed_count = DEED_COUNT(network_deeds);
