/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The few kernel types and fields that Trigon reads, declared for CO-RE: libbpf moves every access to where the running
 * kernel keeps the field, so the build needs no vmlinux.h and no BTF on the build machine. Only names matter here, not
 * offsets. What differs between kernel versions is resolved in this file, with the commit that made the difference.
 */
#ifndef TRIGON_KERNEL_H
#define TRIGON_KERNEL_H

#include <linux/bpf.h>
#include <linux/types.h>
#include <stdbool.h>

/* Makes bpf_tracing.h use the kernel's names of registers, as below. */
#define __VMLINUX_H__
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

/* BPF_PROG() gives every program a `ctx`, and a hook's arguments are named whether or not they are used. */
#pragma clang diagnostic ignored "-Wunused-parameter"

typedef int pid_t;
typedef struct {
	unsigned int val;
} kuid_t;
typedef struct {
	unsigned int val;
} kgid_t;

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct qstr {
	__u32 len;
	const unsigned char *name;
};

struct hlist_bl_node {
	struct hlist_bl_node **pprev;
};

struct super_block {
	__u32 s_dev;
};

struct inode {
	__u16 i_mode;
	kuid_t i_uid;
	kgid_t i_gid;
	unsigned long i_ino;
	unsigned int i_nlink;
	struct super_block *i_sb;
	__s64 i_size;
};

struct timespec64 {
	__s64 tv_sec;
	long tv_nsec;
};

/* The time of the last change: so until 6.5, in 6.6 to 6.10 (13bc24457850), and since 6.11 (3aa63a569c64). */
struct inode___6_5 {
	struct timespec64 i_ctime;
};

struct inode___6_6 {
	struct timespec64 __i_ctime;
};

struct inode___6_11 {
	__s64 i_ctime_sec;
	__u32 i_ctime_nsec;
};

struct dentry {
	struct inode *d_inode;
	struct hlist_bl_node d_hash;
	struct dentry *d_parent;
	struct qstr d_name;
};

struct vfsmount {
	struct dentry *mnt_root;
};

struct mount {
	struct mount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct mnt_namespace *mnt_ns;
	struct vfsmount mnt;
};

struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
};

struct file {
	unsigned int f_mode;
	struct path f_path;
	struct inode *f_inode;
	void *private_data;
};

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
};

struct files_struct {
	struct fdtable *fdt;
};

struct fs_struct {
	struct path root;
	struct path pwd;
};

struct mm_struct {
	unsigned long arg_start;
	unsigned long arg_end;
	unsigned long env_start;
	unsigned long env_end;
	struct file *exe_file;
};

struct kernfs_node {
	const char *name;
	__u64 id;
};

struct cgroup {
	struct kernfs_node *kn;
};

struct cgroup_subsys_state {
	struct cgroup *cgroup;
};

enum cgroup_subsys_id {
	memory_cgrp_id,
	pids_cgrp_id,
};

struct css_set {
	struct cgroup *dfl_cgrp;
	struct cgroup_subsys_state *subsys[];
};

struct ns_common {
	unsigned int inum;
};

struct uts_namespace {
	struct ns_common ns;
};

struct ipc_namespace {
	struct ns_common ns;
};

struct mnt_namespace {
	struct ns_common ns;
};

struct pid_namespace {
	struct ns_common ns;
};

struct net {
	struct ns_common ns;
};

struct time_namespace {
	struct ns_common ns;
};

struct cgroup_namespace {
	struct ns_common ns;
};

struct user_namespace {
	int level; /* 0: the host's */
	kuid_t owner;
	kgid_t group;
	struct ns_common ns;
};

struct nsproxy {
	struct uts_namespace *uts_ns;
	struct ipc_namespace *ipc_ns;
	struct mnt_namespace *mnt_ns;
	struct pid_namespace *pid_ns_for_children;
	struct net *net_ns;
	struct time_namespace *time_ns;
	struct time_namespace *time_ns_for_children;
	struct cgroup_namespace *cgroup_ns;
};

struct upid {
	int nr;
	struct pid_namespace *ns;
};

struct pid {
	unsigned int level;
	struct upid numbers[1];
};

/* One 64-bit word since 6.3 (f122a08b197d), two 32-bit words before: the same eight bytes on little-endian machines, but not the
 * same field, so they are only read as a whole. */
typedef struct {
	__u64 bits;
} kernel_cap_t;

struct cred {
	kuid_t uid, suid, euid, fsuid;
	kgid_t gid, sgid, egid, fsgid;
	unsigned int securebits;
	kernel_cap_t cap_inheritable, cap_permitted, cap_effective, cap_ambient;
	struct user_namespace *user_ns;
};

typedef struct {
	int counter;
} atomic_t;

struct signal_struct {
	atomic_t live;
	struct tty_struct *tty;
};

struct thread_info {
#ifdef __TARGET_ARCH_x86
	__u32 status;
#else
	unsigned long flags;
	__u64 preempt_count; /* the count is its low half */
#endif
};

struct task_struct {
	struct thread_info thread_info;
	void *stack;
	unsigned int flags;
	int softirq_disable_cnt; /* only with PREEMPT_RT */
	int exit_code;
	pid_t pid;
	pid_t tgid;
	struct task_struct *real_parent;
	struct task_struct *group_leader;
	__u64 start_boottime;
	const struct cred *cred;
	struct mm_struct *mm;
	struct fs_struct *fs;
	struct files_struct *files;
	struct signal_struct *signal;
	struct css_set *cgroups;
	struct nsproxy *nsproxy;
	struct pid *thread_pid;
	kuid_t loginuid;
};

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
};

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};

struct filename {
	const char *name;
};

struct kiocb {
	struct file *ki_filp;
};

struct linux_binprm {
	struct file *file;
	const char *filename;
};

#ifdef __TARGET_ARCH_x86
struct pt_regs {
	unsigned long di, si, dx, cx, r8, r9, r10, ax, orig_ax, sp, ip, bp, bx;
};
#else
struct user_pt_regs {
	__u64 regs[31];
	__u64 sp;
	__u64 pc;
	__u64 pstate;
};

struct pt_regs {
	union {
		struct user_pt_regs user_regs;
		struct {
			__u64 regs[31];
			__u64 sp;
			__u64 pc;
			__u64 pstate;
		};
	};
	__u64 orig_x0;
	__s32 syscallno;
};
#endif

#pragma clang attribute pop

/* include/linux/sched.h */
#define PF_EXITING 0x00000004
#define PF_KTHREAD 0x00200000

/* arch/x86/include/asm/thread_info.h: the thread is inside a 32-bit system call, whose numbers and registers differ. */
#define TS_COMPAT 0x0002
/* arch/arm64/include/asm/thread_info.h: the same of the whole process. */
#define TIF_32BIT (1ul << 22)

/* include/linux/fs.h */
#define MAY_WRITE 0x2
#define MAY_READ 0x4
#define FMODE_READ 0x1
#define FMODE_WRITE 0x2

/* Keeps a value's known range in one register: without it clang may test one copy and use another, and the verifier then
 * no longer knows that the value is small. */
#define KEEP_RANGE(value) asm volatile("" : "+r"(value))

#endif
