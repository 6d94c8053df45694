/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The error with which a program refuses the call it stands in.
 */
#ifndef TRIGON_REFUSAL_H
#define TRIGON_REFUSAL_H

#include "kernel.h"

#define EPERM 1
#define MAX_ERRNO 4095

/*
 * What the function is to return for a positive errno, or 0 to go on. Since 6.12 (5d99e198be27) the verifier wants to see that it is
 * one or the other; of 32 bits it would forget the sign, so programs that return it return a long.
 */
static __always_inline long refusal(int error)
{
	long result = -(long)error;

	KEEP_RANGE(result);
	return result < -MAX_ERRNO || result > 0 ? -EPERM : result;
}

#endif
