/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Events that wait for the hash of their file. Only programs that may sleep can ask for one (bpf_ima_file_hash), and the engine can't:
 * it leaves the event to the program of hashes.bpf.c that runs after it at the same LSM hook.
 */
#ifndef TRIGON_HASHED_H
#define TRIGON_HASHED_H

#include "calls.h"

/* In the thread's own storage. */
struct tg_hashed {
	__u64 context; /* address of the arguments, which both programs are given: the same call */
	__u32 site; /* whose events wait; 0: none */
	__u32 pad;
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct tg_hashed);
} hashed SEC(".maps");

#endif
