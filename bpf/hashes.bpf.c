// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Completes the events that wait for the hash of their file (hashed.h): loaded once for each LSM hook that needs it, and attached in
 * front of the engine's program, because the kernel runs the one attached last first.
 */
#include "hashed.h"
#include "hooks.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

const volatile __u32 fixed_site = 0;

/* IMA_MAX_DIGEST_SIZE, include/linux/ima.h */
#define MAX_DIGEST 64

struct hash_value {
	struct tg_argument head;
	__u8 digest[MAX_DIGEST];
};

/* Index: 0. Programs that sleep can't share a level's scratch; the value is filled and copied without a pause. */
static __always_inline void append_hash(struct pending *waiting, const struct hash_value *hash)
{
	__u32 at = waiting->size;

	if (at > TG_PENDING_MAX - sizeof(*hash))
		return;
	KEEP_RANGE(at);
	at &= TG_PENDING_MAX - 1;
	if (at > TG_PENDING_MAX - sizeof(*hash))
		return;
	__builtin_memcpy(&waiting->event[at], hash, sizeof(*hash));
	waiting->size = at + sizeof(*hash);
}

static __always_inline void send(struct pending *waiting, __u32 hook_number, struct tg_hook *hook)
{
	struct tg_policy_record *record = (struct tg_policy_record *)waiting->event;
	__u32 size = waiting->size, number = hook->first_selector + waiting->selector;
	struct tg_counts *count = bpf_map_lookup_elem(&counts, &number);

	KEEP_RANGE(size);
	if (size > TG_PENDING_MAX)
		return;
	record->head.size = size;
	if (emit(waiting->event, size, LOSS_POLICY_RING)) {
		if (count)
			count->posted++;
		return;
	}
	if (count)
		count->lost++;
	count_untold_event(record, waiting->event + sizeof(*record), sizeof(waiting->event) - sizeof(*record));
}

/* Sends the event of one of the site's hooks, if it has one waiting. */
static __always_inline void complete_hook(__u32 hook_number, const struct hash_value *hash)
{
	struct pending_key key = { .tid = current_tid(), .hook = hook_number };
	struct tg_hook *hook = bpf_map_lookup_elem(&hooks, &hook_number);
	struct pending *waiting = bpf_map_lookup_elem(&pending, &key);

	if (!hook || !waiting)
		return;
	append_hash(waiting, hash);
	send(waiting, hook_number, hook);
	bpf_map_delete_elem(&pending, &key);
}

static __always_inline void complete(struct file *file, void *ctx)
{
	struct tg_hashed *left = bpf_task_storage_get(&hashed, bpf_get_current_task_btf(), 0, 0);
	__u32 number = fixed_site;
	struct hash_value hash = { .head.type = TG_TYPE_IMA_HASH };
	struct tg_site *site = bpf_map_lookup_elem(&sites, &number);
	long algorithm = -1;

	if (!site || !left || left->site != number)
		return;
	left->site = 0;
	if (left->context != (__u64)ctx)
		return;
	if (file)
		algorithm = bpf_ima_file_hash(file, hash.digest, sizeof(hash.digest));
	hash.head.number = algorithm;
	if (algorithm < 0)
		hash.head.error = TG_ERROR_FAULT;
	else
		hash.head.size = sizeof(hash.digest);
	for (__u32 i = 0; i < TG_HOOKS_PER_SITE; i++) {
		if (i >= site->hook_count)
			break;
		if (site->hooks[i])
			complete_hook(site->hooks[i], &hash);
	}
}

/* Hooks whose first argument is the file; mmap_file's may be missing. */
SEC("lsm.s")
int hash_file(__u64 *ctx)
{
	complete((struct file *)ctx[0], ctx);
	return 0;
}

/* Hooks whose first argument is the program that is to be run. */
SEC("lsm.s")
int hash_program(__u64 *ctx)
{
	complete(((struct linux_binprm *)ctx[0])->file, ctx);
	return 0;
}
