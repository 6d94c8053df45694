// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The process sensor: a record for every process that starts (fork), becomes another program (exec) and ends (exit).
 */
#include "cgroup_rate.h"
#include "exec_scratch.h"
#include "process_table.h"
#include "program_names.h"
#include "terminals.h"
#include "untold.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* Environments hold secrets: read only when the operator asks for it. Set by the agent before loading. */
const volatile __u32 read_environment = 0;

/* The snapshot's own: iterators are preemptible, and a fork on the same CPU would write over the other one. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct tg_process);
} snapshot_scratch SEC(".maps");

static __always_inline void fill_head(struct tg_record *head, enum tg_record_kind kind, struct task_struct *task)
{
	head->kind = kind;
	head->ktime = bpf_ktime_get_boot_ns();
	head->tgid = task->tgid;
	head->tid = task->pid;
}

/* Puts a finished record about the task into the ring, unless its cgroup is over its limit. False: it will not be told. */
static __always_inline bool post(struct task_struct *task, void *record, __u32 size)
{
	return is_within_cgroup_rate(task) && emit(record, size, LOSS_PROCESS_RING);
}

/* The exec id's time of the process's parent. A parent without an entry ran before us and the snapshot hasn't reached it yet:
 * it will be dated by its start, as here. */
static __always_inline __u64 parent_ktime_of(struct task_struct *task)
{
	struct task_struct *parent = task->real_parent;
	__u64 start = start_of(parent);
	struct tg_process *entry;

	/* Loaded once: clang would join this load with that of `entry`, and the verifier refuses two kinds of pointer in one. */
	KEEP_RANGE(start);
	entry = find_process(parent->tgid, start);
	return entry ? entry->ktime : start;
}

static __always_inline void fill_credentials(struct tg_exec_record *record, struct task_struct *task)
{
	const struct cred *cred = task->cred;

	record->uid = cred->uid.val;
	record->gid = cred->gid.val;
	record->euid = cred->euid.val;
	record->egid = cred->egid.val;
	record->suid = cred->suid.val;
	record->sgid = cred->sgid.val;
	record->fsuid = cred->fsuid.val;
	record->fsgid = cred->fsgid.val;
	record->securebits = cred->securebits;
	record->cap_permitted = read_capabilities(&cred->cap_permitted);
	record->cap_effective = read_capabilities(&cred->cap_effective);
	record->cap_inheritable = read_capabilities(&cred->cap_inheritable);
	record->cap_ambient = read_capabilities(&cred->cap_ambient);
	/* Absent in kernels built without CONFIG_AUDITSYSCALL. */
	record->auid = bpf_core_field_exists(task->loginuid) ? task->loginuid.val : (__u32)-1;
}

/* What a live exec and the snapshot have in common: everything that isn't text. */
static __always_inline void fill_process(struct tg_exec_record *record, struct task_struct *task)
{
	record->flags = 0;
	__builtin_memset(&record->namespaces, 0, sizeof(record->namespaces));
	record->start = start_of(task);
	record->parent_tgid = task->real_parent->tgid;
	record->parent_ktime = parent_ktime_of(task);
	record->cgroup_id = READ_FIELD(cgroup_node(task), id);
	fill_credentials(record, task);
	read_namespaces(task, &record->namespaces);
	record->namespace_tgid = read_pid_namespace(task, &record->namespaces.pid);
}

/* The verifier follows each turn of a loop, in each place that it stands in: two short ones, in functions that it checks once. */
#define STEPS_AT_A_TIME 16

/* Some steps of the walk. Returns 1 when it has ended. */
__noinline int tg_walk_on(__u32 level)
{
	for (int i = 0; i < STEPS_AT_A_TIME; i++)
		if (tg_walk_step(level))
			return 1;
	return 0;
}

/* As finish_walk, for programs with room on the stack for two calls more. Returns 0 without a walk. */
__noinline __u32 tg_finish_walk(__u32 level)
{
	struct walk *walk = get_walk(level);
	int i;

	if (!walk)
		return 0;
	for (i = 0; i < TG_PATH_COMPONENTS / STEPS_AT_A_TIME; i++)
		if (tg_walk_on(level))
			break;
	return end_walk(walk, i < TG_PATH_COMPONENTS / STEPS_AT_A_TIME);
}

/* Level of the snapshot's walk: fork and exec, which may interrupt it, have 0. */
#define SNAPSHOT_LEVEL 1

/* The executable of a process that runs already: selectors look for it among the ancestors of the processes that act. */
static __always_inline void note_exe(struct tg_process *process, struct task_struct *task)
{
	struct mm_struct *mm = task->mm;
	struct file *exe = mm ? mm->exe_file : 0;
	struct walk *walk = get_walk(SNAPSHOT_LEVEL);

	process->exe_length = 0;
	if (!exe || !walk)
		return;
	start_walk(walk, exe->f_path.dentry, exe->f_path.mnt, task);
	set_exe(process, walk, tg_finish_walk(SNAPSHOT_LEVEL));
}

/*
 * The processes that already run, read once at start after the other programs are attached: each gets its entry in the
 * kernel-side table, unless fork or exec made one meanwhile, and goes to the agent as an exec record without texts.
 */
SEC("iter/task")
int snapshot_tasks(struct bpf_iter__task *ctx)
{
	struct task_struct *task = UNTRUSTED(task_struct, ctx->task);
	struct tg_exec_record record = {};
	__u32 tgid, zero = 0;
	struct tg_process *fresh = bpf_map_lookup_elem(&snapshot_scratch, &zero);
	struct tg_process *present;

	if (!task || !fresh || task->pid != task->tgid || !task->signal->live.counter)
		return 0;
	tgid = task->tgid;
	fresh->start = task->start_boottime;
	fresh->ktime = task->start_boottime;
	fresh->cloned = 0;
	fresh->followed = 0;
	fresh->program = task->flags & PF_KTHREAD ? 0 : number_of_old(tgid, task->start_boottime);
	note_exe(fresh, task);
	set_standing(fresh, task);
	if (bpf_map_update_elem(&processes, &tgid, fresh, BPF_NOEXIST)) {
		/* An entry dated by the start is no fork's or exec's but ours: the kernel shows a task again when its record did not
		 * fit into what was left of the iterator's buffer (kernel/bpf/bpf_iter.c, bpf_seq_read). */
		present = find_process(tgid, task->start_boottime);
		if (!present || present->ktime != present->start)
			return 0;
	}
	if (!task->signal->live.counter) {
		/* It ended between the check and the update, and its exit was reported without us. */
		bpf_map_delete_elem(&processes, &tgid);
		return 0;
	}
	record.head.kind = TG_RECORD_EXEC;
	record.head.size = sizeof(record);
	record.head.ktime = fresh->ktime;
	record.head.tgid = tgid;
	record.head.tid = tgid;
	fill_process(&record, task);
	record.flags = TG_SNAPSHOT | (task->flags & PF_KTHREAD ? TG_KERNEL_THREAD : 0);
	record.program = fresh->program;
	bpf_seq_write(ctx->meta->seq, &record, sizeof(record));
	return 0;
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(handle_fork, struct task_struct *trusted_parent, struct task_struct *trusted_child)
{
	struct task_struct *parent = UNTRUSTED(task_struct, trusted_parent);
	struct task_struct *child = UNTRUSTED(task_struct, trusted_child);
	struct tg_fork_record record = {};
	struct tg_process *fresh = get_process_scratch(0);
	struct tg_process *entry;

	/* A new thread is no new process; kernel threads are none either. */
	if (child->pid != child->tgid || (child->flags & PF_KTHREAD) || !fresh)
		return 0;

	fill_head(&record.head, TG_RECORD_FORK, child);
	record.head.size = sizeof(record);
	record.parent_tgid = child->real_parent->tgid;
	record.parent_ktime = parent_ktime_of(child);
	record.creator_tgid = parent->tgid;
	record.start = child->start_boottime;

	/* The child runs its creator's program until it calls exec. With CLONE_PARENT the creator isn't the parent. */
	entry = find_process(parent->tgid, start_of(parent));
	if (entry) {
		__builtin_memcpy(fresh, entry, sizeof(*fresh));
		record.creator_ktime = entry->ktime;
	} else {
		fresh->exe_length = 0;
		fresh->followed = 0;
		fresh->program = number_of_old(child->tgid, child->start_boottime);
		record.creator_ktime = start_of(parent);
	}
	fresh->start = child->start_boottime;
	fresh->ktime = record.head.ktime;
	fresh->cloned = 1;
	set_standing(fresh, child);
	store_process(child->tgid, fresh);

	post(child, &record, sizeof(record));
	return 0;
}

/* Appends the finished walk's path to the texts and returns its length. */
static __always_inline __u32 append_walk(struct exec_scratch *scratch, __u32 at, struct walk *walk)
{
	__u32 length = tg_finish_walk(0);

	KEEP_RANGE(length);
	if (length > TG_PATH_MAX)
		length = TG_PATH_MAX;
	/* Else it is the number before that is kept on the stack, of which 6.1 knows nothing. */
	KEEP_RANGE(length);
	if (at > 2 * TG_PATH_MAX)
		return 0;
	copy_walk(&scratch->text[at], length, walk);
	return length;
}

/* Appends strings as the new program finds them on its stack, each ended by NUL: its arguments or its environment. */
static __always_inline __u32 append_strings(struct exec_scratch *scratch, __u32 at, __u32 at_most, __u64 start, __u64 end,
					    __u32 room, __u32 truncated, __u32 error)
{
	__u64 length = end - start;

	if (length > room) {
		length = room;
		scratch->record.flags |= truncated;
	}
	if (at > at_most)
		return 0;
	if (bpf_probe_read_user(&scratch->text[at], length, (void *)start)) {
		scratch->record.flags |= error;
		return 0;
	}
	return length;
}

static __always_inline __u32 append_arguments(struct exec_scratch *scratch, __u32 at, struct mm_struct *mm)
{
	return append_strings(scratch, at, 3 * TG_PATH_MAX, mm->arg_start, mm->arg_end, TG_ARGS_MAX, TG_ARGS_TRUNCATED,
			      TG_ARGS_ERROR);
}

static __always_inline __u32 append_environment(struct exec_scratch *scratch, __u32 at, struct mm_struct *mm)
{
	return append_strings(scratch, at, 3 * TG_PATH_MAX + TG_ARGS_MAX + TG_CGROUP_MAX, mm->env_start, mm->env_end,
			      TG_ENVIRONMENT_MAX, TG_ENVIRONMENT_TRUNCATED, TG_ENVIRONMENT_ERROR);
}

static __always_inline __u32 append_cgroup(struct exec_scratch *scratch, __u32 at, struct task_struct *task)
{
	const char *name = READ_FIELD(cgroup_node(task), name);
	long copied;

	if (at > 3 * TG_PATH_MAX + TG_ARGS_MAX)
		return 0;
	copied = read_kernel_text(&scratch->text[at], TG_CGROUP_MAX, name);
	return copied > 0 ? copied - 1 : 0;
}

/* The bit of i_ctime_nsec that says whether somebody has asked for the time (include/linux/fs.h: I_CTIME_QUERIED, since 6.13). */
#define CTIME_NSEC_MASK 0x7fffffff
#define NS_PER_S 1000000000ull

static __always_inline __u64 change_time_of(struct inode *inode)
{
	struct inode___6_11 *late = (void *)inode;
	struct inode___6_6 *middle = (void *)inode;
	struct inode___6_5 *early = (void *)inode;

	if (bpf_core_field_exists(late->i_ctime_sec))
		return late->i_ctime_sec * NS_PER_S + (late->i_ctime_nsec & CTIME_NSEC_MASK);
	if (bpf_core_field_exists(middle->__i_ctime))
		return middle->__i_ctime.tv_sec * NS_PER_S + middle->__i_ctime.tv_nsec;
	return early->i_ctime.tv_sec * NS_PER_S + early->i_ctime.tv_nsec;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(handle_exec, struct task_struct *trusted_task, pid_t old_pid, struct linux_binprm *trusted_bprm)
{
	struct task_struct *task = UNTRUSTED(task_struct, trusted_task);
	struct linux_binprm *bprm = UNTRUSTED(linux_binprm, trusted_bprm);
	__u32 zero = 0;
	struct exec_scratch *scratch = bpf_map_lookup_elem(&exec_scratches, &zero);
	struct tg_process *fresh = get_process_scratch(0);
	struct walk *walk = get_walk(0);

	if (!scratch || !fresh || !walk)
		return 0;

	struct tg_exec_record *record = &scratch->record;
	struct tg_process *before = find_process(task->tgid, start_of(task));
	struct file *file = bprm->file;
	struct inode *inode = file->f_inode;
	struct mm_struct *mm = task->mm;
	__u32 at, length;
	long copied;

	fill_head(&record->head, TG_RECORD_EXEC, task);
	fill_process(record, task);
	record->cloned = before ? before->cloned : 0;
	record->exe_inode = inode->i_ino;
	record->exe_links = inode->i_nlink;
	record->exe_mode = inode->i_mode;
	record->exe_uid = inode->i_uid.val;
	record->exe_gid = inode->i_gid.val;
	record->exe_dev = inode->i_sb->s_dev;
	record->exe_size = inode->i_size;
	record->exe_ctime = change_time_of(inode);

	copied = read_kernel_text(scratch->text, TG_PATH_MAX, READ_FIELD(bprm, filename));
	if (copied < 1) {
		record->flags |= TG_FILENAME_ERROR;
		copied = 1;
	}
	length = copied - 1;
	KEEP_RANGE(length);
	if (length > TG_PATH_MAX)
		return 0;
	record->filename_length = length;
	at = length;

	start_walk(walk, file->f_path.dentry, file->f_path.mnt, task);
	if (walk->flags & TG_PATH_DELETED)
		record->flags |= TG_EXE_DELETED;
	length = append_walk(scratch, at, walk);
	if (walk->flags & TG_PATH_PARTIAL)
		record->flags |= TG_EXE_PARTIAL;
	record->exe_length = length;
	at += length;
	set_exe(fresh, walk, length);

	start_walk(walk, task->fs->pwd.dentry, task->fs->pwd.mnt, task);
	length = append_walk(scratch, at, walk);
	if (walk->flags & TG_PATH_PARTIAL)
		record->flags |= TG_CWD_PARTIAL;
	record->cwd_length = length;
	at += length;

	length = append_arguments(scratch, at, mm);
	record->args_length = length;
	at += length;

	length = append_cgroup(scratch, at, task);
	if (length > TG_CGROUP_MAX)
		return 0;
	record->cgroup_length = length;
	at += length;

	length = read_environment ? append_environment(scratch, at, mm) : 0;
	record->environment_length = length;
	at += length;

	fresh->start = start_of(task);
	fresh->ktime = record->head.ktime;
	fresh->cloned = 0;
	fresh->followed = before ? before->followed : 0;
	record->program = number_program(scratch);
	fresh->program = record->program;
	tg_set_standing(0);
	store_process(task->tgid, fresh);

	if (at > TG_EXEC_TEXT_MAX)
		return 0;
	record->head.size = sizeof(*record) + at;
	if (!post(task, scratch, sizeof(*record) + at)) {
		tg_count_untold(record->program, TG_UNTOLD_EXEC);
		tg_name_program(record->program);
	}
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(handle_exit, struct task_struct *trusted_task)
{
	struct task_struct *task = UNTRUSTED(task_struct, trusted_task);
	struct tg_exit_record record = {};
	__u32 tgid = task->tgid;
	struct tg_process *entry;

	/* Only the last thread ends the process. Two threads that end at once may both see 0: whoever removes the entry tells. */
	if (task->signal->live.counter)
		return 0;
	entry = find_process(tgid, start_of(task));
	if (entry) {
		record.process_ktime = entry->ktime;
		record.program = entry->program;
	}
	if (bpf_map_delete_elem(&processes, &tgid))
		return 0;

	fill_head(&record.head, TG_RECORD_EXIT, task);
	record.head.size = sizeof(record);
	record.code = task->exit_code;
	/* The bit of a core dump alone is no failure: as the agent counts (ending.ts). */
	if (!post(task, &record, sizeof(record)))
		tg_count_untold(record.program, TG_UNTOLD_EXIT | (record.code & 0xff7f ? TG_UNTOLD_FAILURE : 0));
	return 0;
}
