/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first code of the packaged program, before the dynamic linker: Node's binary needs libstdc++, libgcc_s and libatomic, which
 * minimal hosts lack. They lie in this segment; each goes into a file in memory (memfd_create(2)), and LD_PRELOAD names it. The
 * program of policies' triggers goes into one too, for it must be executed. Then the dynamic linker is mapped and entered as the
 * kernel would have done it, so that /proc/self/exe stays what it was. It is shown the program headers with the entry that asks for
 * it (PT_INTERP), without which it takes itself for a program that was called by name: the kernel must not see that entry.
 *
 * There is no C library here, no relocation, and nothing that can be written but the stack: scripts/package/front.mjs puts this
 * code into a segment of its own, and the numbers below before it.
 */
#include <elf.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/fcntl.h>
#include <linux/memfd.h>
#include <linux/mman.h>
#include <sys/syscall.h>

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 8U
#define MFD_EXEC 16U
#endif

#define PAGE 4096UL
#define LIBRARIES 3
#define BLOBS 4
#define MAX_SEGMENTS 16
#define ERROR(result) ((unsigned long)(result) > -4096UL)

/* Written by front.mjs: 8-byte numbers, little-endian, in this order. */
struct parameters {
	uint64_t entry;			/* where the program itself begins */
	uint64_t headers, count;	/* its program headers as they were, from the beginning of these parameters */
	struct {
		uint64_t offset, size;	/* from the beginning of these parameters */
	} blobs[BLOBS];			/* three libraries, the program of triggers */
	char interpreter[64];
};

__attribute__((section(".parameters"), used, visibility("hidden")))
const volatile struct parameters parameters = { 0 };

static long call(long number, long a, long b, long c, long d, long e, long f)
{
	long result;
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}

/* The compiler makes calls of these two by itself. */
void *memset(void *to, int value, size_t length)
{
	for (size_t i = 0; i < length; i++)
		((volatile char *)to)[i] = (char)value;
	return to;
}

void *memcpy(void *to, const void *from, size_t length)
{
	for (size_t i = 0; i < length; i++)
		((volatile char *)to)[i] = ((const char *)from)[i];
	return to;
}

static size_t length_of(const char *text)
{
	size_t length = 0;

	while (text[length])
		length++;
	return length;
}

static _Noreturn void fail(const char *what)
{
	call(SYS_write, 2, (long)"trigon: ", 8, 0, 0, 0);
	call(SYS_write, 2, (long)what, (long)length_of(what), 0, 0, 0);
	call(SYS_write, 2, (long)"\n", 1, 0, 0, 0);
	for (;;)
		call(SYS_exit_group, 127, 0, 0, 0, 0, 0);
}

/* A file in memory with the blob in it; a negative errno when the kernel refuses (vm.memfd_noexec forbids executable ones). */
static long put_in_memory(unsigned int index, unsigned int kind)
{
	const char *from = (const char *)&parameters + parameters.blobs[index].offset;
	long left = (long)parameters.blobs[index].size;
	long file = call(SYS_memfd_create, (long)"trigon", MFD_CLOEXEC | kind, 0, 0, 0, 0);

	if (file == -22) /* EINVAL: a kernel before 6.3 knows no kinds */
		file = call(SYS_memfd_create, (long)"trigon", MFD_CLOEXEC, 0, 0, 0, 0);
	if (file < 0)
		return file;
	while (left > 0) {
		const long written = call(SYS_write, file, (long)from, left, 0, 0, 0);

		if (written <= 0)
			fail("no memory for its libraries");
		from += written;
		left -= written;
	}
	return file;
}

static char *append(char *to, const char *text)
{
	while (*text)
		*to++ = *text++;
	*to = 0;
	return to;
}

/* `folder`: /proc/self/fd/, however it is spelt. */
static char *append_descriptor(char *to, const char *folder, long number)
{
	char digits[12];
	int count = 0;

	to = append(to, folder);
	do
		digits[count++] = (char)('0' + number % 10);
	while (number /= 10);
	while (count)
		*to++ = digits[--count];
	*to = 0;
	return to;
}

/* The value behind `name=`, or NULL when the variable has another name. */
static const char *value_of(const char *variable, const char *name)
{
	while (*name && *variable == *name) {
		variable++;
		name++;
	}
	return *name ? NULL : variable;
}

static uint64_t up(uint64_t address)
{
	return (address + PAGE - 1) & ~(PAGE - 1);
}

static int protection_of(uint32_t flags)
{
	return (flags & PF_R ? PROT_READ : 0) | (flags & PF_W ? PROT_WRITE : 0) |
	       (flags & PF_X ? PROT_EXEC : 0);
}

static void map_segment(long file, uint64_t base, const Elf64_Phdr *segment)
{
	const uint64_t start = segment->p_vaddr & ~(PAGE - 1);
	const uint64_t file_end = segment->p_vaddr + segment->p_filesz;
	const uint64_t end = up(segment->p_vaddr + segment->p_memsz);
	const int protection = protection_of(segment->p_flags);

	if (segment->p_filesz &&
	    ERROR(call(SYS_mmap, (long)(base + start), (long)(up(file_end) - start), protection,
		       MAP_PRIVATE | MAP_FIXED, file, (long)(segment->p_offset & ~(PAGE - 1)))))
		fail("the dynamic linker can't be mapped");
	if (segment->p_memsz == segment->p_filesz)
		return;
	if (up(file_end) > file_end && segment->p_filesz)
		memset((void *)(base + file_end), 0, up(file_end) - file_end);
	if (end > up(file_end) &&
	    ERROR(call(SYS_mmap, (long)(base + up(file_end)), (long)(end - up(file_end)), protection,
		       MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS, -1, 0)))
		fail("no memory for the dynamic linker");
}

/* Maps the dynamic linker; tells where, and where it is entered. */
static uint64_t map_interpreter(uint64_t *entry)
{
	char head[1024];
	const Elf64_Ehdr *elf = (const Elf64_Ehdr *)head;
	const Elf64_Phdr *segments;
	uint64_t end = 0;
	long base;
	const long file = call(SYS_openat, AT_FDCWD, (long)parameters.interpreter,
			       O_RDONLY | O_CLOEXEC, 0, 0, 0);

	if (file < 0)
		fail("this host has no glibc (/lib64/ld-linux-x86-64.so.2); 2.28 or newer is needed");
	if (call(SYS_pread64, file, (long)head, sizeof(head), 0, 0, 0) < (long)sizeof(head) ||
	    elf->e_type != ET_DYN || elf->e_phentsize != sizeof(Elf64_Phdr) ||
	    elf->e_phnum > MAX_SEGMENTS ||
	    elf->e_phoff > sizeof(head) - elf->e_phnum * sizeof(Elf64_Phdr))
		fail("/lib64/ld-linux-x86-64.so.2 is no dynamic linker");

	segments = (const Elf64_Phdr *)(head + elf->e_phoff);
	for (int i = 0; i < elf->e_phnum; i++) {
		if (segments[i].p_type == PT_LOAD && end < segments[i].p_vaddr + segments[i].p_memsz)
			end = segments[i].p_vaddr + segments[i].p_memsz;
	}
	base = call(SYS_mmap, 0, (long)up(end), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (ERROR(base))
		fail("no memory for the dynamic linker");
	for (int i = 0; i < elf->e_phnum; i++) {
		if (segments[i].p_type == PT_LOAD)
			map_segment(file, (uint64_t)base, &segments[i]);
	}
	call(SYS_close, file, 0, 0, 0, 0, 0);
	*entry = (uint64_t)base + elf->e_entry;
	return (uint64_t)base;
}

/* LD_PRELOAD with our libraries, and those it named before; then TRIGON_ACT. In a page of their own. */
static void make_variables(const char *preloaded, char **preload, char **act)
{
	const size_t room = up(256 + (preloaded ? length_of(preloaded) : 0));
	const long page = call(SYS_mmap, 0, (long)room, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *to = (char *)page;
	long file;

	if (ERROR(page))
		fail("no memory");
	*preload = to;
	to = append(to, "LD_PRELOAD=");
	for (unsigned int i = 0; i < LIBRARIES; i++) {
		file = put_in_memory(i, MFD_NOEXEC_SEAL);
		if (file < 0)
			fail("memfd_create is refused: its libraries can't be loaded");
		if (i > 0)
			to = append(to, ":");
		/* Spelt so that it is nobody else's: the dynamic linker takes what has the name of something loaded for the same. */
		to = append_descriptor(to, "/proc/self/./fd/", file);
	}
	if (preloaded) {
		to = append(to, ":");
		to = append(to, preloaded);
	}
	*act = NULL;
	file = put_in_memory(LIBRARIES, MFD_EXEC);
	if (file < 0)
		return;
	*act = ++to;
	append_descriptor(append(to, "TRIGON_ACT="), "/proc/self/fd/", file);
}

/* What the dynamic linker is to read in the auxiliary vector in place of what the kernel has written. */
static uint64_t told(const uint64_t *pair, uint64_t base)
{
	switch (pair[0]) {
	case AT_BASE:
		return base;
	case AT_ENTRY:
		return parameters.entry;
	case AT_PHDR:
		return (uint64_t)(uintptr_t)&parameters + parameters.headers;
	case AT_PHNUM:
		return parameters.count;
	default:
		return pair[1];
	}
}

/* `stack`: as the kernel leaves it at the beginning of a program: argc, argv, 0, environment, 0, auxiliary vector. */
__attribute__((used, noreturn, visibility("hidden"))) void front(uint64_t *stack)
{
	const uint64_t *from = stack;
	const char *preloaded = NULL;
	char *preload, *act;
	uint64_t *vector, *to, entry, base;
	size_t words;

	from += 1 + stack[0] + 1;
	for (; *from; from++) {
		const char *value = value_of((const char *)*from, "LD_PRELOAD=");

		preloaded = value ? value : preloaded;
	}
	for (from++; from[0] != AT_NULL; from += 2)
		;
	words = (size_t)(from + 2 - stack) + 2;

	make_variables(preloaded, &preload, &act);
	base = map_interpreter(&entry);

	/* The same once more below it, with our variables. The ABI wants the beginning at a multiple of 16. */
	vector = __builtin_alloca((words + 2) * sizeof(*vector));
	vector = (uint64_t *)(((uintptr_t)vector + 15) & ~(uintptr_t)15);
	from = stack;
	to = vector;
	for (uint64_t i = 0; i < stack[0] + 2; i++)
		*to++ = *from++;
	*to++ = (uint64_t)preload;
	if (act)
		*to++ = (uint64_t)act;
	for (; *from; from++) {
		if (!value_of((const char *)*from, "LD_PRELOAD=") &&
		    !value_of((const char *)*from, "TRIGON_ACT="))
			*to++ = *from;
	}
	*to++ = 0;
	for (from++;; from += 2, to += 2) {
		to[0] = from[0];
		to[1] = told(from, base);
		if (from[0] == AT_NULL)
			break;
	}
	__asm__ volatile("mov %0, %%rsp\n\txor %%edx, %%edx\n\txor %%ebp, %%ebp\n\tjmp *%1"
			 :
			 : "r"(vector), "r"(entry)
			 : "rdx", "memory");
	__builtin_unreachable();
}

__asm__(".section .text.start,\"ax\"\n"
	".hidden begin\n"
	".globl begin\n"
	"begin:\n"
	"	mov %rsp, %rdi\n"
	"	and $-16, %rsp\n"
	"	xor %ebp, %ebp\n"
	"	call front\n");
