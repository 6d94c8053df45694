/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRIGON_TEST_RUN_H
#define TRIGON_TEST_RUN_H

#include <node_api.h>

/* Adds the function that runs a program once, for tests, to the addon's exports. */
napi_status test_run_define(napi_env env, napi_value exports);

#endif
