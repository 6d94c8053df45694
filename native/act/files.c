// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* Deeds with files. What may change a file is only tried where the host's files are read-only: a private folder is for the rest. */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "act.h"

static void read_file(char **argv)
{
	char text[64];
	int fd = open_file(argv[0], O_RDONLY);

	if (read(fd, text, sizeof(text)) < 0)
		fail("%s", argv[0]);
	close(fd);
}

static void create_file(char **argv)
{
	close(open_file(argv[0], O_WRONLY | O_CREAT));
}

static void write_file(char **argv)
{
	const char *text = argv[1] ? argv[1] : "written by a trial\n";
	int fd = open_file(argv[0], O_WRONLY | O_CREAT | O_APPEND);

	if (write(fd, text, strlen(text)) < 0)
		fail("%s", argv[0]);
	close(fd);
}

static void truncate_file(char **argv)
{
	if (truncate(argv[0], 0))
		fail("%s", argv[0]);
}

static void reopen_empty(char **argv)
{
	close(open_file(argv[0], O_WRONLY | O_CREAT | O_TRUNC));
}

static void remove_file(char **argv)
{
	if (unlink(argv[0]))
		fail("%s", argv[0]);
}

static void rename_file(char **argv)
{
	if (rename(argv[0], argv[1]))
		fail("%s to %s", argv[0], argv[1]);
}

static void change_mode(char **argv)
{
	if (chmod(argv[0], strtol(argv[1], NULL, 8)))
		fail("%s", argv[0]);
}

static void change_owner(char **argv)
{
	if (chown(argv[0], number(argv[1]), -1))
		fail("%s", argv[0]);
}

static void create_with_mode(char **argv)
{
	int fd = open(argv[0], O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, strtol(argv[1], NULL, 8));

	if (fd < 0)
		fail("%s", argv[0]);
	close(fd);
}

/* As one that changes the file in place: shared and writable. */
static void map_to_write(char **argv)
{
	int fd = open_file(argv[0], O_RDWR);

	if (ftruncate(fd, 4096) || mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED)
		fail("%s", argv[0]);
	close(fd);
}

/* map-code FILE: as the dynamic loader maps a library; nothing of it is run. */
static void map_code(char **argv)
{
	int fd = open_file(argv[0], O_RDONLY);

	if (mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0) == MAP_FAILED)
		fail("%s", argv[0]);
	close(fd);
}

static void map_data(char **argv)
{
	int fd = open_file(argv[0], O_RDONLY);

	if (mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0) == MAP_FAILED)
		fail("%s", argv[0]);
	close(fd);
}

static void make_symlink(char **argv)
{
	if (symlink(argv[0], argv[1]))
		fail("%s", argv[1]);
}

/* There can't be a second name in another file system, or one that is read-only: asking for it is the deed. */
static void try_hardlink(char **argv)
{
	if (link(argv[0], argv[1]) && errno != EXDEV && errno != EROFS)
		fail("%s", argv[1]);
}

/* An attribute of which the value means nothing. */
static void set_attribute(char **argv)
{
	if (setxattr(argv[0], argv[1], "trial", 5, 0))
		fail("%s of %s", argv[1], argv[0]);
}

/* File systems without such flags refuse: asking for it is the deed. */
static void set_flags(char **argv)
{
	int fd = open_file(argv[0], O_RDONLY | O_CREAT), flags = FS_IMMUTABLE_FL;

	if (ioctl(fd, FS_IOC_SETFLAGS, &flags) == 0) {
		flags = 0;
		ioctl(fd, FS_IOC_SETFLAGS, &flags);
	}
	close(fd);
}

static void get_flags(char **argv)
{
	int fd = open_file(argv[0], O_RDONLY | O_CREAT), flags;

	ioctl(fd, FS_IOC_GETFLAGS, &flags);
	close(fd);
}

/* Opens it by a device file of its own, if there is such a device at the moment. */
static bool can_open_device(const char *path, const char *described)
{
	unsigned int major, minor;
	FILE *numbers = fopen(described, "re");
	bool known = numbers && fscanf(numbers, "%u:%u", &major, &minor) == 2;
	int fd;

	if (numbers)
		fclose(numbers);
	if (!known)
		return false;
	if (mknod(path, S_IFBLK | 0600, makedev(major, minor)))
		fail("%s", path);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	unlink(path);
	return fd >= 0 && close(fd) == 0;
}

/* The first block device that can be opened; nothing is read from it. */
static void open_block_device(char **argv)
{
	glob_t found;
	bool opened = false;

	if (glob("/sys/class/block/*/dev", 0, NULL, &found))
		fail_plainly("there is no block device");
	for (size_t i = 0; i < found.gl_pathc && !opened; i++)
		opened = can_open_device(argv[0], found.gl_pathv[i]);
	globfree(&found);
	if (!opened)
		fail_plainly("no block device can be opened");
}

/* A byte of this process's own memory, through its file. */
static void write_memory(char **argv)
{
	static char byte = 'a';
	int fd = open_file("/proc/self/mem", O_RDWR);

	(void)argv;
	if (pwrite(fd, "b", 1, (off_t)(unsigned long)&byte) != 1)
		fail("/proc/self/mem");
	close(fd);
}

static void read_memory(char **argv)
{
	static const char byte = 'a';
	char got;
	int fd = open_file("/proc/self/mem", O_RDONLY);

	(void)argv;
	if (pread(fd, &got, 1, (off_t)(unsigned long)&byte) != 1)
		fail("/proc/self/mem");
	close(fd);
}

const struct deed file_deeds[] = {
	{ "read", 1, 1, read_file, "FILE", "read the beginning of a file" },
	{ "create", 1, 1, create_file, "FILE", "make a file, empty" },
	{ "write", 1, 2, write_file, "FILE [TEXT]", "append to a file, which is made if it isn't there" },
	{ "truncate", 1, 1, truncate_file, "FILE", "cut a file to nothing" },
	{ "open-empty", 1, 1, reopen_empty, "FILE", "open a file so that it is cut to nothing" },
	{ "remove", 1, 1, remove_file, "FILE", "remove a file" },
	{ "rename", 2, 2, rename_file, "FILE NEW", "rename a file" },
	{ "chmod", 2, 2, change_mode, "FILE MODE", "give a file a mode, in octal" },
	{ "chown", 2, 2, change_owner, "FILE UID", "give a file to a user" },
	{ "create-mode", 2, 2, create_with_mode, "FILE MODE", "make a file with a mode, in octal" },
	{ "map-write", 1, 1, map_to_write, "FILE", "map a file of one page to change it in memory" },
	{ "map-code", 1, 1, map_code, "FILE", "map a file as code, and run nothing of it" },
	{ "map-data", 1, 1, map_data, "FILE", "map a file to read it" },
	{ "symlink", 2, 2, make_symlink, "TARGET LINK", "make a symbolic link" },
	{ "hardlink", 2, 2, try_hardlink, "FILE LINK", "ask for a second name of a file" },
	{ "attribute", 2, 2, set_attribute, "FILE NAME", "give a file an extended attribute" },
	{ "set-flags", 1, 1, set_flags, "FILE", "ask that a file be immutable, and take it back" },
	{ "get-flags", 1, 1, get_flags, "FILE", "ask whether a file is immutable" },
	{ "block-device", 1, 1, open_block_device, "PATH", "open a disk by a device file of its own, and read nothing" },
	{ "write-memory", 0, 0, write_memory, "", "change a byte of the own memory through /proc" },
	{ "read-memory", 0, 0, read_memory, "", "read a byte of the own memory through /proc" },
};
const size_t file_deed_count = DEED_COUNT(file_deeds);
