// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Never loaded. Compilers leave out of BTF what only lives on a program's stack, so this object names every type that the
 * agent shares with the kernel side: scripts/layouts.mjs reads their layouts from here.
 */
#include "events.h"
#include "policy.h"

struct layouts {
	struct tg_record record;
	struct tg_fork_record fork;
	struct tg_exec_record exec;
	struct tg_exit_record exit;
	struct tg_throttle_record throttle;
	enum tg_throttle_type throttle_type;
	struct tg_policy_record policy_record;
	struct tg_argument argument;
	struct tg_sock_body sock_body;
	struct tg_skb_body skb_body;
	struct tg_address_body address_body;
	struct tg_cred_body cred_body;
	struct tg_user_namespace_body user_namespace_body;
	struct tg_bpf_program_body bpf_program_body;
	struct tg_bpf_map_body bpf_map_body;
	struct tg_perf_event_body perf_event_body;
	struct tg_module_body module_body;
	enum tg_text_flag text_flag;
	enum tg_text_limit text_limit;
	enum tg_limit limit;
	enum tg_action action;
	enum tg_rate_scope rate_scope;
	enum tg_operator operator;
	enum tg_subject subject;
	enum tg_namespace_kind namespace_kind;
	enum tg_capability_set capability_set;
	enum tg_field field;
	enum tg_filter_flag filter_flag;
	enum tg_hook_flag hook_flag;
	enum tg_input input;
	enum tg_value_flag value_flag;
	enum tg_operation_kind operation_kind;
	enum tg_cgroup_place cgroup_place;
	struct tg_filter filter;
	struct tg_selector selector;
	struct tg_hook hook;
	struct tg_site site;
	struct tg_value_spec value_spec;
	struct tg_policy policy;
	struct tg_control control;
	struct tg_on_terminal on_terminal;
	struct tg_counts counts;
	struct tg_policy_counts policy_counts;
	struct tg_syscall_sites syscall_sites;
	struct tg_answer_key answer_key;
	struct tg_answers answers;
	struct tg_exact_key exact_key;
	struct tg_long_key long_key;
	struct tg_prefix_key prefix_key;
	struct tg_trie_key trie_key;
	struct tg_workload_key workload_key;
	struct tg_pattern pattern;
	struct tg_expression expression;
	struct tg_process process;
	struct tg_lost lost;
	struct tg_untold untold;
	struct tg_program_name program_name;
	struct tg_cgroup_cpu cgroup_cpu;
	struct tg_cgroup_rate cgroup_rate;
	struct tg_dns_answer dns_answer;
	struct tg_dns_counts dns_counts;
} layouts;
