/* SPDX-License-Identifier: Apache-2.0 */
/*
 * As much of libelf as libbpf reads with: 64-bit ELF files of this machine's byte order, never written. It takes libelf's place in
 * the addon that is passed on, because Debian's libelf.a can't be linked into a shared object, and needs a newer glibc.
 *
 * Files of others (a uprobe's or USDT probe's program) are hostile: every offset and size is checked, and sections are read, not
 * mapped, so that a file which is cut meanwhile is an error and no SIGBUS. Errors are NULL or 0 as in libelf; the words are ours.
 */
#include <elf.h>
#include <errno.h>
#include <gelf.h>
#include <libelf.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A symbol table with debug information of a large program is 1 GB at the very most. */
#define MAX_SECTION (1UL << 30)

struct Elf_Scn {
	Elf *elf;
	size_t index;
	Elf64_Shdr header;
	Elf_Data data;
	bool is_read, is_there;
};

struct Elf {
	const uint8_t *memory;	/* NULL: it is a file */
	int file;
	uint64_t size;
	Elf64_Ehdr header;
	Elf_Scn *sections;
	size_t count, names;
};

unsigned int elf_version(unsigned int version)
{
	return version == EV_NONE || version == EV_CURRENT ? EV_CURRENT : EV_NONE;
}

const char *elf_errmsg(int error)
{
	(void)error;
	return "no 64-bit ELF file, or it is damaged";
}

static bool is_inside(const Elf *elf, uint64_t offset, uint64_t length)
{
	return offset <= elf->size && length <= elf->size - offset;
}

static bool read_at(const Elf *elf, void *to, uint64_t offset, uint64_t length)
{
	uint8_t *next = to;

	if (!is_inside(elf, offset, length))
		return false;
	if (elf->memory) {
		memcpy(to, elf->memory + offset, length);
		return true;
	}
	while (length) {
		const ssize_t got = pread(elf->file, next, length, (off_t)offset);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		next += got;
		offset += (uint64_t)got;
		length -= (uint64_t)got;
	}
	return true;
}

static bool read_header(Elf *elf)
{
	const Elf64_Ehdr *header = &elf->header;

	return read_at(elf, &elf->header, 0, sizeof(elf->header)) &&
	       !memcmp(header->e_ident, ELFMAG, SELFMAG) &&
	       header->e_ident[EI_CLASS] == ELFCLASS64 && header->e_ident[EI_DATA] == ELFDATA2LSB &&
	       (!header->e_shoff || header->e_shentsize == sizeof(Elf64_Shdr)) &&
	       (!header->e_phnum || header->e_phentsize == sizeof(Elf64_Phdr));
}

/* How many there are and which holds their names: too large numbers stand in the first section (elf(5), e_shnum). */
static bool count_sections(Elf *elf)
{
	Elf64_Shdr first;

	if (!elf->header.e_shoff)
		return true;
	if (!read_at(elf, &first, elf->header.e_shoff, sizeof(first)))
		return false;
	elf->count = elf->header.e_shnum ? elf->header.e_shnum : first.sh_size;
	elf->names = elf->header.e_shstrndx == SHN_XINDEX ? first.sh_link : elf->header.e_shstrndx;
	return elf->count <= elf->size / sizeof(Elf64_Shdr);
}

static bool read_sections(Elf *elf)
{
	if (!count_sections(elf))
		return false;
	elf->sections = calloc(elf->count + 1, sizeof(*elf->sections));
	if (!elf->sections)
		return false;
	for (size_t i = 0; i < elf->count; i++) {
		Elf_Scn *section = &elf->sections[i];

		if (!read_at(elf, &section->header,
			     elf->header.e_shoff + i * sizeof(section->header),
			     sizeof(section->header)))
			return false;
		section->elf = elf;
		section->index = i;
	}
	return true;
}

static Elf *open_elf(const uint8_t *memory, int file, uint64_t size)
{
	Elf *elf = calloc(1, sizeof(*elf));

	if (!elf)
		return NULL;
	elf->memory = memory;
	elf->file = file;
	elf->size = size;
	if (read_header(elf) && read_sections(elf))
		return elf;
	elf_end(elf);
	return NULL;
}

Elf *elf_memory(char *image, size_t size)
{
	return open_elf((const uint8_t *)image, -1, size);
}

Elf *elf_begin(int file, Elf_Cmd command, Elf *reference)
{
	const off_t size = lseek(file, 0, SEEK_END);

	(void)reference;
	if (size <= 0 || (command != ELF_C_READ && command != ELF_C_READ_MMAP))
		return NULL;
	return open_elf(NULL, file, (uint64_t)size);
}

int elf_end(Elf *elf)
{
	if (!elf)
		return 0;
	for (size_t i = 0; elf->sections && i < elf->count; i++)
		free(elf->sections[i].data.d_buf);
	free(elf->sections);
	free(elf);
	return 0;
}

Elf_Kind elf_kind(Elf *elf)
{
	return elf ? ELF_K_ELF : ELF_K_NONE;
}

int gelf_getclass(Elf *elf)
{
	return elf ? ELFCLASS64 : ELFCLASSNONE;
}

Elf64_Ehdr *elf64_getehdr(Elf *elf)
{
	return elf ? &elf->header : NULL;
}

GElf_Ehdr *gelf_getehdr(Elf *elf, GElf_Ehdr *to)
{
	if (!elf)
		return NULL;
	*to = elf->header;
	return to;
}

int elf_getshdrnum(Elf *elf, size_t *count)
{
	*count = elf->count;
	return 0;
}

int elf_getshdrstrndx(Elf *elf, size_t *index)
{
	*index = elf->names;
	return 0;
}

int elf_getphdrnum(Elf *elf, size_t *count)
{
	*count = elf->header.e_phnum;
	return 0;
}

Elf_Scn *elf_getscn(Elf *elf, size_t index)
{
	return elf && index < elf->count ? &elf->sections[index] : NULL;
}

Elf_Scn *elf_nextscn(Elf *elf, Elf_Scn *section)
{
	return elf_getscn(elf, section ? section->index + 1 : 1);
}

size_t elf_ndxscn(Elf_Scn *section)
{
	return section ? section->index : SHN_UNDEF;
}

Elf64_Shdr *elf64_getshdr(Elf_Scn *section)
{
	return section ? &section->header : NULL;
}

GElf_Shdr *gelf_getshdr(Elf_Scn *section, GElf_Shdr *to)
{
	if (!section)
		return NULL;
	*to = section->header;
	return to;
}

static Elf_Type type_of(uint32_t section_type)
{
	switch (section_type) {
	case SHT_SYMTAB:
	case SHT_DYNSYM:
		return ELF_T_SYM;
	case SHT_REL:
		return ELF_T_REL;
	case SHT_NOTE:
		return ELF_T_NHDR;
	default:
		return ELF_T_BYTE;
	}
}

/* What a section holds, read once; without bytes for one that has none in the file. */
static bool read_section(Elf_Scn *section)
{
	const Elf64_Shdr *header = &section->header;
	Elf_Data *data = &section->data;

	data->d_type = type_of(header->sh_type);
	data->d_version = EV_CURRENT;
	data->d_size = header->sh_size;
	data->d_align = header->sh_addralign;
	if (header->sh_type == SHT_NOBITS || header->sh_type == SHT_NULL || !header->sh_size)
		return true;
	if (header->sh_size > MAX_SECTION ||
	    !is_inside(section->elf, header->sh_offset, header->sh_size))
		return false;
	data->d_buf = malloc(header->sh_size);
	return data->d_buf &&
	       read_at(section->elf, data->d_buf, header->sh_offset, header->sh_size);
}

/* A section has one piece of data: there is none behind `before`. */
Elf_Data *elf_getdata(Elf_Scn *section, Elf_Data *before)
{
	if (!section || before)
		return NULL;
	if (!section->is_read) {
		section->is_there = read_section(section);
		section->is_read = true;
	}
	return section->is_there ? &section->data : NULL;
}

Elf_Data *elf_rawdata(Elf_Scn *section, Elf_Data *before)
{
	return elf_getdata(section, before);
}

char *elf_strptr(Elf *elf, size_t index, size_t offset)
{
	Elf_Scn *section = elf_getscn(elf, index);
	const Elf_Data *data;

	if (!section || section->header.sh_type != SHT_STRTAB)
		return NULL;
	data = elf_getdata(section, NULL);
	if (!data || !data->d_buf || offset >= data->d_size ||
	    !memchr((char *)data->d_buf + offset, 0, data->d_size - offset))
		return NULL;
	return (char *)data->d_buf + offset;
}

GElf_Phdr *gelf_getphdr(Elf *elf, int index, GElf_Phdr *to)
{
	if (!elf || index < 0 || index >= elf->header.e_phnum ||
	    elf->header.e_phoff > elf->size ||
	    !read_at(elf, to, elf->header.e_phoff + (uint64_t)index * sizeof(*to), sizeof(*to)))
		return NULL;
	return to;
}

GElf_Sym *gelf_getsym(Elf_Data *data, int index, GElf_Sym *to)
{
	if (!data || !data->d_buf || index < 0 || (size_t)index >= data->d_size / sizeof(*to))
		return NULL;
	memcpy(to, (char *)data->d_buf + (size_t)index * sizeof(*to), sizeof(*to));
	return to;
}

/* Name and description begin at multiples of four. */
static uint64_t aligned(uint64_t size)
{
	return (size + 3) & ~3ULL;
}

size_t gelf_getnote(Elf_Data *data, size_t offset, GElf_Nhdr *to, size_t *name, size_t *description)
{
	uint64_t end;

	if (!data || !data->d_buf || offset > data->d_size || data->d_size - offset < sizeof(*to))
		return 0;
	memcpy(to, (char *)data->d_buf + offset, sizeof(*to));
	*name = offset + sizeof(*to);
	*description = *name + aligned(to->n_namesz);
	end = (uint64_t)*description + aligned(to->n_descsz);
	/* The last one may lack its padding. */
	if ((uint64_t)*description + to->n_descsz > data->d_size)
		return 0;
	return end > data->d_size ? data->d_size : end;
}
