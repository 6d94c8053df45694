/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Readers of files: each value that leads to a path.
 */
#ifndef TRIGON_FILES_H
#define TRIGON_FILES_H

#include "value.h"

/* Writes a finished walk's path into the value. */
static __always_inline void set_path(struct value *value, struct walk *walk, __u32 length)
{
	value->head.flags = walk->flags;
	/* A pipe, a socket, a memfd: no path that a filter could look at. */
	if (walk->flags & TG_PATH_NO_FOLDER)
		length = 0;
	if (length > TG_PATH_MAX)
		length = TG_PATH_MAX;
	copy_walk(value->body, length, walk);
	value->head.size = length;
}

/* The path of a dentry on a mount; without a mount the walk ends at the top of the dentry's filesystem. */
static __always_inline bool read_dentry_path(struct value *value, __u32 level, struct dentry *dentry, struct vfsmount *mnt)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct walk *walk = get_walk(level);
	struct inode *inode;
	__u32 length;

	if (!walk || !dentry)
		return false;
	inode = READ_FIELD(dentry, d_inode);
	value->head.number = READ_FIELD(inode, i_mode);
	start_walk(walk, dentry, mnt, task);
	if (!mnt)
		walk->mount = 0;
	length = finish_walk(walk, level);
	if (!mnt)
		walk->flags &= ~TG_PATH_PARTIAL;
	set_path(value, walk, length);
	return true;
}

static __always_inline bool read_file(struct value *value, __u32 level, struct file *file)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct walk *walk = get_walk(level);
	struct dentry *dentry;
	struct vfsmount *mnt;

	if (!walk || !file)
		return false;
	value->head.number = READ_FIELD(file, f_inode, i_mode);
	dentry = READ_FIELD(file, f_path.dentry);
	mnt = READ_FIELD(file, f_path.mnt);
	if (!dentry)
		return false;
	start_walk(walk, dentry, mnt, task);
	set_path(value, walk, finish_walk(walk, level));
	return true;
}

/* Reads a file or path value: whatever leads to a dentry and a mount. */
static __always_inline bool read_path_value(struct value *value, __u32 level, __u32 type, __u64 pointer)
{
	struct file *file = (struct file *)pointer;

	switch (type) {
	case TG_TYPE_PATH: {
		struct path *path = (struct path *)pointer;

		return read_dentry_path(value, level, READ_FIELD(path, dentry), READ_FIELD(path, mnt));
	}
	case TG_TYPE_DENTRY:
		return read_dentry_path(value, level, (struct dentry *)pointer, 0);
	case TG_TYPE_FD:
		file = file_of(bpf_get_current_task_btf(), pointer);
		break;
	case TG_TYPE_LINUX_BINPRM: {
		struct linux_binprm *bprm = (struct linux_binprm *)pointer;

		file = READ_FIELD(bprm, file);
		break;
	}
	case TG_TYPE_KIOCB: {
		struct kiocb *kiocb = (struct kiocb *)pointer;

		file = READ_FIELD(kiocb, ki_filp);
		break;
	}
	}
	return read_file(value, level, file);
}

#endif
