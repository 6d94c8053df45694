/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What the soak's load and its actors have in common. */
#ifndef SOAK_LOAD_H
#define SOAK_LOAD_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#define LIFETIME 900

/* Dies with its parent, and of itself. */
static inline void be_mortal(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(LIFETIME);
}

static inline struct sockaddr_in loopback(int port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

#endif
