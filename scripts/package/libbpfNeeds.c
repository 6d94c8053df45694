/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Debian's libbpf.a asks for beside libelf, in the addon that is passed on.
 *
 * Its code is made for programs and not for shared objects: the address of the C library's `stderr` would have to be known when it
 * is linked. The archive's copy that we link names `trigon_stderr` instead (scripts/package/addon.mjs).
 */
#include <stddef.h>
#include <stdio.h>

__attribute__((visibility("hidden"))) FILE *trigon_stderr;

__attribute__((constructor)) static void set_stderr(void)
{
	trigon_stderr = stderr;
}

/*
 * zlib, for /proc/config.gz only: the kernel's configuration, that BPF objects may ask for (__kconfig). Ours don't, and libbpf says
 * itself that it can't be read.
 */
struct gzFile_s *gzopen64(const char *path, const char *mode);
char *gzgets(struct gzFile_s *file, char *to, int length);
int gzclose(struct gzFile_s *file);

struct gzFile_s *gzopen64(const char *path, const char *mode)
{
	(void)path;
	(void)mode;
	return NULL;
}

char *gzgets(struct gzFile_s *file, char *to, int length)
{
	(void)file;
	(void)to;
	(void)length;
	return NULL;
}

int gzclose(struct gzFile_s *file)
{
	(void)file;
	return 0;
}
