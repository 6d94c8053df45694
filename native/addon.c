/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Trigon's addon: a thin layer over libbpf, and the ring reader.
 *
 * It keeps no state of its own per process or per environment: all state hangs on handles, and
 * Node finalises the handles of a worker when the worker ends, however it ends. That is what makes
 * the addon usable in several workers at once and leaves nothing behind. It knows no policies and
 * offers no convenience; src/agent/bpf/addon.ts is its only caller.
 */
#include <stdint.h>
#include <time.h>

#include <bpf/libbpf.h>
#include <node_api.h>

#include "attach.h"
#include "attach_multi.h"
#include "attach_tracepoint.h"
#include "attach_user.h"
#include "detached.h"
#include "error.h"
#include "filelock.h"
#include "fsuser.h"
#include "iterator.h"
#include "link.h"
#include "log.h"
#include "map.h"
#include "object.h"
#include "probe.h"
#include "program.h"
#include "result.h"
#include "ring.h"
#include "signal.h"
#include "socket.h"
#include "statistics.h"
#include "target.h"
#include "test_run.h"

#define CLOCK_TRIES 3

static uint64_t now(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

/*
 * Both clocks at one instant. We may be scheduled away between the readings, so the wall clock is
 * read between two readings of the other, and the narrowest of a few such pairs counts.
 */
static napi_value read_clock(napi_env env, napi_callback_info info)
{
	uint64_t boot = 0, real = 0, narrowest = UINT64_MAX;
	napi_value result;

	(void)info;
	log_reset();
	for (int i = 0; i < CLOCK_TRIES; i++) {
		const uint64_t before = now(CLOCK_BOOTTIME);
		const uint64_t wall = now(CLOCK_REALTIME);
		const uint64_t width = now(CLOCK_BOOTTIME) - before;

		if (width < narrowest) {
			narrowest = width;
			boot = before + width / 2;
			real = wall;
		}
	}

	if (!succeeded(env, napi_create_object(env, &result)) ||
	    !set_bigint(env, result, "boot", boot) || !set_bigint(env, result, "real", real))
		return NULL;
	return result;
}

static napi_value possible_cpus(napi_env env, napi_callback_info info)
{
	int count;
	napi_value result;

	(void)info;
	log_reset();
	count = libbpf_num_possible_cpus();
	if (count < 0)
		return throw_failure(env, count, NULL, "count the possible CPUs");
	if (!succeeded(env, napi_create_int32(env, count, &result)))
		return NULL;
	return result;
}

static napi_value libbpf_version(napi_env env, napi_callback_info info)
{
	napi_value result;

	(void)info;
	if (!succeeded(env, napi_create_string_utf8(env, libbpf_version_string(), NAPI_AUTO_LENGTH,
						    &result)))
		return NULL;
	return result;
}

NAPI_MODULE_INIT()
{
	const napi_property_descriptor functions[] = {
		{ .utf8name = "clock", .method = read_clock },
		{ .utf8name = "possibleCpus", .method = possible_cpus },
		{ .utf8name = "libbpfVersion", .method = libbpf_version },
	};

	log_install();
	if (!succeeded(env, napi_define_properties(env, exports,
						   sizeof(functions) / sizeof(functions[0]),
						   functions)) ||
	    !succeeded(env, object_define(env, exports)) ||
	    !succeeded(env, program_define(env, exports)) ||
	    !succeeded(env, link_define(env, exports)) ||
	    !succeeded(env, target_define(env, exports)) ||
	    !succeeded(env, attach_define(env, exports)) ||
	    !succeeded(env, attach_multi_define(env, exports)) ||
	    !succeeded(env, attach_tracepoint_define(env, exports)) ||
	    !succeeded(env, attach_user_define(env, exports)) ||
	    !succeeded(env, test_run_define(env, exports)) ||
	    !succeeded(env, statistics_define(env, exports)) ||
	    !succeeded(env, iterator_define(env, exports)) ||
	    !succeeded(env, map_define(env, exports)) ||
	    !succeeded(env, ring_define(env, exports)) ||
	    !succeeded(env, probe_define(env, exports)) ||
	    !succeeded(env, signal_define(env, exports)) ||
	    !succeeded(env, socket_define(env, exports)) ||
	    !succeeded(env, fsuser_define(env, exports)) ||
	    !succeeded(env, filelock_define(env, exports)) ||
	    !succeeded(env, detached_define(env, exports)))
		return NULL;
	return exports;
}
