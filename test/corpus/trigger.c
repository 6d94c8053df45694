// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * trigger DEED [ARGUMENT]… [DEED [ARGUMENT]…]…: does one deed after the other, each of them something that a policy of the corpus
 * tells of. Some change only where the rest happens (a namespace, another user, another path); none changes anything of the host:
 * what is written lies below a file system that is mounted for this process alone, or in the folder that it was given.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <linux/perf_event.h>
#include <net/if.h>
#include <pty.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NOBODY 65534

static int open_or_die(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);

	if (fd < 0)
		err(1, "%s", path);
	return fd;
}

static void write_text(const char *path, const char *text)
{
	int fd = open_or_die(path, O_WRONLY);

	if (write(fd, text, strlen(text)) < 0)
		err(1, "%s", path);
	close(fd);
}

/* Where the rest happens. */

/* The parent stays outside and waits; the child goes on with the deeds. */
static void in_child(void)
{
	int status;
	pid_t child = fork();

	if (child < 0)
		err(1, "fork");
	if (!child)
		return;
	waitpid(child, &status, 0);
	exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128);
}

/* deep N: N generations below. */
static void go_deep(char **argv)
{
	for (int i = atoi(argv[0]); i > 0; i--)
		in_child();
}

static void pid_namespace(char **argv)
{
	(void)argv;
	if (unshare(CLONE_NEWPID))
		err(1, "unshare");
	in_child();
}

/* As the root of a user namespace of its own, with all capabilities there. */
static void user_namespace(char **argv)
{
	(void)argv;
	if (unshare(CLONE_NEWUSER))
		err(1, "unshare");
	write_text("/proc/self/setgroups", "deny");
	write_text("/proc/self/uid_map", "0 0 1");
	write_text("/proc/self/gid_map", "0 0 1");
}

/* With a loopback device that is up, and an address of the documentation's range on it. */
static void network_namespace(char **argv)
{
	struct ifreq up = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	struct ifreq address = { .ifr_name = "lo:1" };
	struct sockaddr_in *v4 = (struct sockaddr_in *)&address.ifr_addr;
	int fd;

	(void)argv;
	if (unshare(CLONE_NEWNET))
		err(1, "unshare");
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (ioctl(fd, SIOCSIFFLAGS, &up))
		err(1, "lo");
	v4->sin_family = AF_INET;
	inet_pton(AF_INET, "192.0.2.1", &v4->sin_addr);
	if (ioctl(fd, SIOCSIFADDR, &address))
		err(1, "192.0.2.1");
	close(fd);
}

/* An empty file system at a folder, for this process alone. Whoever writes there afterwards writes into memory. */
static void private_folder(char **argv)
{
	struct statfs found;

	if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL))
		err(1, "mount namespace");
	if (mount("none", argv[0], "tmpfs", 0, NULL))
		err(1, "%s", argv[0]);
	if (statfs(argv[0], &found) || found.f_type != TMPFS_MAGIC)
		errx(1, "%s is not private", argv[0]);
}

static void nobody(char **argv)
{
	(void)argv;
	if (setresgid(NOBODY, NOBODY, NOBODY) || setresuid(NOBODY, NOBODY, NOBODY))
		err(1, "nobody");
}

static char **rest; /* the deeds that are still to be done */

/* Goes on as a copy of this program at a path of which the folder is private by now. */
static void as_program(char **argv)
{
	int from = open_or_die("/proc/self/exe", O_RDONLY), to = open(argv[0], O_WRONLY | O_CREAT | O_EXCL, 0755);
	struct stat stat;
	char **deeds = rest - 1;

	if (to < 0 || fstat(from, &stat) || sendfile(to, from, NULL, stat.st_size) != stat.st_size)
		err(1, "%s", argv[0]);
	close(to);
	deeds[0] = argv[0];
	execv(argv[0], deeds);
	err(1, "%s", argv[0]);
}

/* Goes on as a program of the system. */
static void execute(char **argv)
{
	execv(argv[0], argv);
	err(1, "%s", argv[0]);
}

/* A shell on a terminal of its own that is told to end. */
static void shell_on_terminal(char **argv)
{
	char *shell[] = { argv[0], "--norc", "--noprofile", "-i", NULL };
	char text[4096];
	int terminal;
	pid_t child = forkpty(&terminal, NULL, NULL, NULL);

	if (child < 0)
		err(1, "forkpty");
	if (!child)
		execute(shell);
	if (write(terminal, "exit\n", 5) != 5)
		err(1, "terminal");
	while (read(terminal, text, sizeof(text)) > 0)
		;
	waitpid(child, NULL, 0);
}

/* Identities and capabilities. */

static void set_ids(char **argv)
{
	(void)argv;
	setuid(0);
	setgid(0);
	setreuid(0, 0);
	setregid(0, 0);
	setresuid(0, 0, 0);
	setresgid(0, 0, 0);
	setfsuid(0);
	setfsgid(0);
}

static void set_uid(char **argv)
{
	if (setuid(atoi(argv[0])))
		err(1, "setuid");
}

static void set_capabilities(uint64_t lost)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct sets[2] = { 0 };

	if (syscall(SYS_capget, &header, sets))
		err(1, "capget");
	sets[0].effective &= ~(uint32_t)lost;
	header.pid = 0;
	if (syscall(SYS_capset, &header, sets))
		err(1, "capset");
}

static void same_capabilities(char **argv)
{
	(void)argv;
	set_capabilities(0);
}

static void drop_net_raw(char **argv)
{
	(void)argv;
	set_capabilities(1ull << CAP_NET_RAW);
}

/* Asks for CAP_SYS_CHROOT, and stays where it is. */
static void use_chroot(char **argv)
{
	(void)argv;
	if (chroot("/"))
		err(1, "chroot");
}

static void new_user_namespace(char **argv)
{
	(void)argv;
	unshare(CLONE_NEWUSER);
}

/* Files. */

static void create_file(char **argv)
{
	close(open_or_die(argv[0], O_RDWR | O_CREAT));
}

static void read_file(char **argv)
{
	char text[16];
	int fd = open_or_die(argv[0], O_RDONLY);

	if (read(fd, text, sizeof(text)) < 0)
		err(1, "%s", argv[0]);
	close(fd);
}

static void read_folder(char **argv)
{
	char text[1024];
	int fd = open_or_die(argv[0], O_RDONLY | O_DIRECTORY);

	if (syscall(SYS_getdents64, fd, text, sizeof(text)) < 0)
		err(1, "%s", argv[0]);
	close(fd);
}

static void write_file(char **argv)
{
	write_text(argv[0], "trigger\n");
}

static void put_text(char **argv)
{
	write_text(argv[0], argv[1]);
}

static void truncate_file(char **argv)
{
	if (truncate(argv[0], 8))
		err(1, "%s", argv[0]);
}

/* map FILE r|w: shared, for reading, or for reading and writing. A folder can't be mapped, but that is found out late. */
static void map_file(char **argv)
{
	int writes = *argv[1] == 'w';
	int fd = open_or_die(argv[0], writes ? O_RDWR : O_RDONLY);

	mmap(NULL, 4096, PROT_READ | (writes ? PROT_WRITE : 0), MAP_SHARED, fd, 0);
	close(fd);
}

static void map_code(char **argv)
{
	int fd = open_or_die(argv[0], O_RDONLY);

	mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
	close(fd);
}

/* Constants on pages of their own that this process has never touched: a program that runs when the system call begins can't
 * read them yet. */
static const char untouched_passwd[4096] __attribute__((aligned(4096))) = "/etc/passwd";
static const char untouched_link[4096] __attribute__((aligned(4096))) = "trigger-link";

static void forget(const char *page)
{
	if (madvise((void *)page, 4096, MADV_DONTNEED))
		err(1, "madvise");
}

/* A link to /etc/passwd, named trigger-link, in a folder. */
static void make_symlink(char **argv)
{
	int folder = open_or_die(argv[0], O_RDONLY | O_DIRECTORY);

	forget(untouched_passwd);
	forget(untouched_link);
	if (symlinkat(untouched_passwd, folder, untouched_link) && errno != EEXIST)
		err(1, "symlinkat");
	close(folder);
}

/* Asks for a second name of /etc/passwd where there can't be one. */
static void try_hardlink(char **argv)
{
	(void)argv;
	forget(untouched_passwd);
	linkat(AT_FDCWD, untouched_passwd, AT_FDCWD, "/proc/trigger-link", 0);
}

static void open_untouched(char **argv)
{
	int fd;

	(void)argv;
	forget(untouched_passwd);
	fd = openat(AT_FDCWD, untouched_passwd, O_RDWR | O_CREAT, 0600);
	if (fd < 0)
		err(1, "/etc/passwd");
	close(fd);
}

static void duplicate(char **argv)
{
	(void)argv;
	dup(0);
	dup2(0, 17);
}

static void write_output(char **argv)
{
	if (write(1, argv[0], strlen(argv[0])) < 0)
		err(1, "write");
}

static void writev_output(char **argv)
{
	struct iovec parts[2] = { { argv[0], strlen(argv[0]) }, { "\n", 1 } };

	if (writev(1, parts, 2) < 0)
		err(1, "writev");
}

static void write_terminal(char **argv)
{
	int terminal, other;

	if (openpty(&terminal, &other, NULL, NULL, NULL))
		err(1, "openpty");
	if (write(other, argv[0], strlen(argv[0])) < 0)
		err(1, "write");
}

static void unlink_nothing(char **argv)
{
	unlinkat(AT_FDCWD, argv[0], 0);
}

/* Mounts and other calls that fail, or change nothing. */

static void mount_tmpfs(char **argv)
{
	private_folder(argv);
}

static void try_pivot_root(char **argv)
{
	if (syscall(SYS_pivot_root, argv[0], argv[1]) == 0)
		errx(1, "there was such a folder");
}

static void try_ptrace(char **argv)
{
	syscall(SYS_ptrace, PTRACE_PEEKUSER, getpid(), (long)atoi(argv[0]), 0);
}

static void try_clock_settime(char **argv)
{
	struct timespec time = { 0 };

	syscall(SYS_clock_settime, atoi(argv[0]), &time);
}

static void try_load_module(char **argv)
{
	int fd = open_or_die(argv[0], O_RDONLY);

	if (syscall(SYS_finit_module, fd, "", 0) == 0)
		errx(1, "the kernel took an empty file for a module");
	close(fd);
}

static void get_parent(char **argv)
{
	(void)argv;
	syscall(SYS_getppid);
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
		.prog_name = "trigger_prog",
	};
	union bpf_attr map = {
		.map_type = BPF_MAP_TYPE_ARRAY,
		.key_size = 4,
		.value_size = 8,
		.max_entries = 3,
		.map_name = "trigger_map",
	};

	(void)argv;
	if (syscall(SYS_bpf, BPF_PROG_LOAD, &program, sizeof(program)) < 0 || syscall(SYS_bpf, BPF_MAP_CREATE, &map, sizeof(map)) < 0)
		err(1, "bpf");
}

static void open_perf_event(char **argv)
{
	struct perf_event_attr event = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(event),
		.config = PERF_COUNT_SW_TASK_CLOCK,
		.disabled = 1,
	};

	(void)argv;
	if (syscall(SYS_perf_event_open, &event, 0, -1, -1, 0) < 0)
		err(1, "perf_event_open");
}

/* Network. Ports are printed. */

static socklen_t make_address(struct sockaddr_storage *address, const char *text, int port)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)address;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)address;

	memset(address, 0, sizeof(*address));
	if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(port);
		return sizeof(*v4);
	}
	if (inet_pton(AF_INET6, text, &v6->sin6_addr) != 1)
		errx(1, "%s", text);
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons(port);
	return sizeof(*v6);
}

static int port_of(const struct sockaddr_storage *address)
{
	/* The port lies at the same place in both. */
	return ntohs(((const struct sockaddr_in *)address)->sin_port);
}

/* listen ADDRESS PORT: of a socket that stays open. */
static int listener;

static void listen_at(char **argv)
{
	struct sockaddr_storage address;
	socklen_t size = make_address(&address, argv[0], atoi(argv[1]));

	listener = socket(address.ss_family, SOCK_STREAM, 0);
	if (bind(listener, (struct sockaddr *)&address, size) || listen(listener, 1))
		err(1, "listen");
}

/* talk ADDRESS: connects to a listener of its own there, sends 5 bytes, closes; prints its own port and the listener's. */
static void talk(char **argv)
{
	char *any[] = { argv[0], "0" };
	struct sockaddr_storage there, here;
	socklen_t size = sizeof(there);
	int client, served;
	char text[8];

	listen_at(any);
	if (getsockname(listener, (struct sockaddr *)&there, &size))
		err(1, "getsockname");
	client = socket(there.ss_family, SOCK_STREAM, 0);
	if (connect(client, (struct sockaddr *)&there, size))
		err(1, "connect");
	served = accept(listener, NULL, NULL);
	size = sizeof(here);
	if (served < 0 || getsockname(client, (struct sockaddr *)&here, &size))
		err(1, "accept");
	if (send(client, "hello", 5, 0) != 5 || recv(served, text, sizeof(text), 0) != 5)
		err(1, "send");
	close(client);
	close(served);
	close(listener);
	printf("%d %d\n", port_of(&here), port_of(&there));
}

/* connect ADDRESS PORT: mostly to a port where nobody listens. */
static void connect_to(char **argv)
{
	struct sockaddr_storage address;
	socklen_t size = make_address(&address, argv[0], atoi(argv[1]));
	int fd = socket(address.ss_family, SOCK_STREAM, 0);

	connect(fd, (struct sockaddr *)&address, size);
	close(fd);
}

/* datagram ADDRESS PORT: 5 bytes to a port where nobody listens. */
static void send_datagram(char **argv)
{
	struct sockaddr_storage address;
	socklen_t size = make_address(&address, argv[0], atoi(argv[1]));
	int fd = socket(address.ss_family, SOCK_DGRAM, 0);

	if (sendto(fd, "hello", 5, 0, (struct sockaddr *)&address, size) != 5)
		err(1, "sendto");
	close(fd);
}

static const struct deed {
	const char *name;
	int arguments;
	void (*perform)(char **argv);
} deeds[] = {
	{ "pid-namespace", 0, pid_namespace },
	{ "user-namespace", 0, user_namespace },
	{ "network-namespace", 0, network_namespace },
	{ "deep", 1, go_deep },
	{ "private", 1, private_folder },
	{ "nobody", 0, nobody },
	{ "as", 1, as_program },
	{ "shell", 1, shell_on_terminal },
	{ "set-ids", 0, set_ids },
	{ "setuid", 1, set_uid },
	{ "capset", 0, same_capabilities },
	{ "drop-net-raw", 0, drop_net_raw },
	{ "chroot", 0, use_chroot },
	{ "new-user-namespace", 0, new_user_namespace },
	{ "create", 1, create_file },
	{ "read", 1, read_file },
	{ "list", 1, read_folder },
	{ "write", 1, write_file },
	{ "put", 2, put_text },
	{ "truncate", 1, truncate_file },
	{ "map", 2, map_file },
	{ "map-code", 1, map_code },
	{ "symlink", 1, make_symlink },
	{ "hardlink", 0, try_hardlink },
	{ "open-passwd", 0, open_untouched },
	{ "dup", 0, duplicate },
	{ "print", 1, write_output },
	{ "print-parts", 1, writev_output },
	{ "terminal", 1, write_terminal },
	{ "unlink", 1, unlink_nothing },
	{ "mount", 1, mount_tmpfs },
	{ "pivot-root", 2, try_pivot_root },
	{ "ptrace", 1, try_ptrace },
	{ "clock", 1, try_clock_settime },
	{ "module", 1, try_load_module },
	{ "getppid", 0, get_parent },
	{ "bpf", 0, load_bpf },
	{ "perf-event", 0, open_perf_event },
	{ "listen", 2, listen_at },
	{ "talk", 1, talk },
	{ "connect", 2, connect_to },
	{ "datagram", 2, send_datagram },
};

static const struct deed *find_deed(const char *name)
{
	for (size_t i = 0; i < sizeof(deeds) / sizeof(deeds[0]); i++)
		if (!strcmp(deeds[i].name, name))
			return &deeds[i];
	errx(2, "no deed %s", name);
}

int main(int argc, char **argv)
{
	(void)argc;
	for (char **at = argv + 1; *at;) {
		const struct deed *deed;

		if (!strcmp(*at, "exec"))
			execute(at + 1);
		deed = find_deed(*at++);
		for (int i = 0; i < deed->arguments; i++)
			if (!at[i])
				errx(2, "%s wants %d arguments", deed->name, deed->arguments);
		rest = at + deed->arguments;
		deed->perform(at);
		at = rest;
	}
	return 0;
}
