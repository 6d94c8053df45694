/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps libbpf from replacing helpers that the kernel does have. */
#include "user_reads.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/libbpf.h>
#include <linux/bpf.h>

/*
 * The sections of our programs; a plus stands for "and what follows a slash". All handlers are registered at once, before any object
 * is opened with them: libbpf moves the list when it grows, and objects point into it.
 */
static const char *const SECTIONS[] = {
	"tp_btf+",	   "iter+",	      "raw_tp+",	 "fentry+",	    "fexit+",
	"fmod_ret+",	   "lsm+",	      "lsm.s+",		 "kprobe+",	    "kretprobe+",
	"uprobe+",	   "uretprobe+",      "usdt+",		 "cgroup/connect4", "cgroup/connect6",
	"cgroup/bind4",	   "cgroup/bind6",    "cgroup/sendmsg4", "cgroup/sendmsg6", "cgroup/sock_create",
	"sockops",
};

#define SECTION_BYTES 32

/* Is the type bound to something in the kernel's BTF, named after the section's slash? */
static bool is_bound(const struct bpf_program *program)
{
	const enum bpf_prog_type type = bpf_program__type(program);

	return type == BPF_PROG_TYPE_TRACING || type == BPF_PROG_TYPE_LSM;
}

/* What libbpf's own handlers do when an object is opened. */
static int set_up(struct bpf_program *program, long is_sleepable)
{
	const char *slash = strchr(bpf_program__section_name(program), '/');

	if (is_sleepable)
		bpf_program__set_flags(program, bpf_program__flags(program) | BPF_F_SLEEPABLE);
	return slash && is_bound(program) ? bpf_program__set_attach_target(program, 0, slash + 1) : 0;
}

static bool is_helper_call(const struct bpf_insn *instruction)
{
	return instruction->code == (BPF_JMP | BPF_CALL) && !instruction->src_reg && !instruction->dst_reg;
}

/*
 * libbpf has replaced the helpers by now. Reads of kernel memory come back as reads of user memory too; the verifier never gets to
 * them, because the programs ask first (bpf/memory.h).
 */
static int restore(struct bpf_program *program, struct bpf_prog_load_opts *options, long is_sleepable)
{
	const size_t count = bpf_program__insn_cnt(program);
	struct bpf_insn *instructions = malloc(count * sizeof(*instructions));
	int error;

	(void)options;
	(void)is_sleepable;
	if (!instructions)
		return -ENOMEM;
	memcpy(instructions, bpf_program__insns(program), count * sizeof(*instructions));
	for (size_t i = 0; i < count; i++) {
		if (!is_helper_call(&instructions[i]))
			continue;
		if (instructions[i].imm == BPF_FUNC_probe_read)
			instructions[i].imm = BPF_FUNC_probe_read_user;
		else if (instructions[i].imm == BPF_FUNC_probe_read_str)
			instructions[i].imm = BPF_FUNC_probe_read_user_str;
	}
	error = bpf_program__set_insns(program, instructions, count);
	free(instructions);
	return error;
}

/* The programs that are attached as their section says are all bound to BTF. */
static int attach(const struct bpf_program *program, long is_sleepable, struct bpf_link **link)
{
	(void)is_sleepable;
	*link = is_bound(program) ? bpf_program__attach_trace(program) : NULL;
	return is_bound(program) && !*link ? -errno : 0;
}

static int handle(const char *section)
{
	const size_t length = strcspn(section, "+");
	LIBBPF_OPTS(libbpf_prog_handler_opts, options, .prog_setup_fn = set_up, .prog_prepare_load_fn = restore,
		    .prog_attach_fn = attach);
	enum bpf_attach_type attach_type;
	enum bpf_prog_type type;
	char name[SECTION_BYTES];
	int id;

	if (length >= sizeof(name))
		return ENAMETOOLONG;
	memcpy(name, section, length);
	name[length] = '\0';
	options.cookie = length > 2 && !strcmp(name + length - 2, ".s");
	if (libbpf_prog_type_by_name(name, &type, &attach_type))
		return EINVAL;
	id = libbpf_register_prog_handler(section, type, attach_type, &options);
	return id < 0 ? -id : 0;
}

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int outcome;

static void handle_all(void)
{
	for (size_t i = 0; i < sizeof(SECTIONS) / sizeof(SECTIONS[0]) && !outcome; i++)
		outcome = handle(SECTIONS[i]);
}

int keep_user_reads(void)
{
	pthread_once(&once, handle_all);
	return outcome;
}
