/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Files that no policy wants. Most calls that a policy on files looks at are about files that it doesn't mean, the same ones over and
 * over. When the hooks of file accesses have let a call pass because of its file alone, the path they judged is kept, and the next
 * call on a file of that path is let pass without running them.
 *
 * What is kept is the path as text, all of it, and every call walks from its file up to the task's root and compares name by name: no
 * pointer, inode number or hash stands for a path. So a file or a folder above it that was renamed, another link or mount that leads
 * to the file, another root, and kernel memory that is used again for another file can't be taken for what was judged. The hooks'
 * answer depends on nothing else (TG_FILTER_ON_FILE), but for the file's mode and the kind of access, which are compared too, and the
 * policies, which have a generation.
 */
#ifndef TRIGON_PASSED_H
#define TRIGON_PASSED_H

#include "files.h"

enum tg_passed_limit {
	TG_PASSED_BITS = 7,
	TG_PASSED_FILES = 1 << TG_PASSED_BITS, /* on each CPU */
	TG_PASSED_PATH = 255, /* longer paths are judged each time, */
	TG_PASSED_NAME = 64, /* as those with longer names, */
	TG_PASSED_STEPS = 16, /* and those of more names and mounts */
};

/* The text is that of a path up to the root, "" for a file that has none. */
struct passed_file {
	__u32 generation; /* tg_syscall_sites.generation when it was judged; 0: none was */
	__u16 access;
	__u16 mode;
	__u32 length;
	char path[TG_PASSED_PATH + 1 + TG_PASSED_NAME]; /* the slack lets the verifier accept a whole name at any offset */
};

#define WORD 8

/* One program at a time uses it: the one that has this level. */
#define PASSED_LEVEL 0

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, TG_PASSED_FILES);
	__type(key, __u32);
	__type(value, struct passed_file);
} passed_files SEC(".maps");

/* The one place where a file can be kept. Two that share it take turns. */
static __always_inline struct passed_file *place_of(struct dentry *dentry, __u32 access)
{
	__u32 place = (((__u64)dentry ^ access) * 0x9e3779b97f4a7c15ull) >> (64 - TG_PASSED_BITS);

	return bpf_map_lookup_elem(&passed_files, &place);
}

/* Whether the kept path has the dentry's name in front of call->rest, where what has been compared begins. */
static __always_inline bool is_name_before(struct call *call, const struct passed_file *passed, struct dentry *dentry)
{
	const unsigned char *name = READ_FIELD(dentry, d_name.name);
	__u32 length = READ_FIELD(dentry, d_name.len);
	__u32 at = call->rest;
	const char *text;

	if (length > TG_PASSED_NAME || length >= at)
		return false;
	at -= length + 1;
	call->rest = at;
	KEEP_RANGE(at);
	text = &passed->path[at & TG_PASSED_PATH];
	if (*text != '/')
		return false;
	text++;
	/* Names have room up to a multiple of eight bytes: dentry_string_cmp() in fs/dcache.c reads them by words too. */
#pragma unroll
	for (__u32 word = 0; word < TG_PASSED_NAME / WORD; word++, text += WORD) {
		__u32 left = length - word * WORD;
		__u64 different;

		if (length <= word * WORD)
			break;
		/* Out of clang's sight, or it loads the word byte by byte: it isn't aligned. */
		KEEP_RANGE(text);
		different = *(const __u64 *)text ^ read_word(name + word * WORD, WORD);
		if (left < WORD)
			different <<= 8 * (WORD - left);
		if (different)
			return false;
	}
	return true;
}

/* Whether the hooks have judged a file of this path already, and let it pass. For the program at level PASSED_LEVEL. Only where kernel
 * memory is read by typed accesses: calls of a helper for every name would cost what is saved. */
__noinline int tg_is_passed(__u32 fd, __u32 access, __u32 generation)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct call *call = get_call(PASSED_LEVEL);
	struct fs_struct *fs = task->fs;
	struct file *file = file_of(task, fd);
	struct dentry *dentry, *root_dentry, *top;
	struct mount *mount, *root_mount;
	struct passed_file *passed;

	if (!bpf_rdonly_cast || !call || !fs || !file)
		return 0;
	dentry = READ_FIELD(file, f_path.dentry);
	passed = place_of(dentry, access);
	if (!passed || passed->generation != generation || passed->access != access ||
	    passed->mode != READ_FIELD(file, f_inode, i_mode))
		return 0;
	mount = mount_of(READ_FIELD(file, f_path.mnt));
	top = READ_FIELD(mount, mnt.mnt_root);
	root_dentry = READ_FIELD(fs, root.dentry);
	root_mount = mount_of(READ_FIELD(fs, root.mnt));
	call->rest = passed->length;
	for (__u32 i = 0; i < TG_PASSED_STEPS; i++) {
		struct dentry *parent;

		if (dentry == root_dentry && mount == root_mount)
			return passed->length && !call->rest;
		if (dentry == top) {
			struct mount *below = READ_FIELD(mount, mnt_parent);

			if (below == mount)
				return passed->length && !call->rest;
			dentry = READ_FIELD(mount, mnt_mountpoint);
			mount = below;
			top = READ_FIELD(mount, mnt.mnt_root);
			continue;
		}
		parent = READ_FIELD(dentry, d_parent);
		/* A pipe, a socket: in no folder, and no path. Else it is out of reach, which is not for us to judge. */
		if (parent == dentry)
			return !i && !passed->length;
		if (!is_name_before(call, passed, dentry))
			return 0;
		dentry = parent;
	}
	return 0;
}

/* Keeps the path of the call's file, as the hooks have read it. Without arguments: the stack of its caller is short. */
__noinline int tg_keep_passed(void)
{
	struct call *call = get_call(PASSED_LEVEL);
	struct passed_file *passed;
	struct value *value;
	struct file *file;
	__u32 length;

	if (!bpf_rdonly_cast || !call || !call->file_value)
		return 0;
	value = get_value(PASSED_LEVEL, call->file_value - 1);
	file = (struct file *)call->inputs[TG_INPUT_FILE];
	if (!value || value->head.error)
		return 0;
	length = value->head.size;
	passed = place_of(READ_FIELD(file, f_path.dentry), call->access);
	if (!passed || length > TG_PASSED_PATH)
		return 0;
	passed->access = call->access;
	passed->mode = value->head.number;
	passed->length = length;
	KEEP_RANGE(length);
	copy(passed->path, length & TG_PASSED_PATH, value->body, sizeof(value->body), 0);
	passed->generation = call->generation;
	return 0;
}

#endif
