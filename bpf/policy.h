/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Policies as the kernel side sees them: what the agent writes into maps, and the counters it reads back. Layouts go to the
 * agent the same way as those of the records (scripts/layouts.mjs).
 *
 * A program that fires stands at a *site*. The site lists the *hooks* of all policies that listen there and the *values* that
 * can be read from the call at hand: arguments, fields reached from them, the return value. A value is read once a call, when
 * the first filter or event asks for it, however many hooks share it. A hook belongs to one policy and has *selectors*, tried
 * in order, the first that matches wins; all *filters* of a selector must hold. Large sets (paths, ranges, addresses) lie in
 * shared maps under a set number of their own.
 */
#ifndef TRIGON_POLICY_H
#define TRIGON_POLICY_H

#include <linux/types.h>

/* An enum, so that the agent's generated layouts have the same numbers. Numbers of sites, hooks and sets begin at 1. */
enum tg_limit {
	TG_MAX_POLICIES = 256,
	TG_MAX_SITES = 1024,
	TG_MAX_HOOKS = 2048, /* of all policies together */
	TG_HOOKS_PER_SITE = 127,
	TG_MAX_SELECTORS = 2048,
	TG_SELECTORS_PER_HOOK = 16,
	TG_MAX_FILTERS = 8192,
	TG_FILTERS_PER_SELECTOR = 24,
	TG_MAX_ARGS = 5, /* args and data of a hook together */
	TG_VALUES_PER_SITE = 16,
	TG_MAX_STEPS = 10, /* of a `resolve` */
	TG_MAX_INPUTS = 16,
	TG_MAX_TRACEPOINT_ARGS = 6, /* of a raw tracepoint */
	TG_RECORD_WORDS = 9, /* of a tracepoint's record: input n is the n-th, counted from 0 */
	TG_INLINE_RANGES = 4,
	TG_LEVELS = 3, /* programs that can be at work on one CPU at a time, one interrupting the other */
	TG_EXACT_MAX = 256, /* longest value of Equal and matchBinaries, terminating NUL included; longer ones: long_values */
	TG_LONG_MAX = 4096,
	TG_PREFIX_MAX = 252, /* longest value of Prefix: a trie key holds 256 bytes, 4 of them the set's number */
	TG_POSTFIX_MAX = 127,
	TG_MAX_PATTERNS = 1024, /* of SubString */
	TG_PATTERN_MAX = 100,
	TG_MAX_EXPRESSIONS = 64, /* of CelExpr */
	TG_MAX_OPERATIONS = 32, /* of one expression */
	TG_MAX_FRAMES = 32, /* of a stack trace */
	TG_MAX_ANCESTORS = 32, /* looked at by followForks and followChildren */
	TG_SYSCALLS = 512, /* above the highest number of x86-64 and arm64 */
	TG_BUFFER_MAX = 4095, /* bytes of a text or buffer that are read */
	TG_BODY_MAX = 4384, /* of one value in a record: a path and what stands before it */
	TG_EVENT_TEXT_MAX = 24576, /* of all values of one event, and its stack traces; the kernel gives a per-CPU value 32 KiB at most */
	TG_MAX_ANSWERS = 4096, /* system calls that LSM hooks may refuse, of all policies together */
	TG_ANSWER_HOOKS = 128,
	TG_ANY_SYSCALL = 0x7fffffff,
	TG_PENDING_MAX = 8192, /* of an event that waits for its call's return */
	TG_MAX_UNTOLD = 4096, /* programs whose events are counted one by one when they are not told */
	TG_NAME_BYTES = 256, /* of a program's name and of its folder: one more than is kept of each */
};

enum tg_mode {
	TG_MODE_OFF = 0,
	TG_MODE_MONITOR = 1,
	TG_MODE_ENFORCE = 2,
};

enum tg_action {
	TG_ACTION_NOPOST = 1,
	TG_ACTION_SIGKILL = 2,
	TG_ACTION_SIGNAL = 4,
	TG_ACTION_OVERRIDE = 8,
	TG_ACTION_URL = 16, /* done by the agent when the event arrives */
	TG_ACTION_DNS = 32, /* the same */
	TG_ACTION_KERNEL_STACK = 64,
	TG_ACTION_USER_STACK = 128,
	TG_ACTION_POST = 256, /* stands in the policy; only for the name of the last action */
	TG_ACTION_NOTIFY_ENFORCER = 512, /* refuses and signals as `error` and `signal` say, if `answers` has the system call at hand */
	TG_ACTION_CLEANUP_ENFORCER = 1024,
	TG_ACTION_TRACK_SOCK = 2048, /* `sock` says which value */
	TG_ACTION_UNTRACK_SOCK = 4096,
	TG_ACTION_SET = 8192, /* USDT: writes `set_value` to argument `set_argument` */
	TG_ACTION_IMA_HASH = 16384,
};

/* Whose repeats a rate limit counts together. */
enum tg_rate_scope {
	TG_RATE_THREAD = 0,
	TG_RATE_PROCESS = 1,
	TG_RATE_GLOBAL = 2,
};

enum tg_operator {
	TG_OPERATOR_NONE = 0,
	/* on texts; `set` says which values */
	TG_OPERATOR_EQUAL = 1,
	TG_OPERATOR_PREFIX = 2,
	TG_OPERATOR_POSTFIX = 3, /* the trie's keys are reversed */
	TG_OPERATOR_SUBSTRING = 4, /* patterns `set` .. `set + count` */
	TG_OPERATOR_SUBSTRING_NOCASE = 5, /* patterns are in lower case */
	/* on numbers */
	TG_OPERATOR_RANGES = 6, /* in one of `count` pairs numbers[2i] .. numbers[2i+1], both inclusive, as biased unsigned numbers */
	TG_OPERATOR_RANGE_SET = 7, /* in the trie `trie_values` under `set`: many ranges */
	TG_OPERATOR_MASK = 8, /* value & numbers[0] != 0 */
	TG_OPERATOR_ADDRESS_SET = 9, /* field SADDR or DADDR is in `trie_values` under `set` */
	TG_OPERATOR_CAPABILITIES_GAINED = 10, /* value `second` has a bit that value `argument` lacks */
	TG_OPERATOR_EXPRESSION = 11, /* expressions[set] over the hook's args */
	/* on the process */
	TG_OPERATOR_FOLLOW_BINARY = 12, /* as EQUAL on the executable of the process or of one of its ancestors */
	TG_OPERATOR_FOLLOW_PID = 13, /* as RANGES or RANGE_SET on the process or one of its ancestors */
	TG_OPERATOR_CAPABILITIES = 14, /* the process's set `field` & numbers[0] != 0; numbers[1]: 1 = only outside the host's user namespace */
	TG_OPERATOR_NAMESPACE_CHANGES = 15, /* one of the namespaces in bit mask numbers[0] differs from the last fork or exec */
	TG_OPERATOR_CAPABILITY_CHANGES = 16, /* the same for capabilities: field, numbers as CAPABILITIES */
	TG_OPERATOR_WORKLOAD = 17, /* the process's cgroup is in `workloads` under `set` */
	TG_OPERATOR_NEVER = 18, /* e.g. a pod selector on a host without pods */
};

/* What a filter looks at: a position in the hook's args, or one of these. */
enum tg_subject {
	TG_SUBJECT_RETURN = 5,
	TG_SUBJECT_EXE = 6, /* text: the process's executable */
	TG_SUBJECT_PARENT_EXE = 7,
	TG_SUBJECT_PID = 8, /* number: tgid */
	TG_SUBJECT_NAMESPACE_PID = 9, /* tgid in the process's own pid namespace */
	TG_SUBJECT_NAMESPACE = 10, /* inode number of the namespace that `field` (tg_namespace_kind) says */
};

/* In the order of tg_namespaces (events.h). */
enum tg_namespace_kind {
	TG_NAMESPACE_UTS = 0,
	TG_NAMESPACE_IPC = 1,
	TG_NAMESPACE_MNT = 2,
	TG_NAMESPACE_PID = 3,
	TG_NAMESPACE_PID_FOR_CHILDREN = 4,
	TG_NAMESPACE_NET = 5,
	TG_NAMESPACE_TIME = 6,
	TG_NAMESPACE_TIME_FOR_CHILDREN = 7,
	TG_NAMESPACE_CGROUP = 8,
	TG_NAMESPACE_USER = 9,
};

enum tg_capability_set {
	TG_CAPABILITY_EFFECTIVE = 0,
	TG_CAPABILITY_INHERITABLE = 1,
	TG_CAPABILITY_PERMITTED = 2,
};

/* What of a value a filter looks at. */
enum tg_field {
	TG_FIELD_SELF = 0, /* the number, or the text */
	TG_FIELD_FILE_TYPE = 1, /* inode mode & S_IFMT */
	TG_FIELD_SPORT = 2,
	TG_FIELD_DPORT = 3,
	TG_FIELD_PROTOCOL = 4,
	TG_FIELD_FAMILY = 5,
	TG_FIELD_STATE = 6,
	TG_FIELD_SADDR = 7,
	TG_FIELD_DADDR = 8,
};

enum tg_filter_flag {
	TG_FILTER_NEGATED = 1,
	TG_FILTER_SIGNED = 2, /* numbers are compared as signed: biased by flipping the top bit */
	TG_FILTER_RANGE_SET = 4, /* FOLLOW_PID: the pids are in `set`, not in `numbers` */
	TG_FILTER_NAMESPACE_PID = 8, /* FOLLOW_PID: pids as in the process's own pid namespace */
	TG_FILTER_ON_FILE = 16, /* of a site of file accesses: the file's path and mode and the kind of access alone decide */
};

struct tg_filter {
	enum tg_operator operator;
	__u32 argument; /* position in the hook's values, or a tg_subject */
	__u32 second;
	__u32 field; /* tg_field, tg_namespace_kind or tg_capability_set */
	__u32 flags; /* tg_filter_flag */
	__u32 set;
	__u32 count;
	__u32 pad;
	__u64 numbers[2 * TG_INLINE_RANGES];
};

struct tg_actions {
	__u32 bits; /* tg_action */
	__u32 signal;
	__s32 error; /* Override: a positive errno */
	__u32 rate_scope; /* tg_rate_scope */
	__u64 rate_window; /* ns; 0: no limit */
	__u32 answers; /* set in the map `answers`: the call is refused later, by LSM hooks (bpf/marks.h); 0: at once, by the program */
	__u32 sock;
	__u32 set_argument;
	__u32 set_value;
};

/* Filters are numbers of `filters`, one after the other. */
struct tg_selector {
	__u32 first_filter;
	__u32 filter_count;
	__u32 first_return_filter;
	__u32 return_filter_count;
	struct tg_actions actions;
	struct tg_actions return_actions;
};

enum tg_hook_flag {
	TG_HOOK_RETURN = 1, /* the event waits for the return of the call; set on both hooks of the pair */
	TG_HOOK_AT_RETURN = 2, /* set on the hook of the return site, which completes what the other has begun */
	TG_HOOK_ONLY_MONITOR = 4, /* runs here only while its policy does not enforce: another site stands in then */
	TG_HOOK_ONLY_ENFORCE = 8,
	TG_HOOK_NO_SIGNAL = 16, /* this kind of program can't send signals */
	TG_HOOK_RETRY = 32, /* user memory that is not there at entry is read again at the return site */
};

struct tg_hook {
	__u32 policy;
	__u32 first_selector; /* selectors of one hook lie one after the other */
	__u32 selector_count; /* 0: every call posts; it is counted under `first_selector` all the same */
	__u32 flags; /* tg_hook_flag */
	__u32 argument_count;
	__u32 values[TG_MAX_ARGS + 1]; /* for each arg, and for the return value, the number of the site's value */
	__u32 pair; /* of a hook with TG_HOOK_RETURN: the hook at the return site, and the other way round */
	__u32 late; /* bit n: value n of an event that waits for the return is read then: returnCopy */
	__u32 workload; /* 0, or a filter number that the process must pass: podSelector and its kin */
};

/* Where programs for cgroups stand; index of `cgroup_sites`. */
enum tg_cgroup_place {
	TG_CGROUP_CONNECT = 0, /* connect4 and connect6 */
	TG_CGROUP_BIND = 1,
	TG_CGROUP_SENDMSG = 2,
	TG_CGROUP_SOCKET = 3, /* create_socket */
	TG_CGROUP_SOCK_OPS = 4,
	TG_CGROUP_PLACES = 5,
};

struct tg_site {
	__u32 hook_count;
	__u32 hooks[TG_HOOKS_PER_SITE];
};

/* Where an input number other than a position of the call's arguments comes from. */
enum tg_input {
	TG_INPUT_SYSCALL = 6, /* the number of the system call */
	TG_INPUT_RETURN = 7,
	TG_INPUT_FILE = 8, /* struct file of the descriptor that the syscall's access says */
	TG_INPUT_ACCESS = 9, /* MAY_READ or MAY_WRITE */
	TG_INPUT_SOCK = 10, /* struct sock of the descriptor in argument 0, or of the cgroup program's context */
	TG_INPUT_TASK = 11, /* the current task_struct */
	TG_INPUT_CONSTANT = 12, /* steps[0] */
	TG_INPUT_REGISTERS = 13, /* struct pt_regs of a kernel function's entry */
};

enum tg_value_flag {
	TG_VALUE_USER = 1, /* the pointer leads to the process's memory */
	TG_VALUE_IN_PLACE = 2, /* numbers: read from memory at the pointer; else the pointer is the number */
	TG_VALUE_OUTCOME = 4, /* numbers: what is not negative counts as 0: no error */
	TG_VALUE_BY_ADDRESS = 8, /* the pointer's own value tells whether it leads to the process's memory */
};

/* How a value is read. The input is followed `step_count` times: pointer = *(u64 *)(pointer + steps[i]); then `offset` is added. */
struct tg_value_spec {
	__u32 type; /* tg_type (events.h); 0: unused */
	__u32 input; /* position of the call's argument, or tg_input */
	__u32 flags; /* tg_value_flag */
	__u32 size_input; /* buffers: the input that holds the length or the count; TG_MAX_INPUTS: none */
	__u32 at_most; /* buffers and texts: bytes */
	__u32 step_count;
	__s32 offset;
	__s32 steps[TG_MAX_STEPS];
	__u32 pad;
};

/* A policy's switch and its fuse. `armed_until` and the fuse belong to enforce mode only. */
struct tg_policy {
	enum tg_mode mode;
	__u32 fuse_blown; /* kernel side; arming again resets it */
	__u64 armed_until; /* CLOCK_BOOTTIME ns; past it the policy is in monitor mode */
	__u64 fuse_window; /* ns */
	__u64 fuse_started; /* kernel side: when the current window began */
	__u32 fuse_limit; /* actions a window may see; one more blows the fuse; 0: no fuse */
	__u32 fuse_count; /* kernel side: actions in the current window */
};

/* Gates every action: past `deadline`, which the agent's heartbeat renews, all policies are in monitor mode. */
struct tg_control {
	__u64 deadline; /* CLOCK_BOOTTIME ns */
};

/* One process of the iterator list_terminals. */
struct tg_on_terminal {
	__u64 terminal; /* address of its struct tty_struct, which tells terminals apart as long as they are there */
	__u32 tgid;
	__u32 pad;
};

/* What a selector did; per CPU, index: number of the selector. */
struct tg_counts {
	__u64 matched;
	__u64 posted;
	__u64 rate_limited; /* matched, and not posted because of its rate limit */
	__u64 would_act; /* monitor mode: calls in which it would have killed, signalled or refused */
	__u64 killed;
	__u64 signalled;
	__u64 overridden;
	__u64 spared_protected;
	__u64 spared_expired;
	__u64 spared_fused;
	__u64 wrong_context; /* not the task that the event is about: an interrupt, a kernel thread, another socket's owner */
	__u64 failed;
	__u64 moot; /* the call failed by itself before it came to where it would have been refused */
	__u64 lost; /* not posted because the ring was full */
};

/* Of a policy; per CPU. */
struct tg_policy_counts {
	__u64 runs; /* hooks run */
	__u64 run_time; /* ns, estimated: every 64th run is timed */
	__u64 argument_faults; /* user memory that was not there: the selectors could not decide */
	__u64 pending_lost; /* calls whose return could not be waited for */
};

/* How a system call leads to a file access: which of its arguments is the file descriptor, and the kind of access. */
struct tg_fd_access {
	__u8 argument;
	__u8 mask; /* MAY_READ 4, MAY_WRITE 2, 0: unused entry */
};

/* The sites of one system call; 0: none. `accesses` of `file_site` only. */
struct tg_syscall_sites {
	__u32 enter;
	__u32 exit;
	__u32 file; /* security_file_permission and its kin: run once an access */
	__u32 file_return; /* the same when the call returns */
	struct tg_fd_access accesses[2];
	__u32 generation; /* another one whenever the hooks of `file` change: what they let pass before counts no more */
};

/* Which LSM hooks may refuse a system call in whose entry Override has matched; their numbers are the agent's (bits of `hooks`). */
struct tg_answer_key {
	__u32 set;
	__u32 syscall; /* number, or TG_ANY_SYSCALL */
};

struct tg_answers {
	__u64 hooks[2];
};

/* Keys of the shared value sets. */
struct tg_exact_key {
	__u32 set;
	__u32 length;
	char text[TG_EXACT_MAX]; /* padded with NUL */
};

struct tg_long_key {
	__u32 set;
	__u32 length;
	char text[TG_LONG_MAX]; /* padded with NUL */
};

struct tg_prefix_key {
	__u32 bits; /* 32 for the set's number + 8 for each byte of text */
	__u32 set;
	char text[TG_PREFIX_MAX];
};

/* Ranges of numbers as the prefixes they fall into (8 bytes, big-endian, biased as in filters), and addresses (16 bytes, IPv4 as
 * ::ffff:a.b.c.d). A set holds one kind only. */
struct tg_trie_key {
	__u32 bits; /* 32 + 8 for each byte that counts */
	__u32 set;
	__u8 data[16];
};

struct tg_workload_key {
	__u64 cgroup;
	__u32 set;
	__u32 pad;
};

struct tg_pattern {
	__u32 length;
	char text[TG_PATTERN_MAX];
};

/* Operations of an expression, a stack machine: TG_OP_ARGUMENT and TG_OP_NUMBER push, the others take their operands from the
 * stack. `width` says how a result is cut: 4 or 8 bytes, negative when signed. */
enum tg_operation_kind {
	TG_OP_END = 0,
	TG_OP_ARGUMENT = 1, /* number: position in the hook's args */
	TG_OP_NUMBER = 2,
	TG_OP_ADD = 3,
	TG_OP_SUBTRACT = 4,
	TG_OP_NEGATE = 5,
	TG_OP_NOT = 6,
	TG_OP_BIT_AND = 7,
	TG_OP_BIT_OR = 8,
	TG_OP_BIT_XOR = 9,
	TG_OP_BIT_NOT = 10,
	TG_OP_EQUAL = 11,
	TG_OP_LESS = 12, /* signed when width < 0 */
	TG_OP_LOGIC_AND = 13,
	TG_OP_LOGIC_OR = 14,
	TG_OP_CAST = 15,
};

struct tg_operation {
	__u32 kind;
	__s32 width;
	__s64 number;
};

struct tg_expression {
	struct tg_operation operations[TG_MAX_OPERATIONS];
};

/* A process as the kernel side knows it: identity, and the executable's path for matchBinaries. */
struct tg_process {
	__u64 start; /* task_struct.start_boottime of the group leader: tells a reused pid */
	__u64 ktime; /* of its exec id: when it was forked or last called exec */
	__u64 parent_start;
	__u64 cgroup; /* id, at the last fork or exec */
	__u32 parent;
	__u32 cloned; /* 1: forked, no exec since */
	__u64 followed; /* bit n: it or an ancestor ran a binary of follow set n */
	__u64 program; /* number of what it runs, for counting: program_names.h; 0: a kernel thread */
	__u64 capabilities[3]; /* at the last fork or exec: tg_capability_set */
	__u32 namespaces[10]; /* the same: tg_namespace_kind */
	__u32 namespace_tgid;
	__u32 exe_length;
	char exe[TG_EXACT_MAX]; /* padded with NUL; cut when longer (exe_length tells) */
};

/* Why the agent doesn't get a record; per CPU. */
struct tg_lost {
	__u64 process_ring; /* no room in the ring: fork, exec, exit */
	__u64 policy_ring; /* no room in the ring: policy events */
	__u64 process_table; /* the kernel-side process table was full */
	__u64 nested; /* a program found all scratch of its CPU in use */
	__u64 throttled; /* not posted: fork, exec, exit of a cgroup over its limit */
};

/* What an event is that is not told. Those of no program are none: kernel threads, interrupts. */
enum tg_untold_kind {
	TG_UNTOLD_EXEC = 1,
	TG_UNTOLD_EXIT = 2,
	TG_UNTOLD_FAILURE = 4, /* of an exit: it didn't end with 0 */
	TG_UNTOLD_HIT = 8, /* a policy's */
	TG_UNTOLD_FILE = 16, /* what it is about */
	TG_UNTOLD_NETWORK = 32,
	TG_UNTOLD_KILL = 64, /* what became of it */
	TG_UNTOLD_DENIAL = 128,
};

/* Events of a program that were not told: no room in the ring, or held back. */
struct tg_untold {
	__u64 execs;
	__u64 exits;
	__u64 failures;
	__u64 hits;
	__u64 files;
	__u64 network;
	__u64 kills;
	__u64 denials;
	__u64 first; /* CLOCK_BOOTTIME ns, of the first and the latest */
	__u64 last;
};

/* As in an exec record; what follows the lengths means nothing. */
struct tg_program_name {
	__u32 filename_length;
	__u32 cwd_length; /* 0: the file name is absolute */
	char filename[TG_NAME_BYTES];
	char cwd[TG_NAME_BYTES];
};

/* Whose records are counted against the limit of a cgroup: bpf/cgroup_rate.h. */
struct tg_cgroup_cpu {
	__u64 cgroup; /* id */
	__u32 cpu;
	__u32 pad;
};

struct tg_cgroup_rate {
	__u64 begin; /* of the running interval, CLOCK_BOOTTIME ns */
	__u32 count; /* fork, exec and exit records since then, posted or not */
	__u32 before; /* the same of the interval before */
	__u32 throttled; /* 1: no more records are posted until the agent removes the entry */
	__u32 pad;
};

#endif
