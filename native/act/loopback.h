// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#ifndef TRIGON_ACT_LOOPBACK_H
#define TRIGON_ACT_LOOPBACK_H

#include <stdbool.h>

/* Brings up the loopback device of the network namespace, with addresses of the ranges for documentation, and takes all other
 * addresses for its own too. False: errno. */
bool start_loopback(void);

#endif
