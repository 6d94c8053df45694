/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Which program it is that a process runs, as a number: of the path that it was executed by, which is what agents show. So the kernel
 * side counts by program without a copy of that path in each process's entry. The agent sets a secret seed, so that two paths share one
 * by bad luck only, or after many tries by somebody who means it: this is no cryptographic hash. All that comes of it is that what was
 * lost of the one program is counted under the other's name.
 */
#ifndef TRIGON_PROGRAM_NAMES_H
#define TRIGON_PROGRAM_NAMES_H

#include "exec_scratch.h"
#include "process_table.h"
#include "untold.h"

/* Set by the agent before loading. */
const volatile __u64 program_seed = 0;

/* Names of programs whose execs were not told; of all others the agent knows it from their exec records. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, TG_MAX_UNTOLD);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u64);
	__type(value, struct tg_program_name);
} program_names SEC(".maps");

/* Names are put together here. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct tg_program_name);
} name_scratch SEC(".maps");

/* So many words are stirred without asking whether there is another. */
#define BLOCK_WORDS 8
#define BLOCK_BYTES (BLOCK_WORDS * sizeof(__u64))

/* Stirs a text of the exec record at hand, eight bytes at a time wherever they lie, into a number; the last ones are filled up with
 * zeros. A function of its own, which the verifier checks once; it follows each turn of a loop, so that there are few. */
__noinline __u64 tg_stir_text(__u64 number, __u32 at, __u32 length)
{
	__u32 zero = 0, blocks = length / BLOCK_BYTES, left = length % BLOCK_BYTES, rest = length % sizeof(__u64);
	__u32 whole = length - left, tail = length - rest;
	struct exec_scratch *scratch = bpf_map_lookup_elem(&exec_scratches, &zero);
	const char *text;

	KEEP_RANGE(at);
	/* Known from here on by nothing but their range: else the verifier would follow what comes after a loop once for each length. */
	KEEP_RANGE(tail);
	KEEP_RANGE(whole);
	KEEP_RANGE(left);
	if (!scratch || at > 2 * TG_PATH_MAX || tail > TG_PATH_MAX || whole > TG_PATH_MAX)
		return number;
	text = &scratch->text[at];
	for (__u32 i = 0; i < TG_PATH_MAX / BLOCK_BYTES; i++) {
		if (i >= blocks)
			break;
		for (__u32 word = 0; word < BLOCK_WORDS; word++)
			number = stir(number, *(const __u64 *)(text + i * BLOCK_BYTES + word * sizeof(__u64)));
	}
	for (__u32 i = 0; i < BLOCK_WORDS; i++) {
		if ((i + 1) * sizeof(__u64) > left)
			break;
		number = stir(number, *(const __u64 *)(text + whole + i * sizeof(__u64)));
	}
	if (!rest)
		return number;
	return stir(number, *(const __u64 *)(text + tail) & ((1ull << rest * 8) - 1));
}

/* The number of the program in the exec record at hand; 0: it has no name. */
static __always_inline __u64 number_program(const struct exec_scratch *scratch)
{
	const struct tg_exec_record *record = &scratch->record;
	__u64 number;

	if (!record->filename_length)
		return 0;
	number = tg_stir_text(program_seed, 0, record->filename_length);
	/* No name holds NUL: where the one text ends and the other begins is part of the number. */
	if (scratch->text[0] != '/')
		number = tg_stir_text(stir(number, 0), record->filename_length + record->exe_length, record->cwd_length);
	return program_number(number);
}

/* Keeps the name in the exec record at hand, if it isn't too long. Of a program that is counted among the others it would be of no use,
 * and stay for good: the agent removes both entries at once. */
__noinline int tg_name_program(__u64 program)
{
	__u32 zero = 0, filename, cwd = 0, at;
	struct exec_scratch *scratch = bpf_map_lookup_elem(&exec_scratches, &zero);
	struct tg_program_name *name = bpf_map_lookup_elem(&name_scratch, &zero);

	if (!scratch || !name || !bpf_map_lookup_elem(&untold, &program) || bpf_map_lookup_elem(&program_names, &program))
		return 0;
	filename = scratch->record.filename_length;
	at = filename + scratch->record.exe_length;
	if (scratch->text[0] != '/')
		cwd = scratch->record.cwd_length;
	if (filename >= TG_NAME_BYTES || cwd >= TG_NAME_BYTES || at > 2 * TG_PATH_MAX)
		return 0;
	name->filename_length = filename;
	name->cwd_length = cwd;
	KEEP_RANGE(filename);
	copy(name->filename, filename & (TG_NAME_BYTES - 1), scratch->text, sizeof(scratch->text), 0);
	KEEP_RANGE(cwd);
	copy(name->cwd, cwd & (TG_NAME_BYTES - 1), scratch->text, sizeof(scratch->text), at);
	bpf_map_update_elem(&program_names, &program, name, BPF_NOEXIST);
	return 0;
}

#endif
