/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRIGON_NATIVE_USER_READS_H
#define TRIGON_NATIVE_USER_READS_H

/*
 * Makes libbpf leave bpf_probe_read_user in the programs of objects that are opened from now on, in the whole process. libbpf takes
 * a kernel without bpf_probe_read_kernel for one from before Linux 5.5 and puts bpf_probe_read in the place of both; under
 * lockdown=confidentiality only the reads of kernel memory are gone, bpf_probe_read among them. Returns 0 or a positive errno.
 */
int keep_user_reads(void);

#endif
