/* SPDX-License-Identifier: Apache-2.0 */
/* Maps: their shape, single elements, the list of keys, and all entries in batches. */
#include "map.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>

#include "arguments.h"
#include "error.h"
#include "handle.h"
#include "memory.h"
#include "result.h"

/* The kernel rounds each CPU's value up to this when it copies a per-CPU element. */
#define CPU_VALUE_ALIGN 8
#define FIRST_KEYS 64
/* Entries asked for at once: enough that the system call's cost doesn't count, and few bytes. */
#define BATCH_ENTRIES 256u
/* What all entries of a map together may take; what is more is refused, not cut. */
#define ENTRIES_BYTES_MAX (64u << 20)
/* The kernel's own "not supported", which no libc knows (include/linux/errno.h). */
#define KERNEL_ENOTSUPP 524

static void map_dispose(void *structure)
{
	struct map *map = structure;

	part_release(&map->part);
	free(map->part.name);
	free(map);
}

static const struct handle_kind map_kind = {
	.tag = { 0x7472696766f5a003, 0x9b1c0b5e2f5d4a03 },
	.what = "BPF map",
	.dispose = map_dispose,
};

static bool is_per_cpu(uint32_t type)
{
	return type == BPF_MAP_TYPE_PERCPU_HASH || type == BPF_MAP_TYPE_PERCPU_ARRAY ||
	       type == BPF_MAP_TYPE_LRU_PERCPU_HASH || type == BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE;
}

/* 0, or a negative error. */
static int map_measure(struct map *map)
{
	struct bpf_map_info info = { 0 };
	__u32 size = sizeof(info);
	int cpus;

	if (bpf_obj_get_info_by_fd(bpf_map__fd(map->bpf), &info, &size))
		return -errno;
	map->shape.type = info.type;
	map->shape.key_size = info.key_size;
	map->shape.value_size = info.value_size;
	map->shape.max_entries = info.max_entries;
	map->element_size = info.value_size;
	if (!is_per_cpu(info.type))
		return 0;

	cpus = libbpf_num_possible_cpus();
	if (cpus < 0)
		return cpus;
	map->element_size = (size_t)cpus *
			    (((size_t)info.value_size + CPU_VALUE_ALIGN - 1) & ~(CPU_VALUE_ALIGN - 1ul));
	return 0;
}

static napi_value map_open(napi_env env, napi_callback_info info)
{
	napi_value values[2];
	char name[NAME_BYTES];
	struct object *object;
	struct bpf_map *found;
	struct map *map;
	int error;

	if (!read_arguments(env, info, 2, values) ||
	    !(object = object_read_loaded(env, values[0], "open map")) ||
	    !read_name(env, values[1], "the map name", name) ||
	    !(found = object_map(env, object, "open map", name)))
		return NULL;

	map = calloc(1, sizeof(*map));
	if (!map || !part_join(&map->part, object, name, NULL)) {
		free(map);
		return throw_failure(env, ENOMEM, NULL, "open map '%s'", name);
	}
	map->bpf = found;
	error = map_measure(map);
	if (error) {
		map_dispose(map);
		return throw_failure(env, error, NULL, "open map '%s'", name);
	}
	return handle_create(env, &map_kind, map, values[0]);
}

struct map *map_read(napi_env env, napi_value value, const char *operation)
{
	struct map *map = handle_read(env, value, &map_kind);

	if (map && !map->part.owner) {
		throw_failure(env, EBADF, NULL, "%s: the object of map '%s' is closed", operation,
			      map->part.name);
		return NULL;
	}
	return map;
}

static napi_value map_describe(napi_env env, napi_callback_info info)
{
	napi_value values[1], result;
	struct map *map;

	if (!read_arguments(env, info, 1, values) ||
	    !(map = map_read(env, values[0], "describe map")) ||
	    !succeeded(env, napi_create_object(env, &result)) ||
	    !set_u32(env, result, "type", map->shape.type) ||
	    !set_u32(env, result, "keySize", map->shape.key_size) ||
	    !set_u32(env, result, "valueSize", map->shape.value_size) ||
	    !set_u32(env, result, "maxEntries", map->shape.max_entries))
		return NULL;
	return result;
}

static napi_value map_memory(napi_env env, napi_callback_info info)
{
	napi_value values[1], result;
	struct map *map;
	uint64_t bytes;
	int error;

	if (!read_arguments(env, info, 1, values) ||
	    !(map = map_read(env, values[0], "measure map")))
		return NULL;
	error = kernel_memory(bpf_map__fd(map->bpf), &bytes);
	if (error)
		return throw_failure(env, error, NULL, "memory of map '%s'", map->part.name);
	if (!succeeded(env, napi_create_double(env, (double)bytes, &result)))
		return NULL;
	return result;
}

static napi_value map_get(napi_env env, napi_callback_info info)
{
	napi_value values[2], buffer, result;
	struct bytes key;
	struct map *map;
	void *element;
	int error;

	if (!read_arguments(env, info, 2, values) || !(map = map_read(env, values[0], "get")) ||
	    !read_element(env, values[1], "a key", map->part.name, map->shape.key_size, &key) ||
	    !succeeded(env, napi_create_arraybuffer(env, map->element_size, &element, &buffer)))
		return NULL;

	error = bpf_map_lookup_elem(bpf_map__fd(map->bpf), key.data, element);
	if (error == -ENOENT)
		return NULL;
	if (error)
		return throw_failure(env, error, NULL, "get from map '%s'", map->part.name);
	if (!succeeded(env, napi_create_typedarray(env, napi_uint8_array, map->element_size, buffer, 0,
						   &result)))
		return NULL;
	return result;
}

static napi_value map_set(napi_env env, napi_callback_info info)
{
	napi_value values[4];
	struct bytes key, element;
	struct map *map;
	uint32_t flags;
	int error;

	if (!read_arguments(env, info, 4, values) || !(map = map_read(env, values[0], "set")) ||
	    !read_element(env, values[1], "a key", map->part.name, map->shape.key_size, &key) ||
	    !read_element(env, values[2], "a value", map->part.name, map->element_size, &element) ||
	    !read_u32(env, values[3], "the flags", &flags))
		return NULL;

	error = bpf_map_update_elem(bpf_map__fd(map->bpf), key.data, element.data, flags);
	if (error)
		return throw_failure(env, error, NULL, "set in map '%s'", map->part.name);
	return NULL;
}

static napi_value map_delete(napi_env env, napi_callback_info info)
{
	napi_value values[2], result;
	struct bytes key;
	struct map *map;
	int error;

	if (!read_arguments(env, info, 2, values) || !(map = map_read(env, values[0], "delete")) ||
	    !read_element(env, values[1], "a key", map->part.name, map->shape.key_size, &key))
		return NULL;

	error = bpf_map_delete_elem(bpf_map__fd(map->bpf), key.data);
	if (error && error != -ENOENT)
		return throw_failure(env, error, NULL, "delete from map '%s'", map->part.name);
	if (!succeeded(env, napi_get_boolean(env, !error, &result)))
		return NULL;
	return result;
}

struct keys {
	uint8_t *data;
	size_t length;
	size_t room;
};

/*
 * Walks the map; 0 or a negative error, and `keys` is to be freed either way. When another thread or
 * a program deletes the key the walk stands on, the kernel starts over: hence the bound.
 */
static int collect_keys(const struct map *map, uint32_t at_most, struct keys *keys)
{
	const size_t size = map->shape.key_size;
	const int fd = bpf_map__fd(map->bpf);
	const uint8_t *last = NULL;

	if (!size)
		return -EINVAL;
	for (uint32_t count = 0; count < at_most; count++) {
		int error;

		if (keys->room - keys->length < size) {
			size_t room = keys->room ? 2 * keys->room : FIRST_KEYS * size;
			uint8_t *data = realloc(keys->data, room);

			if (!data)
				return -ENOMEM;
			keys->data = data;
			keys->room = room;
			last = keys->length ? data + keys->length - size : NULL;
		}
		error = bpf_map_get_next_key(fd, last, keys->data + keys->length);
		if (error == -ENOENT)
			return 0;
		if (error)
			return error;
		last = keys->data + keys->length;
		keys->length += size;
	}
	return 0;
}

/* All keys in one ArrayBuffer: cutting it up is cheaper in JS than a typed array each from here. */
static napi_value map_keys(napi_env env, napi_callback_info info)
{
	struct keys keys = { 0 };
	napi_value values[1], buffer = NULL;
	struct map *map;
	void *data;
	int error;

	if (!read_arguments(env, info, 1, values) || !(map = map_read(env, values[0], "list keys")))
		return NULL;

	error = collect_keys(map, map->shape.max_entries, &keys);
	if (error)
		throw_failure(env, error, NULL, "list the keys of map '%s'", map->part.name);
	else if (succeeded(env, napi_create_arraybuffer(env, keys.length, &data, &buffer)) &&
		 keys.length)
		memcpy(data, keys.data, keys.length);
	free(keys.data);
	return error ? NULL : buffer;
}

/* Keys and values apart, as the kernel writes them; the same number of both. */
struct entries {
	uint8_t *keys;
	uint8_t *values;
	uint32_t count;
	uint32_t room;
};

static void entries_free(struct entries *entries)
{
	free(entries->keys);
	free(entries->values);
}

/* Makes room for `more` entries behind those that are there; 0 or a negative error. */
static int entries_grow(const struct map *map, struct entries *entries, uint32_t more)
{
	const uint64_t needed = (uint64_t)entries->count + more;
	uint64_t room = entries->room;
	uint8_t *data;

	if (needed <= room)
		return 0;
	room = needed > 2 * room ? needed : 2 * room;
	if (room > UINT32_MAX || room * (map->shape.key_size + map->element_size) > ENTRIES_BYTES_MAX)
		room = needed;
	if (room > UINT32_MAX || room * (map->shape.key_size + map->element_size) > ENTRIES_BYTES_MAX)
		return -E2BIG;
	data = realloc(entries->keys, room * map->shape.key_size);
	if (!data)
		return -ENOMEM;
	entries->keys = data;
	data = realloc(entries->values, room * map->element_size);
	if (!data)
		return -ENOMEM;
	entries->values = data;
	entries->room = (uint32_t)room;
	return 0;
}

/*
 * One system call for each key and each value: what every kernel and every type of map can. An entry
 * that goes away in between is left out.
 */
static int collect_singly(const struct map *map, uint32_t at_most, struct entries *entries)
{
	const size_t key_size = map->shape.key_size;
	const int fd = bpf_map__fd(map->bpf);
	struct keys keys = { 0 };
	int error = collect_keys(map, at_most, &keys);

	for (size_t at = 0; !error && at < keys.length; at += key_size) {
		error = entries_grow(map, entries, 1);
		if (error)
			break;
		memcpy(entries->keys + entries->count * key_size, keys.data + at, key_size);
		error = bpf_map_lookup_elem(fd, keys.data + at,
					    entries->values + entries->count * map->element_size);
		if (!error)
			entries->count++;
		else if (error == -ENOENT)
			error = 0;
	}
	free(keys.data);
	return error;
}

/*
 * Whether the kernel may have said that it has no batches: none at all (before Linux 5.6: a command
 * it doesn't know), none for this type (per-CPU arrays before 5.13, program arrays), or that it gave
 * up because entries kept going away under it (before 6.2, kernel/bpf/syscall.c:
 * generic_map_lookup_batch). A lookup one by one says what is really wrong otherwise.
 */
static bool wants_singly(int error)
{
	return error == -KERNEL_ENOTSUPP || error == -EOPNOTSUPP || error == -EINVAL || error == -EINTR;
}

/*
 * Reads up to `at_most` entries; 0 or a negative error, and `entries` is to be freed either way. The
 * kernel copies a hash map bucket by bucket, and says ENOSPC when the next one alone has more entries
 * than were asked for.
 *
 * `position` has room for two: the kernel writes where it stands, a key or, of a hash map, 4 bytes.
 */
static int collect_batches(const struct map *map, uint32_t at_most, struct entries *entries,
			   uint8_t *position, size_t position_size)
{
	const int fd = bpf_map__fd(map->bpf);
	uint32_t wanted = at_most < BATCH_ENTRIES ? at_most : BATCH_ENTRIES;
	uint8_t *from = NULL, *to = position;

	while (entries->count < at_most) {
		uint32_t count = wanted;
		int error = entries_grow(map, entries, count);

		if (error)
			return error;
		error = bpf_map_lookup_batch(fd, from, to,
					     entries->keys + (size_t)entries->count * map->shape.key_size,
					     entries->values + (size_t)entries->count * map->element_size,
					     &count, NULL);
		/* The kernel leaves `count` alone when it refuses at once: it counts only where it is told. */
		if (error == -ENOSPC && wanted <= UINT32_MAX / 2) {
			wanted *= 2;
			continue;
		}
		if (error && error != -ENOENT)
			return error;
		if (count > wanted)
			return -EIO;
		entries->count += count;
		if (error == -ENOENT || !count)
			break;
		from = to;
		to = from == position ? position + position_size : position;
	}
	if (entries->count > at_most)
		entries->count = at_most;
	return 0;
}

static int collect_entries(const struct map *map, uint32_t at_most, struct entries *entries)
{
	const size_t position_size = map->shape.key_size < sizeof(uint32_t) ? sizeof(uint32_t) :
									       map->shape.key_size;
	uint8_t *position;
	int error;

	if (!map->shape.key_size || !map->element_size)
		return -EINVAL;
	if (at_most > map->shape.max_entries)
		at_most = map->shape.max_entries;
	if (!at_most)
		return 0;
	position = calloc(2, position_size);
	if (!position)
		return -ENOMEM;
	error = collect_batches(map, at_most, entries, position, position_size);
	free(position);
	if (!error || !wants_singly(error))
		return error;
	entries->count = 0;
	return collect_singly(map, at_most, entries);
}

static bool set_copy(napi_env env, napi_value object, const char *key, const uint8_t *data, size_t length)
{
	napi_value buffer;
	void *copy;

	if (!succeeded(env, napi_create_arraybuffer(env, length, &copy, &buffer)))
		return false;
	if (length)
		memcpy(copy, data, length);
	return succeeded(env, napi_set_named_property(env, object, key, buffer));
}

/* All keys in one ArrayBuffer and all values in another, as map_keys does. */
static napi_value map_entries(napi_env env, napi_callback_info info)
{
	struct entries entries = { 0 };
	napi_value values[2], result;
	struct map *map;
	uint32_t at_most;
	int error;

	if (!read_arguments(env, info, 2, values) || !(map = map_read(env, values[0], "list entries")) ||
	    !read_u32(env, values[1], "the number of entries", &at_most))
		return NULL;

	error = collect_entries(map, at_most, &entries);
	if (error)
		throw_failure(env, error, NULL, "list the entries of map '%s'", map->part.name);
	if (error || !succeeded(env, napi_create_object(env, &result)) ||
	    !set_copy(env, result, "keys", entries.keys, (size_t)entries.count * map->shape.key_size) ||
	    !set_copy(env, result, "values", entries.values, entries.count * map->element_size))
		result = NULL;
	entries_free(&entries);
	return result;
}

napi_status map_define(napi_env env, napi_value exports)
{
	const napi_property_descriptor functions[] = {
		{ .utf8name = "mapOpen", .method = map_open },
		{ .utf8name = "mapDescribe", .method = map_describe },
		{ .utf8name = "mapMemory", .method = map_memory },
		{ .utf8name = "mapGet", .method = map_get },
		{ .utf8name = "mapSet", .method = map_set },
		{ .utf8name = "mapDelete", .method = map_delete },
		{ .utf8name = "mapKeys", .method = map_keys },
		{ .utf8name = "mapEntries", .method = map_entries },
	};

	return napi_define_properties(env, exports, sizeof(functions) / sizeof(functions[0]),
				      functions);
}
