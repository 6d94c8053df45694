// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* Deeds that ask the kernel for what changes the host, each with a value that it must refuse, or in the sandbox's own namespaces. */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/kexec.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#include "act.h"

/* What the kernel must refuse: had it agreed, the deed would not be harmless. */
static void must_fail(long result, const char *what)
{
	if (result >= 0)
		fail_plainly("%s was not refused", what);
}

/* Mounts and namespaces: all that changes is the sandbox's. */

static void try_mount(char **argv)
{
	mount(argv[0], argv[1], argv[2], number(argv[3]), NULL);
}

/* A mount that is nowhere yet, and would be put at the path: the first descriptor is none. */
static void try_move_mount(char **argv)
{
	must_fail(syscall(SYS_move_mount, -1, "", AT_FDCWD, argv[0], MOVE_MOUNT_F_EMPTY_PATH), "move_mount");
}

static void try_unmount(char **argv)
{
	umount2(argv[0], 0);
}

static void try_pivot_root(char **argv)
{
	must_fail(syscall(SYS_pivot_root, argv[0], argv[1]), "pivot_root");
}

static const struct {
	const char *name;
	int flag;
} namespaces[] = {
	{ "mnt", CLONE_NEWNS },
	{ "uts", CLONE_NEWUTS },
	{ "ipc", CLONE_NEWIPC },
	{ "net", CLONE_NEWNET },
	{ "files", CLONE_FILES },
};

static int namespace_flag(const char *name)
{
	for (size_t i = 0; i < DEED_COUNT(namespaces); i++)
		if (!strcmp(namespaces[i].name, name))
			return namespaces[i].flag;
	fail_plainly("%s is no namespace that this program knows", name);
}

/* The one that the process is in already. */
static void enter_namespace(char **argv)
{
	char path[64] = "/proc/self/ns/";
	int flag = namespace_flag(argv[0]), fd;

	strncat(path, argv[0], sizeof(path) - strlen(path) - 1);
	fd = open_file(path, O_RDONLY);
	if (setns(fd, flag))
		fail("setns");
	close(fd);
}

static void leave_namespace(char **argv)
{
	if (unshare(namespace_flag(argv[0])))
		fail("unshare");
}

static void try_chroot(char **argv)
{
	pid_t part = fork_part();

	if (part == 0)
		_exit(chroot(argv[0]) != 0);
	part_succeeded(part);
}

static void set_host_name(char **argv)
{
	if (sethostname(argv[0], strlen(argv[0])))
		fail("sethostname");
}

/* Modules, other kernels, the end of this one. */

static void load_module(char **argv)
{
	static const char image[] = "no module";

	(void)argv;
	must_fail(syscall(SYS_init_module, image, sizeof(image), ""), "a module that is none");
}

static void load_module_file(char **argv)
{
	int fd = open_file(argv[0], O_RDONLY | O_CREAT);

	must_fail(syscall(SYS_finit_module, fd, "", 0), "a module that is none");
	close(fd);
}

static void unload_module(char **argv)
{
	must_fail(syscall(SYS_delete_module, argv[0], O_NONBLOCK), "to unload a module that is not loaded");
}

/* More segments than there may be. Without any it would unload what is loaded. */
static void load_kernel(char **argv)
{
	must_fail(syscall(SYS_kexec_load, 0, 1000, NULL, number(argv[0])), "kexec_load of too much");
}

/* From no file. One flag asks to unload, which needs no file. */
static void load_kernel_file(char **argv)
{
	long flags = number(argv[0]);

	if (flags & KEXEC_FILE_UNLOAD)
		fail_plainly("kexec_file_load with flags %ld is not harmless", flags);
	must_fail(syscall(SYS_kexec_file_load, -1, -1, 0, NULL, flags), "kexec_file_load of no file");
}

/* Without the two magic numbers nothing happens, whatever the command. */
static void ask_for_reboot(char **argv)
{
	must_fail(syscall(SYS_reboot, 0, 0, number(argv[0]), NULL), "reboot without its magic numbers");
}

/* Clocks: times that can't be. */

static void set_clock(char **argv)
{
	struct timespec time = { .tv_nsec = -1 };

	must_fail(syscall(SYS_clock_settime, number(argv[0]), &time), "an impossible time");
}

static void set_time_of_day(char **argv)
{
	struct timeval time = { .tv_usec = -1 };

	(void)argv;
	must_fail(syscall(SYS_settimeofday, &time, NULL), "an impossible time");
}

/* An impossible length of a tick. */
static void adjust_clock(char **argv)
{
	struct timex change = { .modes = ADJ_TICK, .tick = 1 };

	(void)argv;
	must_fail(syscall(SYS_clock_adjtime, CLOCK_REALTIME, &change), "an impossible tick");
}

static void read_clock(char **argv)
{
	struct timex none = { 0 };

	(void)argv;
	syscall(SYS_clock_adjtime, CLOCK_REALTIME, &none);
}

/* BPF and perf. */

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

/* Ways around what is watched. */

static void set_up_io_uring(char **argv)
{
	uint64_t parameters[15] = { 0 };

	(void)argv;
	must_fail(syscall(SYS_io_uring_setup, 0, parameters), "a ring of no entries");
}

static void enter_io_uring(char **argv)
{
	(void)argv;
	must_fail(syscall(SYS_io_uring_enter, -1, 0, 0, 0, NULL, 0), "io_uring_enter without a ring");
}

static void handle_page_faults(char **argv)
{
	(void)argv;
	must_fail(syscall(SYS_userfaultfd, 0x0fff0000), "userfaultfd with unknown flags");
}

static void open_by_handle(char **argv)
{
	struct file_handle handle = { .handle_bytes = 0 };

	(void)argv;
	must_fail(syscall(SYS_open_by_handle_at, -1, &handle, O_RDONLY), "a handle of nothing");
}

static void make_handle(char **argv)
{
	struct file_handle handle = { .handle_bytes = 0 };
	int mount;

	must_fail(syscall(SYS_name_to_handle_at, AT_FDCWD, argv[0], &handle, &mount, 0), "a handle without space");
}

/* A key of number 0 is none. */
static void ask_for_key(char **argv)
{
	must_fail(syscall(SYS_keyctl, number(argv[0]), 0, NULL, 0, 0), "a key that is none");
}

/* The kernel's log, without a buffer or level: nothing is read or cleared. */
static void ask_for_log(char **argv)
{
	long type = number(argv[0]);

	/* Commands 5 to 7 (clear, console off and on) need neither. */
	if (type >= 5 && type <= 7)
		fail_plainly("command %ld of syslog(2) is not harmless", type);
	syscall(SYS_syslog, type, NULL, 0);
}

static void ask_for_ports(char **argv)
{
#ifdef SYS_iopl
	long level = number(argv[0]);

	if (level >= 1 && level <= 3)
		fail_plainly("I/O privilege level %ld is not harmless", level);
	syscall(SYS_iopl, level);
#else
	fail_plainly("this processor has no I/O privilege level %s", argv[0]);
#endif
}

/* A request of ioctl(2) on a file where a device is elsewhere; it is made if it isn't there. */
static void ask_device(char **argv)
{
	int fd = open_file(argv[0], O_RDONLY | O_CREAT);
	struct stat found;

	if (fstat(fd, &found) || !S_ISREG(found.st_mode))
		fail_plainly("%s is no regular file, which is all that may be asked", argv[0]);
	must_fail(ioctl(fd, (unsigned int)number(argv[1]), NULL), "ioctl of a file");
	close(fd);
}

const struct deed kernel_deeds[] = {
	{ "mount", 4, 4, try_mount, "SOURCE TARGET TYPE FLAGS", "mount something in the sandbox" },
	{ "move-mount", 1, 1, try_move_mount, "PATH", "ask to put a mount that is none at a path" },
	{ "unmount", 1, 1, try_unmount, "PATH", "unmount something in the sandbox" },
	{ "pivot-root", 2, 2, try_pivot_root, "NEW OLD", "ask for another root, of which one path is none" },
	{ "enter-namespace", 1, 1, enter_namespace, "KIND", "join the namespace that the process is in" },
	{ "leave-namespace", 1, 1, leave_namespace, "KIND", "make a namespace for the process, or a table of files" },
	{ "chroot", 1, 1, try_chroot, "FOLDER", "change the root of a child" },
	{ "host-name", 1, 1, set_host_name, "NAME", "set the sandbox's host name" },
	{ "load-module", 0, 0, load_module, "", "ask to load a module that is none" },
	{ "load-module-file", 1, 1, load_module_file, "FILE", "ask to load a module from a file that holds none" },
	{ "unload-module", 1, 1, unload_module, "NAME", "ask to unload a module that isn't there" },
	{ "kexec", 1, 1, load_kernel, "FLAGS", "ask to load a kernel of more parts than there may be" },
	{ "kexec-file", 1, 1, load_kernel_file, "FLAGS", "ask to load a kernel from no file" },
	{ "reboot", 1, 1, ask_for_reboot, "COMMAND", "ask for a reboot without the magic numbers that it needs" },
	{ "set-clock", 1, 1, set_clock, "CLOCK", "ask to set a clock to a time that can't be" },
	{ "set-time", 0, 0, set_time_of_day, "", "ask to set the time to one that can't be" },
	{ "adjust-clock", 0, 0, adjust_clock, "", "ask for a tick of the clock that can't be" },
	{ "read-clock", 0, 0, read_clock, "", "ask how the clock is adjusted" },
	{ "bpf-program", 0, 0, load_bpf, "", "load a BPF program that does nothing, and drop it" },
	{ "bpf-map", 0, 0, make_bpf_map, "", "make a BPF map, and drop it" },
	{ "bpf-command", 1, 1, ask_bpf, "NUMBER", "call bpf(2) with nothing but zeros" },
	{ "perf-event", 0, 0, open_perf_event, "", "count the process's own time" },
	{ "io-uring", 0, 0, set_up_io_uring, "", "ask for a ring of no entries" },
	{ "io-uring-enter", 0, 0, enter_io_uring, "", "use a ring that is none" },
	{ "userfaultfd", 0, 0, handle_page_faults, "", "ask to handle page faults, with flags that are none" },
	{ "open-by-handle", 0, 0, open_by_handle, "", "open a file by a handle that is none" },
	{ "make-handle", 1, 1, make_handle, "FILE", "ask for a file's handle, with no space for it" },
	{ "key", 1, 1, ask_for_key, "COMMAND", "ask for a key that is none" },
	{ "kernel-log", 1, 1, ask_for_log, "COMMAND", "ask for the kernel's log, with no space for it" },
	{ "io-privilege", 1, 1, ask_for_ports, "LEVEL", "ask for level 0, which the process has, or one that is none" },
	{ "ioctl", 2, 2, ask_device, "FILE REQUEST", "make a request to a file that is no device" },
};
const size_t kernel_deed_count = DEED_COUNT(kernel_deeds);
