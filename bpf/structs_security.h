/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Readers of what security policies watch: credentials, capabilities, BPF programs and maps, perf events, modules. A part of
 * structs.h.
 */
#ifndef TRIGON_STRUCTS_SECURITY_H
#define TRIGON_STRUCTS_SECURITY_H

#include "kernel_security.h"
#include "value.h"

/* Longest name of a probed function or path of a probed program in a perf_event_attr that is read. */
#define PROBE_NAME_MAX 256

static __always_inline void fill_user_namespace(struct tg_user_namespace_body *body, struct user_namespace *namespace)
{
	body->level = READ_FIELD(namespace, level);
	body->owner = READ_FIELD(namespace, owner.val);
	body->group = READ_FIELD(namespace, group.val);
	body->inode = READ_FIELD(namespace, ns.inum);
}

static __always_inline bool read_user_namespace(struct value *value, struct user_namespace *namespace)
{
	fill_user_namespace((struct tg_user_namespace_body *)value->body, namespace);
	value->head.size = sizeof(struct tg_user_namespace_body);
	return true;
}

static __always_inline bool read_cred(struct value *value, struct cred *cred)
{
	struct tg_cred_body *body = (struct tg_cred_body *)value->body;

	body->uid = READ_FIELD(cred, uid.val);
	body->gid = READ_FIELD(cred, gid.val);
	body->euid = READ_FIELD(cred, euid.val);
	body->egid = READ_FIELD(cred, egid.val);
	body->suid = READ_FIELD(cred, suid.val);
	body->sgid = READ_FIELD(cred, sgid.val);
	body->fsuid = READ_FIELD(cred, fsuid.val);
	body->fsgid = READ_FIELD(cred, fsgid.val);
	body->securebits = READ_FIELD(cred, securebits);
	body->pad = 0;
	body->permitted = read_capabilities(&cred->cap_permitted);
	body->effective = read_capabilities(&cred->cap_effective);
	body->inheritable = read_capabilities(&cred->cap_inheritable);
	fill_user_namespace(&body->user_namespace, READ_FIELD(cred, user_ns));
	value->head.size = sizeof(*body);
	return true;
}

/* The set that `type` asks for out of what capset(2) takes: two structs, the first has the low words. The oldest version of the
 * call has only the first; it comes into play where no second one is there. */
static __always_inline bool read_user_capabilities(struct value *value, __u32 type, __u64 pointer)
{
	struct __user_cap_data_struct data[2] = {};

	if (!read_memory(data, sizeof(data), pointer, true) && !read_memory(data, sizeof(data[0]), pointer, true))
		return false;
	if (type == TG_TYPE_CAP_PERMITTED)
		value->head.number = (__u64)data[1].permitted << 32 | data[0].permitted;
	else if (type == TG_TYPE_CAP_INHERITABLE)
		value->head.number = (__u64)data[1].inheritable << 32 | data[0].inheritable;
	else
		value->head.number = (__u64)data[1].effective << 32 | data[0].effective;
	return true;
}

static __always_inline bool read_capability_set(struct value *value, __u32 type, __u64 pointer, bool user)
{
	if (user)
		return read_user_capabilities(value, type, pointer);
	value->head.number = read_capabilities((const kernel_cap_t *)pointer);
	return true;
}

/* The attributes of BPF_PROG_LOAD. */
static __always_inline bool read_bpf_program_attributes(struct value *value, __u64 attributes, bool user)
{
	struct tg_bpf_program_body *body = (struct tg_bpf_program_body *)value->body;

	value->head.size = sizeof(*body);
	return read_memory(&body->type, sizeof(body->type), attributes + offsetof(union bpf_attr, prog_type), user) &&
	       read_memory(&body->instructions, sizeof(body->instructions), attributes + offsetof(union bpf_attr, insn_cnt), user) &&
	       read_memory(body->name, sizeof(body->name), attributes + offsetof(union bpf_attr, prog_name), user);
}

static __always_inline bool read_bpf_program(struct value *value, struct bpf_prog *program)
{
	struct tg_bpf_program_body *body = (struct tg_bpf_program_body *)value->body;
	struct bpf_prog_aux *aux = READ_FIELD(program, aux);

	body->type = READ_FIELD(program, type);
	body->instructions = READ_FIELD(program, len);
	__builtin_memset(body->name, 0, sizeof(body->name));
	read_small(body->name, sizeof(body->name), &aux->name);
	value->head.size = sizeof(*body);
	return true;
}

/* The attributes of BPF_MAP_CREATE. */
static __always_inline bool read_bpf_map_attributes(struct value *value, __u64 attributes)
{
	struct tg_bpf_map_body *body = (struct tg_bpf_map_body *)value->body;

	value->head.size = sizeof(*body);
	/* Type, sizes and entries stand at the beginning, in the order of the body. */
	return read_memory(body, offsetof(struct tg_bpf_map_body, name), attributes, true) &&
	       read_memory(body->name, sizeof(body->name), attributes + offsetof(union bpf_attr, map_name), true);
}

static __always_inline bool read_bpf_map(struct value *value, struct bpf_map *map)
{
	struct tg_bpf_map_body *body = (struct tg_bpf_map_body *)value->body;

	body->type = READ_FIELD(map, map_type);
	body->key_size = READ_FIELD(map, key_size);
	body->value_size = READ_FIELD(map, value_size);
	body->max_entries = READ_FIELD(map, max_entries);
	__builtin_memset(body->name, 0, sizeof(body->name));
	read_small(body->name, sizeof(body->name), &map->name);
	value->head.size = sizeof(*body);
	return true;
}

/* The attributes of an event, in the process's memory or in the kernel's copy. Types that the kernel numbers when it starts are
 * those of its devices and probes: of a probe, config1 points to the function's name (or the program's path) in the process's
 * memory, and config2 is the offset. Elsewhere config1 and config2 mean other things. */
static __always_inline bool read_perf_attributes(struct value *value, __u64 attributes, bool user)
{
	struct tg_perf_event_body *body = (struct tg_perf_event_body *)value->body;
	char *name = value->body + sizeof(*body);
	__u64 config1;
	long length;

	__builtin_memset(body, 0, sizeof(*body));
	value->head.size = sizeof(*body);
	if (!read_memory(&body->type, sizeof(body->type), attributes + offsetof(struct perf_event_attr, type), user) ||
	    !read_memory(&body->config, sizeof(body->config), attributes + offsetof(struct perf_event_attr, config), user))
		return false;
	if (body->type < PERF_TYPE_MAX)
		return true;
	if (!read_memory(&config1, sizeof(config1), attributes + offsetof(struct perf_event_attr, config1), user) ||
	    !read_memory(&body->probe_offset, sizeof(body->probe_offset), attributes + offsetof(struct perf_event_attr, config2), user))
		return false;
	/* A kprobe by address has no name. */
	if (!config1)
		return true;
	length = bpf_probe_read_user_str(name, PROBE_NAME_MAX, (void *)config1);
	if (length > 0)
		value->head.size += length - 1;
	return true;
}

static __always_inline bool read_module(struct value *value, struct module *module)
{
	struct tg_module_body *body = (struct tg_module_body *)value->body;
	long length;

	/* A kernel without modules has no such type. */
	if (!bpf_core_field_exists(module->taints))
		return false;
	__builtin_memset(body, 0, sizeof(*body));
	body->taints = READ_FIELD(module, taints);
	length = read_kernel_text(value->body + sizeof(*body), sizeof(module->name), &module->name);
	value->head.size = sizeof(*body) + (length > 0 ? length - 1 : 0);
	return true;
}

static __always_inline bool read_load_info(struct value *value, struct load_info *info)
{
	struct tg_module_body *body = (struct tg_module_body *)value->body;
	struct module *module;
	long length;

	if (!bpf_core_type_exists(struct load_info))
		return false;
	__builtin_memset(body, 0, sizeof(*body));
	module = READ_FIELD(info, mod);
	body->taints = READ_FIELD(module, taints);
	if (bpf_core_field_exists(info->sig_ok)) {
		body->has_signature = 1;
		body->signature_ok = READ_FIELD(info, sig_ok);
	}
	length = read_kernel_text(value->body + sizeof(*body), sizeof(module->name), READ_FIELD(info, name));
	value->head.size = sizeof(*body) + (length > 0 ? length - 1 : 0);
	return true;
}

#endif
