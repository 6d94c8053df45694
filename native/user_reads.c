/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps libbpf from replacing helpers that the kernel does have. */
#include "user_reads.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <linux/bpf.h>

/* Sections that have a handler of ours. Handlers belong to the process, like libbpf's own. */
#define SECTIONS_MAX 64
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char *sections[SECTIONS_MAX];

/* Is the type bound to something in the kernel's BTF, named after the section's slash? */
static bool is_bound(const struct bpf_program *program)
{
	const enum bpf_prog_type type = bpf_program__type(program);

	return type == BPF_PROG_TYPE_TRACING || type == BPF_PROG_TYPE_LSM;
}

/* What libbpf's own handlers do when an object is opened, for the kinds of section that we have. */
static int set_up(struct bpf_program *program, long cookie)
{
	const char *section = bpf_program__section_name(program);
	const char *slash = strchr(section, '/');
	const size_t kind = slash ? (size_t)(slash - section) : strlen(section);

	(void)cookie;
	if (kind > 2 && !strncmp(section + kind - 2, ".s", 2))
		bpf_program__set_flags(program, bpf_program__flags(program) | BPF_F_SLEEPABLE);
	if (slash && is_bound(program))
		return bpf_program__set_attach_target(program, 0, slash + 1);
	return 0;
}

static bool is_helper_call(const struct bpf_insn *instruction)
{
	return instruction->code == (BPF_JMP | BPF_CALL) && !instruction->src_reg && !instruction->dst_reg;
}

/*
 * libbpf has replaced the helpers by now. Reads of kernel memory come back as reads of user memory too; the verifier never gets to
 * them, because the programs ask first (bpf/memory.h).
 */
static int restore(struct bpf_program *program, struct bpf_prog_load_opts *options, long cookie)
{
	const size_t count = bpf_program__insn_cnt(program);
	struct bpf_insn *instructions = malloc(count * sizeof(*instructions));
	int error;

	(void)options;
	(void)cookie;
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
static int attach(const struct bpf_program *program, long cookie, struct bpf_link **link)
{
	(void)cookie;
	*link = is_bound(program) ? bpf_program__attach_trace(program) : NULL;
	return is_bound(program) && !*link ? -errno : 0;
}

/* Returns 0 or a positive errno. */
static int handle(const char *section)
{
	LIBBPF_OPTS(libbpf_prog_handler_opts, options, .prog_setup_fn = set_up, .prog_prepare_load_fn = restore,
		    .prog_attach_fn = attach);
	enum bpf_attach_type attach_type;
	enum bpf_prog_type type;
	size_t at = 0;
	int id;

	while (at < SECTIONS_MAX && sections[at] && strcmp(sections[at], section))
		at++;
	if (at == SECTIONS_MAX)
		return ENOSPC;
	if (sections[at])
		return 0;
	if (libbpf_prog_type_by_name(section, &type, &attach_type))
		return EINVAL;
	id = libbpf_register_prog_handler(section, type, attach_type, &options);
	if (id < 0)
		return -id;
	sections[at] = strdup(section);
	return sections[at] ? 0 : ENOMEM;
}

int keep_user_reads(struct bpf_object *object)
{
	struct bpf_program *program;
	int error = 0;

	pthread_mutex_lock(&lock);
	bpf_object__for_each_program(program, object) {
		error = handle(bpf_program__section_name(program));
		if (error)
			break;
	}
	pthread_mutex_unlock(&lock);
	return error;
}
