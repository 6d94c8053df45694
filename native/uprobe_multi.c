/* SPDX-License-Identifier: Apache-2.0 */
/* One link for many places of a file, without libbpf. */
#include "uprobe_multi.h"

#include <errno.h>
#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

/* BPF_F_UPROBE_MULTI_RETURN of include/uapi/linux/bpf.h, Linux 6.6. */
#define RETURNS 1

/* The part of union bpf_attr for this link (the same header). */
struct uprobe_multi_attr {
	uint32_t prog_fd, target_fd, attach_type, flags;
	uint64_t path, offsets, ref_ctr_offsets, cookies;
	uint32_t count, multi_flags, pid, unused;
};

/* The kernel reads offsets as unsigned long. */
_Static_assert(sizeof(unsigned long) == sizeof(uint64_t), "only 64-bit machines");

int uprobe_multi_link(int program, const struct uprobe_multi *target)
{
	const struct uprobe_multi_attr attr = {
		.prog_fd = (uint32_t)program,
		.attach_type = TRACE_UPROBE_MULTI,
		.path = (uintptr_t)target->path,
		.offsets = (uintptr_t)target->offsets,
		.ref_ctr_offsets = (uintptr_t)target->ref_counters,
		.cookies = (uintptr_t)target->cookies,
		.count = target->count,
		.multi_flags = target->returns ? RETURNS : 0,
		.pid = target->pid,
	};
	int link = (int)syscall(__NR_bpf, BPF_LINK_CREATE, &attr, sizeof(attr));

	return link < 0 ? -errno : link;
}
