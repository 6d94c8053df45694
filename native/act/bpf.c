// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* Deeds with BPF and perf events; what they make is gone at once. */
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "act.h"

static void load_bpf(char **argv)
{
	struct bpf_insn code[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr program = {
		.prog_type = BPF_PROG_TYPE_SOCKET_FILTER,
		.insns = (uintptr_t)code,
		.insn_cnt = 2,
		.license = (uintptr_t)"GPL",
		.prog_name = "trial",
	};
	int fd = syscall(SYS_bpf, BPF_PROG_LOAD, &program, sizeof(program));

	(void)argv;
	if (fd < 0)
		fail("BPF_PROG_LOAD");
	close(fd);
}

static void make_bpf_map(char **argv)
{
	union bpf_attr map = { .map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 8, .max_entries = 1, .map_name = "trial" };
	int fd = syscall(SYS_bpf, BPF_MAP_CREATE, &map, sizeof(map));

	(void)argv;
	if (fd < 0)
		fail("BPF_MAP_CREATE");
	close(fd);
}

/* A command of bpf(2) of which all that it is given is zero: none does more than to look. */
static void ask_bpf(char **argv)
{
	union bpf_attr nothing = { 0 };

	syscall(SYS_bpf, number(argv[0]), &nothing, sizeof(nothing));
}

static void open_perf_event(char **argv)
{
	struct perf_event_attr event = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(event),
		.config = PERF_COUNT_SW_TASK_CLOCK,
		.disabled = 1,
	};
	int fd = syscall(SYS_perf_event_open, &event, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);

	(void)argv;
	if (fd < 0)
		fail("perf_event_open");
	close(fd);
}

const struct deed bpf_deeds[] = {
	{ "bpf-program", 0, 0, load_bpf, "", "load a BPF program that does nothing, and drop it" },
	{ "bpf-map", 0, 0, make_bpf_map, "", "make a BPF map, and drop it" },
	{ "bpf-command", 1, 1, ask_bpf, "NUMBER", "call bpf(2) with nothing but zeros" },
	{ "perf-event", 0, 0, open_perf_event, "", "count the process's own time" },
};
const size_t bpf_deed_count = DEED_COUNT(bpf_deeds);
