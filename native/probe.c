/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Trying what the kernel allows: tiny programs from raw instructions, loaded, where asked attached
 * for a moment, and gone again before the call returns. No handle is made, so nothing can be left
 * behind. A refusal is a result here, no exception: it is what the caller wants to know.
 */
#include "probe.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "arguments.h"
#include "error.h"
#include "probe_attach.h"
#include "result.h"

#define LOG_BYTES (64 * 1024)
#define INSTRUCTIONS_MAX 64

struct probe {
	uint32_t type;
	uint32_t attach_type;
	uint32_t btf_id;
	uint32_t map_type;	/* 0: the program uses no map */
	bool sleepable;
	struct bpf_insn instructions[INSTRUCTIONS_MAX];
	size_t count;
	struct attachment attachment;
};

static bool get(napi_env env, napi_value object, const char *key, napi_value *value)
{
	return succeeded(env, napi_get_named_property(env, object, key, value));
}

static bool get_u32(napi_env env, napi_value object, const char *key, uint32_t *number)
{
	napi_value value;

	return get(env, object, key, &value) && read_u32(env, value, key, number);
}

/* The text of an optional property; "" when it is undefined. */
static bool get_text(napi_env env, napi_value object, const char *key, char text[NAME_BYTES])
{
	napi_valuetype type;
	napi_value value;

	text[0] = '\0';
	if (!get(env, object, key, &value) || !succeeded(env, napi_typeof(env, value, &type)))
		return false;
	return type == napi_undefined || read_name(env, value, key, text);
}

static bool read_instructions(napi_env env, napi_value request, struct probe *probe)
{
	struct bytes bytes;
	napi_value value;

	if (!get(env, request, "instructions", &value) ||
	    !read_bytes(env, value, "the instructions", &bytes))
		return false;
	probe->count = bytes.length / sizeof(struct bpf_insn);
	if (!probe->count || probe->count > INSTRUCTIONS_MAX ||
	    bytes.length % sizeof(struct bpf_insn)) {
		throw_argument(env, "a program has 1 to %d instructions of 8 bytes", INSTRUCTIONS_MAX);
		return false;
	}
	memcpy(probe->instructions, bytes.data, bytes.length);
	return true;
}

static bool read_probe(napi_env env, napi_value request, struct probe *probe)
{
	struct attachment *attachment = &probe->attachment;
	uint32_t perf_config;
	napi_value sleepable;

	if (!get_u32(env, request, "type", &probe->type) ||
	    !get_u32(env, request, "attachType", &probe->attach_type) ||
	    !get_u32(env, request, "btfId", &probe->btf_id) ||
	    !get_u32(env, request, "mapType", &probe->map_type) ||
	    !get(env, request, "sleepable", &sleepable) ||
	    !read_bool(env, sleepable, "sleepable", &probe->sleepable) ||
	    !read_instructions(env, request, probe) ||
	    !get_text(env, request, "attach", attachment->way) ||
	    !get_text(env, request, "target", attachment->target) ||
	    !get_u32(env, request, "perfType", &attachment->perf_type) ||
	    !get_u32(env, request, "perfConfig", &perf_config) ||
	    !get_u32(env, request, "offset", &attachment->offset))
		return false;
	attachment->perf_config = perf_config;
	attachment->attach_type = probe->attach_type;
	return true;
}

/*
 * The BTF of `int`: local storage maps must say the types of their keys and values
 * (bpf_local_storage_map_check_btf in kernel/bpf/bpf_local_storage.c).
 */
static int load_int_btf(void)
{
	static const char names[] = "\0int";
	const struct {
		struct btf_header header;
		struct btf_type type;
		__u32 encoding;
		char names[sizeof(names)];
	} raw = {
		.header = {
			.magic = BTF_MAGIC,
			.version = BTF_VERSION,
			.hdr_len = sizeof(struct btf_header),
			.type_len = sizeof(struct btf_type) + sizeof(__u32),
			.str_off = sizeof(struct btf_type) + sizeof(__u32),
			.str_len = sizeof(names),
		},
		.type = { .name_off = 1, .info = BTF_KIND_INT << 24, .size = sizeof(int) },
		.encoding = BTF_INT_SIGNED << 24 | 8 * sizeof(int),
		.names = "\0int",
	};

	return bpf_btf_load(&raw, offsetof(__typeof__(raw), names) + sizeof(names), NULL);
}

static int create_storage(enum bpf_map_type type)
{
	const int btf = load_int_btf();
	LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = BPF_F_NO_PREALLOC,
		    .btf_fd = (__u32)btf, .btf_key_type_id = 1, .btf_value_type_id = 1);
	int map, error;

	if (btf < 0)
		return -errno;
	map = bpf_map_create(type, "trigon_probe", sizeof(int), sizeof(int), 0, &options);
	error = errno;
	close(btf);
	return map < 0 ? -error : map;
}

/* The smallest map of a type; its descriptor or a negative errno. */
static int create_map(enum bpf_map_type type)
{
	int map;

	switch (type) {
	case BPF_MAP_TYPE_TASK_STORAGE:
	case BPF_MAP_TYPE_INODE_STORAGE:
		return create_storage(type);
	case BPF_MAP_TYPE_RINGBUF:
		map = bpf_map_create(type, "trigon_probe", 0, 0, (__u32)sysconf(_SC_PAGESIZE), NULL);
		break;
	case BPF_MAP_TYPE_STACK_TRACE:
		map = bpf_map_create(type, "trigon_probe", sizeof(__u32), sizeof(__u64), 1, NULL);
		break;
	default:
		map = bpf_map_create(type, "trigon_probe", sizeof(__u32), sizeof(__u32), 1, NULL);
	}
	return map < 0 ? -errno : map;
}

/* Puts the map's descriptor into the instructions that load it. */
static void set_map(struct probe *probe, int map)
{
	for (size_t i = 0; i < probe->count; i++) {
		struct bpf_insn *instruction = &probe->instructions[i];

		if (instruction->code == (BPF_LD | BPF_IMM | BPF_DW) &&
		    instruction->src_reg == BPF_PSEUDO_MAP_FD)
			instruction->imm = map;
	}
}

static int load_program(const struct probe *probe, char *log)
{
	/* Without a level libbpf asks for the log only after a failure. */
	LIBBPF_OPTS(bpf_prog_load_opts, options,
		    .expected_attach_type = probe->attach_type,
		    .attach_btf_id = probe->btf_id,
		    .prog_flags = probe->sleepable ? BPF_F_SLEEPABLE : 0,
		    .log_buf = log, .log_size = LOG_BYTES);
	int program = bpf_prog_load(probe->type, "trigon_probe", "GPL", probe->instructions,
				    probe->count, &options);

	return program < 0 ? -errno : program;
}

/* Loads and attaches; 0 or a negative errno, and the stage it came to. */
static int run_probe(struct probe *probe, char *log, const char **stage)
{
	int map = -1, program, error = 0;

	if (probe->map_type) {
		*stage = "map";
		map = create_map(probe->map_type);
		if (map < 0)
			return map;
		set_map(probe, map);
	}
	*stage = "load";
	program = load_program(probe, log);
	if (map >= 0)
		close(map);
	if (program < 0)
		return program;
	if (probe->attachment.way[0]) {
		*stage = "attach";
		error = attach_for_a_moment(program, &probe->attachment);
	}
	close(program);
	return error;
}

static napi_value try_program(napi_env env, napi_callback_info info)
{
	struct probe probe = { 0 };
	const char *stage = "";
	napi_value values[1], result = NULL;
	char *log;
	int error;

	if (!read_arguments(env, info, 1, values) || !read_probe(env, values[0], &probe))
		return NULL;
	log = calloc(1, LOG_BYTES);
	if (!log)
		return throw_failure(env, ENOMEM, NULL, "try a program");
	error = run_probe(&probe, log, &stage);
	if (!succeeded(env, napi_create_object(env, &result)) ||
	    !set_u32(env, result, "errno", (uint32_t)-error) ||
	    !set_text(env, result, "stage", stage) || !set_text(env, result, "log", log))
		result = NULL;
	free(log);
	return result;
}

static bool add_type_id(napi_env env, const struct btf *btf, napi_value name_value, napi_value ids,
			uint32_t index)
{
	char name[NAME_BYTES];
	napi_value number;
	__s32 id;

	if (!read_name(env, name_value, "a type's name", name))
		return false;
	id = btf__find_by_name_kind(btf, name, BTF_KIND_FUNC);
	if (id < 0)
		id = btf__find_by_name_kind(btf, name, BTF_KIND_TYPEDEF);
	if (id < 0)
		id = btf__find_by_name_kind(btf, name, BTF_KIND_STRUCT);
	return succeeded(env, napi_create_uint32(env, id < 0 ? 0 : (uint32_t)id, &number)) &&
	       succeeded(env, napi_set_element(env, ids, index, number));
}

/* For each name the id of the kernel's function, typedef or struct in its BTF, or 0; reads the BTF once. */
static napi_value kernel_type_ids(napi_env env, napi_callback_info info)
{
	napi_value values[1], ids, name;
	struct btf *btf;
	uint32_t count;
	bool ok = true;

	if (!read_arguments(env, info, 1, values) ||
	    !succeeded(env, napi_get_array_length(env, values[0], &count)) ||
	    !succeeded(env, napi_create_array_with_length(env, count, &ids)))
		return NULL;
	btf = btf__load_vmlinux_btf();
	if (!btf)
		return throw_failure(env, errno, NULL, "read the kernel's BTF");
	for (uint32_t i = 0; ok && i < count; i++)
		ok = succeeded(env, napi_get_element(env, values[0], i, &name)) &&
		     add_type_id(env, btf, name, ids, i);
	btf__free(btf);
	return ok ? ids : NULL;
}

napi_status probe_define(napi_env env, napi_value exports)
{
	const napi_property_descriptor functions[] = {
		{ .utf8name = "tryProgram", .method = try_program },
		{ .utf8name = "kernelTypeIds", .method = kernel_type_ids },
	};

	return napi_define_properties(env, exports, sizeof(functions) / sizeof(functions[0]),
				      functions);
}
