/* SPDX-License-Identifier: Apache-2.0 */
/* Run times of BPF programs: the kernel measures them only while somebody holds a descriptor that asks for it. */
#include "statistics.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "arguments.h"
#include "error.h"
#include "handle.h"

struct statistics {
	int fd;	/* -1 once closed */
};

static void statistics_close(struct statistics *statistics)
{
	if (statistics->fd >= 0)
		close(statistics->fd);
	statistics->fd = -1;
}

static void statistics_dispose(void *structure)
{
	statistics_close(structure);
	free(structure);
}

static const struct handle_kind statistics_kind = {
	.tag = { 0x7472696766f5a005, 0x9b1c0b5e2f5d4a05 },
	.what = "run time statistics",
	.dispose = statistics_dispose,
};

static napi_value statistics_enable(napi_env env, napi_callback_info info)
{
	struct statistics *statistics;
	int error;

	if (!read_arguments(env, info, 0, NULL))
		return NULL;
	statistics = calloc(1, sizeof(*statistics));
	if (!statistics)
		return throw_failure(env, ENOMEM, NULL, "enable run time statistics");
	statistics->fd = bpf_enable_stats(BPF_STATS_RUN_TIME);
	if (statistics->fd < 0) {
		error = errno;
		free(statistics);
		return throw_failure(env, error, NULL, "enable run time statistics");
	}
	return handle_create(env, &statistics_kind, statistics, NULL);
}

static napi_value statistics_disable(napi_env env, napi_callback_info info)
{
	struct statistics *statistics;
	napi_value values[1];

	if (!read_arguments(env, info, 1, values) ||
	    !(statistics = handle_read(env, values[0], &statistics_kind)))
		return NULL;
	statistics_close(statistics);
	return NULL;
}

napi_status statistics_define(napi_env env, napi_value exports)
{
	const napi_property_descriptor functions[] = {
		{ .utf8name = "statisticsEnable", .method = statistics_enable },
		{ .utf8name = "statisticsDisable", .method = statistics_disable },
	};

	return napi_define_properties(env, exports, sizeof(functions) / sizeof(functions[0]),
				      functions);
}
