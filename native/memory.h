/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRIGON_MEMORY_H
#define TRIGON_MEMORY_H

#include <stdint.h>

/*
 * Bytes of kernel memory behind the descriptor of a BPF program or map: `memlock` of its
 * /proc/self/fdinfo (bpf_prog_show_fdinfo, bpf_map_show_fdinfo in kernel/bpf/syscall.c). 0, or a
 * negative error. Of a map, kernels before 6.4 give what its size at creation would need.
 */
int kernel_memory(int fd, uint64_t *bytes);

#endif
