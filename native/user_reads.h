/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRIGON_NATIVE_USER_READS_H
#define TRIGON_NATIVE_USER_READS_H

#include <bpf/libbpf.h>

/*
 * Makes libbpf leave bpf_probe_read_user in programs of the sections that an opened object has. libbpf takes a kernel without
 * bpf_probe_read_kernel for one from before Linux 5.5 and puts bpf_probe_read in the place of both; under lockdown=confidentiality
 * only the reads of kernel memory are gone, bpf_probe_read among them. Holds for objects that are opened afterwards.
 * Returns 0 or a positive errno.
 */
int keep_user_reads(struct bpf_object *object);

#endif
