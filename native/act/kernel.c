// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* Deeds that ask the kernel for what changes the host, each with a value that it must refuse. */
#include <errno.h>
#include <fcntl.h>
#include <linux/kexec.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#include "act.h"

/* Modules, other kernels, the end of this one. */

/* As long as the head of an ELF file: what is shorter is refused before anybody is asked. */
static const char no_module[64] = "no module";

static void load_module(char **argv)
{
	(void)argv;
	must_fail(syscall(SYS_init_module, no_module, sizeof(no_module), ""), "a module that is none");
}

/* Of a file that holds something: an empty one is refused before anybody is asked, and so is one that is open for writing. */
static void load_module_file(char **argv)
{
	int fd = open_file(argv[0], O_WRONLY | O_CREAT | O_TRUNC);

	if (write(fd, no_module, sizeof(no_module)) != sizeof(no_module))
		fail("%s", argv[0]);
	close(fd);
	fd = open_file(argv[0], O_RDONLY);
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

/* An impossible length of a tick, by both calls. */
static void adjust_clock(char **argv)
{
	struct timex change = { .modes = ADJ_TICK, .tick = 1 };

	(void)argv;
	must_fail(syscall(SYS_clock_adjtime, CLOCK_REALTIME, &change), "an impossible tick");
	must_fail(syscall(SYS_adjtimex, &change), "an impossible tick");
}

static void read_clock(char **argv)
{
	struct timex none = { 0 };

	(void)argv;
	syscall(SYS_clock_adjtime, CLOCK_REALTIME, &none);
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
	/* As the kernel takes it: an int. */
	int type = number(argv[0]);

	/* Commands 5 to 7 (clear, console off and on) need neither. */
	if (type >= 5 && type <= 7)
		fail_plainly("command %d of syslog(2) is not harmless", type);
	syscall(SYS_syslog, type, NULL, 0);
}

static void ask_for_ports(char **argv)
{
#ifdef SYS_iopl
	unsigned int level = number(argv[0]);

	if (level >= 1 && level <= 3)
		fail_plainly("I/O privilege level %u is not harmless", level);
	syscall(SYS_iopl, level);
#else
	fail_plainly("this processor has no I/O privilege level %s", argv[0]);
#endif
}

/* More than there are. */
static void ask_for_port_range(char **argv)
{
	(void)argv;
#ifdef SYS_ioperm
	must_fail(syscall(SYS_ioperm, ~0ul, 1, 1), "ports that are none");
#else
	fail_plainly("this processor has no I/O ports");
#endif
}

/* A request of ioctl(2) on a file where a device is elsewhere; it is made if it isn't there. */
static void ask_device(char **argv)
{
	int fd = open_file(argv[0], O_RDONLY | O_CREAT);

	must_fail(ioctl(fd, (unsigned int)number(argv[1]), NULL), "ioctl of a file");
	close(fd);
}

const struct deed kernel_deeds[] = {
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
	{ "io-uring", 0, 0, set_up_io_uring, "", "ask for a ring of no entries" },
	{ "io-uring-enter", 0, 0, enter_io_uring, "", "use a ring that is none" },
	{ "userfaultfd", 0, 0, handle_page_faults, "", "ask to handle page faults, with flags that are none" },
	{ "open-by-handle", 0, 0, open_by_handle, "", "open a file by a handle that is none" },
	{ "make-handle", 1, 1, make_handle, "FILE", "ask for a file's handle, with no space for it" },
	{ "key", 1, 1, ask_for_key, "COMMAND", "ask for a key that is none" },
	{ "kernel-log", 1, 1, ask_for_log, "COMMAND", "ask for the kernel's log, with no space for it" },
	{ "io-privilege", 1, 1, ask_for_ports, "LEVEL", "ask for level 0, which the process has, or one that is none" },
	{ "io-ports", 0, 0, ask_for_port_range, "", "ask for I/O ports that are none" },
	{ "ioctl", 2, 2, ask_device, "FILE REQUEST", "make a request to a file that is no device" },
};
const size_t kernel_deed_count = DEED_COUNT(kernel_deeds);
