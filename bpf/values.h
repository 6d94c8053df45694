/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The values of a call, read when the first filter or event asks for them: numbers, texts, buffers, paths, and structures.
 */
#ifndef TRIGON_VALUES_H
#define TRIGON_VALUES_H

#include "calls.h"

/* A value as it goes into a record: only the first head.size bytes of the body count. */
struct value {
	struct tg_argument head;
	char body[TG_BODY_MAX];
};

/* Index: level * TG_VALUES_PER_SITE + number of the value. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, TG_LEVELS * TG_VALUES_PER_SITE);
	__type(key, __u32);
	__type(value, struct value);
} values SEC(".maps");

/* Index: site * TG_VALUES_PER_SITE + number of the value. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, TG_MAX_SITES * TG_VALUES_PER_SITE);
	__type(key, __u32);
	__type(value, struct tg_value_spec);
} value_specs SEC(".maps");

#include "structs.h"

static __always_inline struct value *get_value(__u32 level, __u32 number)
{
	__u32 index = level * TG_VALUES_PER_SITE + number;

	return bpf_map_lookup_elem(&values, &index);
}

static __always_inline struct tg_value_spec *get_value_spec(struct call *call, __u32 number)
{
	__u32 index = call->site * TG_VALUES_PER_SITE + number;

	return bpf_map_lookup_elem(&value_specs, &index);
}

/* The file behind a descriptor of the current task, 0 if there is none. As files_lookup_fd_raw(), include/linux/fdtable.h. */
static __always_inline struct file *file_of(struct task_struct *task, __u32 fd)
{
	struct files_struct *files = task->files;
	struct file *file = 0;
	struct fdtable *table;

	if (!files)
		return 0;
	table = files->fdt;
	if (fd >= table->max_fds)
		return 0;
	bpf_probe_read_kernel(&file, sizeof(file), &table->fd[fd]);
	return file;
}

static __always_inline bool read_memory(void *to, __u32 size, __u64 from, bool user)
{
	return !(user ? bpf_probe_read_user(to, size, (void *)from) : bpf_probe_read_kernel(to, size, (void *)from));
}

static __always_inline void set_error(struct value *value, enum tg_value_error error)
{
	value->head.size = 0;
	value->head.error = error;
}

/* Bytes that a number of this type takes in memory; negative: signed; 0: not a number. */
static __always_inline int width_of(__u32 type)
{
	switch (type) {
	case TG_TYPE_INT:
	case TG_TYPE_S32:
	case TG_TYPE_CAPABILITY:
	case TG_TYPE_BPF_CMD:
		return -4;
	case TG_TYPE_U32:
		return 4;
	case TG_TYPE_S64:
		return -8;
	case TG_TYPE_U64:
	case TG_TYPE_SIZE:
	case TG_TYPE_SYSCALL64:
		return 8;
	case TG_TYPE_S16:
		return -2;
	case TG_TYPE_U16:
		return 2;
	case TG_TYPE_S8:
		return -1;
	case TG_TYPE_U8:
		return 1;
	default:
		return 0;
	}
}

static __always_inline __s64 cut(__u64 number, int width)
{
	switch (width) {
	case -1:
		return (__s8)number;
	case 1:
		return (__u8)number;
	case -2:
		return (__s16)number;
	case 2:
		return (__u16)number;
	case -4:
		return (__s32)number;
	case 4:
		return (__u32)number;
	default:
		return number;
	}
}

/* Copies a text that ends with NUL. Returns false on a fault. */
static __always_inline bool read_text(struct value *value, __u64 from, bool user)
{
	long copied = user ? bpf_probe_read_user_str(value->body, TG_BUFFER_MAX + 1, (void *)from)
			   : bpf_probe_read_kernel_str(value->body, TG_BUFFER_MAX + 1, (void *)from);

	if (copied < 1)
		return false;
	value->head.size = copied - 1;
	return true;
}

/* Copies `length` bytes, at most TG_BUFFER_MAX. head.number tells how many there were. */
static __always_inline bool read_bytes(struct value *value, __u64 from, __u64 length, __u32 at_most, bool user)
{
	__u32 size = at_most && at_most < TG_BUFFER_MAX ? at_most : TG_BUFFER_MAX;

	value->head.number = length;
	if (length < size)
		size = length;
	KEEP_RANGE(size);
	size &= TG_BUFFER_MAX;
	if (!read_memory(value->body, size, from, user))
		return false;
	value->head.size = size;
	return true;
}

/* As text up to the first NUL: a char array in a structure that need not be full. */
static __always_inline bool read_char_array(struct value *value, __u64 from, __u32 length, bool user)
{
	long copied;

	if (!length || length > TG_BUFFER_MAX)
		length = TG_BUFFER_MAX;
	KEEP_RANGE(length);
	length &= TG_BUFFER_MAX;
	/* One more than the array holds, for the NUL that the function always writes. */
	copied = user ? bpf_probe_read_user_str(value->body, length + 1, (void *)from)
		      : bpf_probe_read_kernel_str(value->body, length + 1, (void *)from);
	if (copied < 1)
		return false;
	value->head.size = copied - 1;
	return true;
}

#define TG_MAX_IOVECS 7
#define TG_IOVEC_CHUNK 256
/* Enough for a full body, each iovec's last chunk being a small one. */
#define TG_IOVEC_CHUNKS (TG_BUFFER_MAX / TG_IOVEC_CHUNK + 1 + TG_MAX_IOVECS)

/* Appends the next piece of an array of struct iovec, in chunks: the verifier then sees that each fits behind the others. Returns
 * 1 when there is more, 0 at the end, -1 on a fault. A function of its own, so that the loop around it is cheap to verify. */
__noinline int tg_read_iovec_chunk(__u32 level, __u32 number)
{
	struct call *call = get_call(level);
	struct value *value = get_value(level, number);
	__u32 size, at;

	if (!call || !value)
		return -1;
	if (!call->iovec.length) {
		if (call->iovec_next >= TG_MAX_IOVECS || call->iovec_next >= call->iovec_count)
			return 0;
		if (!read_memory(&call->iovec, sizeof(call->iovec), call->iovecs + call->iovec_next * sizeof(call->iovec), true))
			return -1;
		value->head.number += call->iovec.length;
		call->iovec_next++;
	}
	size = call->iovec.length < TG_IOVEC_CHUNK ? call->iovec.length : TG_IOVEC_CHUNK;
	at = value->head.size;
	if (at > TG_BUFFER_MAX - TG_IOVEC_CHUNK)
		return 0;
	KEEP_RANGE(size);
	if (size > TG_IOVEC_CHUNK || !read_memory(&value->body[at], size, call->iovec.base, true))
		return -1;
	value->head.size = at + size;
	call->iovec.base += size;
	call->iovec.length -= size;
	return 1;
}

/* Joins the first buffers of an array of struct iovec. */
static __always_inline bool read_iovecs(struct call *call, __u32 level, __u32 number, __u64 from, __u64 count)
{
	call->iovec.length = 0;
	call->iovecs = from;
	call->iovec_count = count;
	call->iovec_next = 0;
	for (__u32 i = 0; i < TG_IOVEC_CHUNKS; i++) {
		int more = tg_read_iovec_chunk(level, number);

		if (more < 0)
			return false;
		if (!more)
			break;
	}
	return true;
}

/* Writes a finished walk's path into the value. */
static __always_inline void set_path(struct value *value, struct walk *walk, __u32 length)
{
	value->head.flags = walk->flags;
	/* A pipe, a socket, a memfd: no path that a filter could look at. */
	if (walk->flags & TG_PATH_NO_FOLDER)
		length = 0;
	if (length > TG_PATH_MAX)
		length = TG_PATH_MAX;
	bpf_probe_read_kernel(value->body, length, &walk->text[walk->offset & (TG_PATH_MAX - 1)]);
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
	inode = BPF_CORE_READ(dentry, d_inode);
	value->head.number = BPF_CORE_READ(inode, i_mode);
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
	if (bpf_rdonly_cast) {
		struct file *f = KERNEL_CAST(struct file, file);

		value->head.number = f->f_inode->i_mode;
		dentry = f->f_path.dentry;
		mnt = f->f_path.mnt;
	} else {
		value->head.number = BPF_CORE_READ(file, f_inode, i_mode);
		dentry = BPF_CORE_READ(file, f_path.dentry);
		mnt = BPF_CORE_READ(file, f_path.mnt);
	}
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

		return read_dentry_path(value, level, BPF_CORE_READ(path, dentry), BPF_CORE_READ(path, mnt));
	}
	case TG_TYPE_DENTRY:
		return read_dentry_path(value, level, (struct dentry *)pointer, 0);
	case TG_TYPE_FD:
		file = file_of(bpf_get_current_task_btf(), pointer);
		break;
	case TG_TYPE_LINUX_BINPRM: {
		struct linux_binprm *bprm = (struct linux_binprm *)pointer;

		file = BPF_CORE_READ(bprm, file);
		break;
	}
	case TG_TYPE_KIOCB: {
		struct kiocb *kiocb = (struct kiocb *)pointer;

		file = BPF_CORE_READ(kiocb, ki_filp);
		break;
	}
	}
	return read_file(value, level, file);
}

/* Who used a socket last: struct sock -> process. An address may be used again for another socket, whose owner then replaces it at
 * its own first use. */
struct owner {
	__u32 tgid;
	__u32 pad;
	__u64 start;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 32768);
	__type(key, __u64);
	__type(value, struct owner);
} socket_owners SEC(".maps");

static __always_inline void note_owner(struct call *call, __u64 sock)
{
	if (call->in_task) {
		struct owner owner = { .tgid = call->tgid, .start = call->start };

		bpf_map_update_elem(&socket_owners, &sock, &owner, BPF_ANY);
	} else {
		struct owner *owner = bpf_map_lookup_elem(&socket_owners, &sock);

		if (owner) {
			call->owner_tgid = owner->tgid;
			call->owner_start = owner->start;
		}
	}
}

/* Functions of their own, which the verifier checks once and not for each caller. */
__noinline int tg_read_path(__u32 level, __u32 number, __u32 type, __u64 pointer)
{
	struct value *value = get_value(level, number);

	return value && read_path_value(value, level, type, pointer);
}

__noinline int tg_read_structure(__u32 level, __u32 number, __u32 type, __u64 pointer, __u32 user)
{
	struct value *value = get_value(level, number);
	struct call *call = get_call(level);

	if (!value || !call || !read_structure(value, type, pointer, user))
		return 0;
	if (type != TG_TYPE_SOCK)
		return 1;
	note_owner(call, pointer);
	if (call->has_destination && pointer == call->sock)
		set_destination(value, call);
	return 1;
}

__noinline int tg_read_buffer(__u32 level, __u32 number, __u64 pointer, __u64 length)
{
	struct value *value = get_value(level, number);
	struct call *call = get_call(level);
	struct tg_value_spec *spec;
	bool user;

	if (!value || !call)
		return 0;
	spec = get_value_spec(call, number);
	if (!spec)
		return 0;
	user = spec->flags & TG_VALUE_USER;
	switch (spec->type) {
	case TG_TYPE_CHAR_BUF:
		return read_bytes(value, pointer, length, spec->at_most, user);
	case TG_TYPE_CHAR_IOVEC:
		return read_iovecs(call, level, number, pointer, length);
	case TG_TYPE_CONST_BUF:
		return read_char_array(value, pointer, spec->at_most, user);
	case TG_TYPE_DATA_LOC: {
		/* The field holds length << 16 | offset from the record's start, which input 0 points to. */
		__u32 where = 0;

		if (!read_memory(&where, sizeof(where), pointer, false))
			return 0;
		return read_char_array(value, call->inputs[0] + (where & 0xffff), where >> 16, false);
	}
	case TG_TYPE_FILENAME: {
		struct filename *filename = (struct filename *)pointer;

		return read_text(value, (__u64)BPF_CORE_READ(filename, name), false);
	}
	default:
		return read_text(value, pointer, user);
	}
}

static __always_inline bool is_path_type(__u32 type)
{
	return type == TG_TYPE_FILE || type == TG_TYPE_PATH || type == TG_TYPE_FD || type == TG_TYPE_DENTRY ||
	       type == TG_TYPE_LINUX_BINPRM || type == TG_TYPE_KIOCB;
}

static __always_inline bool is_buffer_type(__u32 type)
{
	return type == TG_TYPE_STRING || type == TG_TYPE_CHAR_BUF || type == TG_TYPE_CHAR_IOVEC || type == TG_TYPE_CONST_BUF ||
	       type == TG_TYPE_DATA_LOC || type == TG_TYPE_FILENAME;
}

static __always_inline __u64 input_of(struct call *call, struct tg_value_spec *spec)
{
	if (spec->input == TG_INPUT_TASK)
		return bpf_get_current_task();
	if (spec->input == TG_INPUT_CONSTANT)
		return (__s64)spec->steps[0];
	if (spec->input == TG_INPUT_SOCK) {
		if (!call->sock && call->is_syscall)
			call->sock = sock_of_fd(bpf_get_current_task_btf(), call->inputs[0]);
		return call->sock;
	}
	return call->inputs[spec->input & (TG_MAX_INPUTS - 1)];
}

/* A value could not be read at a user address. A null pointer is no memory that will be there later. */
static __always_inline void note_missing(struct call *call, __u32 number, __u64 address)
{
	if (!address)
		return;
	call->missing |= 1u << number;
	call->faulted = 1;
}

/* Reads a value of the call, once. What went wrong stands in the value. */
__noinline int tg_read_value(__u32 level, __u32 number)
{
	struct call *call = get_call(level);
	struct value *value = get_value(level, number);
	struct tg_value_spec *spec;
	__u64 pointer, from, length = TG_BUFFER_MAX;
	bool user, good;
	int width;

	if (!call || !value || number >= TG_VALUES_PER_SITE)
		return 0;
	if (call->read & (1u << number)) {
		/* Another hook has tried to read it. */
		if (call->missing & (1u << number))
			call->faulted = 1;
		return 0;
	}
	call->read |= 1u << number;
	spec = get_value_spec(call, number);
	if (!spec)
		return 0;
	user = spec->flags & TG_VALUE_USER;
	value->head.type = spec->type;
	value->head.size = 0;
	value->head.number = 0;
	value->head.flags = 0;
	value->head.error = TG_ERROR_NONE;

	pointer = input_of(call, spec);
	for (__u32 i = 0; i < TG_MAX_STEPS && i < spec->step_count; i++) {
		if (spec->input == TG_INPUT_CONSTANT)
			break;
		from = pointer;
		if (!read_memory(&pointer, sizeof(pointer), from + spec->steps[i], user)) {
			set_error(value, TG_ERROR_RESOLVE);
			value->head.number = i + 1;
			if (user)
				note_missing(call, number, from);
			return 0;
		}
	}
	from = pointer;
	pointer += spec->offset;

	width = width_of(spec->type);
	if (width) {
		__u64 there = 0;
		__u32 bytes = (width < 0 ? -width : width) & 15;

		good = true;
		if (spec->flags & TG_VALUE_IN_PLACE) {
			good = read_memory(&there, bytes <= 8 ? bytes : 8, pointer, user);
			pointer = there;
		}
		if (spec->flags & TG_VALUE_OUTCOME && (__s64)pointer >= 0)
			pointer = 0;
		value->head.number = cut(pointer, width);
		/* The numbers of the 32-bit interface mean other calls. */
		if (spec->type == TG_TYPE_SYSCALL64 && is_compat())
			value->head.number |= 1u << 31;
	} else if (is_path_type(spec->type)) {
		good = tg_read_path(level, number, spec->type, pointer);
		user = false;
	} else if (is_buffer_type(spec->type)) {
		if (spec->size_input < TG_MAX_INPUTS)
			length = call->inputs[spec->size_input & (TG_MAX_INPUTS - 1)];
		/* A call that failed has filled nothing: its return value is an error, not a length. */
		if ((__s64)length < 0)
			length = 0;
		good = tg_read_buffer(level, number, pointer, length);
	} else {
		good = tg_read_structure(level, number, spec->type, pointer, user);
	}
	if (!good) {
		set_error(value, TG_ERROR_FAULT);
		if (user)
			note_missing(call, number, from);
	}
	return 0;
}

/* The value, read if it has not been. */
static __always_inline struct value *read_value(__u32 level, __u32 number)
{
	tg_read_value(level, number);
	return get_value(level, number);
}

#endif
