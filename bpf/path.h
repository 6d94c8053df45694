/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The path of a file as the current task sees it: walks from the file's dentry up to the task's root, across mounts, and
 * writes the components backwards into a per-CPU buffer. Same answer as d_path (fs/d_path.c) without needing a context in
 * which bpf_d_path is allowed.
 */
#ifndef TRIGON_PATH_H
#define TRIGON_PATH_H

#include "memory.h"
#include "events.h"
#include "policy.h"

/* A path of TG_PATH_MAX bytes has at most half as many components; more than this many are cut at the front. */
#define TG_PATH_COMPONENTS 256
#define TG_NAME_MAX 255

/* State of a walk, in a map value: kept in registers or on the stack, the offset makes the verifier follow every length. */
struct walk {
	struct dentry *dentry;
	struct mount *mount;
	struct dentry *root_dentry;
	struct mount *root_mount;
	__u32 offset; /* where the path begins in `text`; TG_PATH_MAX: empty */
	__u32 flags; /* TG_PATH_*, of tg_text_flag */
	char text[TG_PATH_MAX + TG_NAME_MAX + 1]; /* the slack lets the verifier accept a whole name at any offset */
};

/* One for each program that can be at work on a CPU at a time: index is the level (calls.h); the process sensor has 0. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, TG_LEVELS);
	__type(key, __u32);
	__type(value, struct walk);
} walks SEC(".maps");

static __always_inline struct walk *get_walk(__u32 level)
{
	return bpf_map_lookup_elem(&walks, &level);
}

static __always_inline struct mount *mount_of(struct vfsmount *mnt)
{
	return (struct mount *)((__u64)mnt - bpf_core_field_offset(struct mount, mnt));
}

struct step {
	struct dentry *parent;
	struct dentry *mount_root;
	struct mount *mount_parent;
	struct dentry *mountpoint;
	const unsigned char *name;
	__u32 name_length;
};

/* What one step of the walk needs. */
static __always_inline void read_step(const struct walk *walk, struct step *step)
{
	struct dentry *dentry = walk->dentry;
	struct mount *mount = walk->mount;

	step->parent = READ_FIELD(dentry, d_parent);
	step->name = READ_FIELD(dentry, d_name.name);
	step->name_length = READ_FIELD(dentry, d_name.len);
	step->mount_root = READ_FIELD(mount, mnt.mnt_root);
	step->mount_parent = READ_FIELD(mount, mnt_parent);
	step->mountpoint = READ_FIELD(mount, mnt_mountpoint);
}

/* One that no process mounted: its namespace is MNT_NS_INTERNAL, ERR_PTR(-EINVAL) (fs/mount.h). */
static __always_inline bool is_kernel_mount(struct mount *mount)
{
	return (__s64)READ_FIELD(mount, mnt_ns) == -EINVAL;
}

/* One component. Returns 1 when the walk has ended. A function of its own that the verifier checks once, so that the loop
 * around it stays cheap to verify. */
__noinline int tg_walk_step(__u32 level)
{
	struct walk *walk = get_walk(level);
	struct step step;

	if (!walk || (walk->dentry == walk->root_dentry && walk->mount == walk->root_mount))
		return 1;
	read_step(walk, &step);
	if (walk->dentry == step.mount_root) {
		if (walk->mount == step.mount_parent) {
			/* The top of a mount tree that isn't the task's. Of a mount of the kernel's own, as overlayfs has for
			 * its layers, the path is whole; else it leads to a file outside of a chroot or a detached mount. */
			if (!is_kernel_mount(walk->mount))
				walk->flags |= TG_PATH_PARTIAL;
			return 1;
		}
		walk->dentry = step.mountpoint;
		walk->mount = step.mount_parent;
		return 0;
	}

	__u32 length = step.name_length & TG_NAME_MAX;
	__u32 offset = walk->offset;
	bool is_top = walk->dentry == step.parent;

	if (is_top) {
		walk->flags |= TG_PATH_PARTIAL;
		/* Nothing above it and not a mount's root: a file that lies in no folder. A memfd at least has a name. */
		if (offset == TG_PATH_MAX)
			walk->flags |= TG_PATH_NO_FOLDER;
		if (offset != TG_PATH_MAX || !length)
			return 1;
	}

	if (offset < length + 1 || offset > TG_PATH_MAX) {
		walk->flags |= TG_PATH_PARTIAL;
		return 1;
	}
	offset -= length + 1;
	walk->text[offset & (TG_PATH_MAX - 1)] = '/';
	read_kernel(&walk->text[(offset + 1) & (TG_PATH_MAX - 1)], length, step.name);
	walk->offset = offset;
	walk->dentry = step.parent;
	return is_top;
}

/* d_unlinked(), include/linux/dcache.h: out of the hash, and not the root of its tree. */
static __always_inline bool is_unlinked(struct dentry *dentry)
{
	return !READ_FIELD(dentry, d_hash.pprev) && dentry != READ_FIELD(dentry, d_parent);
}

/* Starts a walk: at `dentry` on `mnt`, below the root of `task`. */
static __always_inline void start_walk(struct walk *walk, struct dentry *dentry, struct vfsmount *mnt, struct task_struct *task)
{
	struct fs_struct *fs = task->fs;

	walk->dentry = dentry;
	walk->mount = mount_of(mnt);
	walk->offset = TG_PATH_MAX;
	walk->flags = is_unlinked(dentry) ? TG_PATH_DELETED : 0;
	walk->root_dentry = fs ? fs->root.dentry : 0;
	walk->root_mount = fs ? mount_of(fs->root.mnt) : 0;
}

/* The path of a walk that has come as far as it may, as finish_walk leaves it; returns its length. */
static __always_inline __u32 end_walk(struct walk *walk, bool has_ended)
{
	if (!has_ended)
		walk->flags |= TG_PATH_PARTIAL;
	if (walk->offset >= TG_PATH_MAX) {
		walk->offset = TG_PATH_MAX - 1;
		walk->text[TG_PATH_MAX - 1] = '/';
	}
	return TG_PATH_MAX - walk->offset;
}

/* Walks to the end. The path is then walk->text[walk->offset .. TG_PATH_MAX); its length is returned, 1 ("/") at least. */
static __always_inline __u32 finish_walk(struct walk *walk, __u32 level)
{
	int i;

	for (i = 0; i < TG_PATH_COMPONENTS; i++)
		if (tg_walk_step(level))
			break;
	return end_walk(walk, i < TG_PATH_COMPONENTS);
}

/* Copies the first `length` bytes of the path that a finished walk found. */
static __always_inline void copy_walk(void *to, __u32 length, struct walk *walk)
{
	copy(to, length, walk->text, sizeof(walk->text), walk->offset & (TG_PATH_MAX - 1));
}

#endif
