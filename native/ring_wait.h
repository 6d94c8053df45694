/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRIGON_RING_WAIT_H
#define TRIGON_RING_WAIT_H

#include <node_api.h>
#include <stdbool.h>

/* Waiting for a ring by the event loop of the thread. */
struct ring_wait;

/*
 * Calls `act` once from the event loop, as soon as something lies in the ring behind `fd`; instead of what was to be called
 * before. `*slot` is NULL before the first time, and from ring_wait_close() on.
 * @return false with an exception pending.
 */
bool ring_wait_start(napi_env env, struct ring_wait **slot, int fd, napi_value act);

/* Calls nothing any more; does nothing when nobody waits. */
void ring_wait_stop(struct ring_wait *wait);

/* Before the descriptor is closed. The structure frees itself when the loop has let go of it. */
void ring_wait_close(struct ring_wait **slot);

#endif
