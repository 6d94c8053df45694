import { describe, expect, test } from 'vitest';
import { changed, errorsOf, policyWith, SAMPLE } from './sample.ts';

/** The sample with its filter on the number instead of the file. */
const onNumber = (operator: string, values: string) =>
  changed(
    /index: 0\n {8}operator: Prefix\n {8}values: .*/,
    `index: 1\n        operator: ${operator}\n        values: ${values}`,
  );

const onSocket = (operator: string, values: string) =>
  policyWith(`  kprobes:
  - call: tcp_connect
    args: [{index: 0, type: sock}]
    selectors:
    - matchArgs:
      - {index: 0, operator: ${operator}, values: ${values}}`);

const onCapabilities = (filter: string) =>
  policyWith(`  kprobes:
  - call: security_capset
    args: [{index: 2, type: cap_effective}, {index: 0, type: cap_permitted}]
    selectors:
    - matchArgs:
      - {${filter}}`);

const onProcess = (filters: string) =>
  policyWith(`  kprobes:
  - call: sys_read
    selectors:
    - {${filters}}`);

describe('files and documents', () => {
  test.each<[string, string, string[]]>([
    ['nothing', '', ['1:1: the file holds no policy']],
    ['only a comment', '# nothing\n---\n', ['1:1: the file holds no policy']],
    ['a text', 'hello', ['1:1: must be a mapping with apiVersion, kind, metadata, spec']],
    ['a list', '\n- a', ['2:1: must be a mapping with apiVersion, kind, metadata, spec']],
    [
      'a tab',
      'a:\n\tb: 1',
      ['2:1: not valid YAML: tab characters must not be used in indentation'],
    ],
    [
      'an open bracket',
      'a: [1',
      ['1:6: not valid YAML: unexpected end of the stream within a flow collection'],
    ],
    ['a NUL byte', 'a: \0', ['1:4: not valid YAML: null byte is not allowed in input']],
    [
      'a key twice',
      changed('    syscall: false', '    syscall: false\n    syscall: false'),
      ['9:5: not valid YAML: key "syscall" stands here twice'],
    ],
    ['a list as key', '? [a]\n: b', ['1:3: not valid YAML: a key must be a plain text']],
    [
      'an alias to nowhere',
      changed('["/etc/"]', '*nowhere'),
      ['18:18: not valid YAML: no anchor "nowhere" before this alias'],
    ],
    [
      'nesting without end',
      '['.repeat(20_000),
      ['1:100: not valid YAML: nesting exceeded maxDepth (100)'],
    ],
    [
      'another version',
      changed('v1alpha1', 'v2'),
      ['1:13: apiVersion: must be cilium.io/v1alpha1, not "cilium.io/v2"'],
    ],
    ['no version', changed(/apiVersion.*\n/, ''), ['1:1: "apiVersion" is missing']],
    [
      'another kind',
      changed('TracingPolicy', 'PodInfo'),
      ['2:7: kind: "PodInfo" is not allowed; allowed: TracingPolicy, TracingPolicyNamespaced'],
    ],
    ['no kind', changed(/kind.*\n/, ''), ['1:1: "kind" is missing']],
    [
      'no metadata',
      changed(/metadata:\n.*\n/, ''),
      [`1:1: "metadata" is missing; it holds the policy's name`],
    ],
    ['no name', changed('name: sample', 'labels: {}'), ['4:3: metadata: "name" is missing']],
    [
      'an empty name',
      changed('name: sample', 'name: ""'),
      ['4:10: metadata.name: must not be empty'],
    ],
    [
      'a list as name',
      changed('name: sample', 'name: [a]'),
      ['4:9: metadata.name: must be a text'],
    ],
    [
      'a name nobody can type',
      changed('name: sample', 'name: "a\\nb"'),
      [
        '4:10: metadata.name: may hold lower-case letters, digits, "-" and "." only, with no sign at its ends, and 253 of them at most',
      ],
    ],
    [
      'a name too long',
      changed('name: sample', `name: ${'a'.repeat(254)}`),
      [
        '4:9: metadata.name: may hold lower-case letters, digits, "-" and "." only, with no sign at its ends, and 253 of them at most',
      ],
    ],
    [
      'annotations as list',
      changed('name: sample', 'name: sample\n  annotations: [a]'),
      ['5:16: metadata.annotations: must be a mapping of texts'],
    ],
    [
      'a namespace that is none',
      changed('name: sample', 'name: sample\n  namespace: A.b').replace(
        'kind: TracingPolicy',
        'kind: TracingPolicyNamespaced',
      ),
      [
        '5:14: metadata.namespace: may hold lower-case letters, digits and "-" only, with no sign at its ends, and 63 of them at most',
      ],
    ],
    [
      'an unknown field of metadata',
      changed('name: sample', 'name: sample\n  nmae: x'),
      [
        '5:3: metadata.nmae: unknown field; allowed here: name, namespace, labels, annotations, creationTimestamp, deletionGracePeriodSeconds, deletionTimestamp, finalizers, generateName, generation, managedFields, ownerReferences, resourceVersion, selfLink, uid',
      ],
    ],
    ['no spec', changed(/spec:[\s\S]*/, ''), ['1:1: "spec" is missing']],
    [
      'a policy twice in a file',
      `${SAMPLE}---\n${SAMPLE}`,
      ['25:1: the file has a policy named "sample" already'],
    ],
    [
      'a mistake in the second document',
      `${SAMPLE}---\n${changed('name: sample', 'name: other').replace('Sigkill', 'Kill')}`,
      [
        '47:17: spec.kprobes[0].selectors[0].matchActions[0].action: "Kill" is not an action; allowed: Post, NoPost, Sigkill, Signal, Override, GetUrl, DnsLookup, TrackSock, UntrackSock, NotifyEnforcer, CleanupEnforcerNotification',
      ],
    ],
    [
      'all at once, in the order of the file',
      changed('v1alpha1', 'v2').replace('Sigkill', 'Kill').replace('index: 1', 'index: x'),
      [
        '1:13: apiVersion: must be cilium.io/v1alpha1, not "cilium.io/v2"',
        '12:14: spec.kprobes[0].args[1].index: must be a whole number from 0 to 4, not "x"',
        '23:17: spec.kprobes[0].selectors[0].matchActions[0].action: "Kill" is not an action; allowed: Post, NoPost, Sigkill, Signal, Override, GetUrl, DnsLookup, TrackSock, UntrackSock, NotifyEnforcer, CleanupEnforcerNotification',
      ],
    ],
    [
      'a hostile key',
      changed('    syscall:', '    "\\x1b[2J": 1\n    syscall:'),
      [
        '8:6: spec.kprobes[0].\\x1b[2J: unknown field; allowed here: call, syscall, return, returnArg, returnArgAction, data, ignore, args, selectors, message, tags',
      ],
    ],
    [
      'a hostile value',
      changed('Sigkill', '"\\x1b]0;owned\\x07"'),
      [
        '23:18: spec.kprobes[0].selectors[0].matchActions[0].action: "\\x1b]0;owned\\a" is not an action; allowed: Post, NoPost, Sigkill, Signal, Override, GetUrl, DnsLookup, TrackSock, UntrackSock, NotifyEnforcer, CleanupEnforcerNotification',
      ],
    ],
    [
      'one mistake that an alias repeats',
      policyWith(
        '  kprobes:\n  - {call: a, args: &args [{index: 9, type: int}]}\n  - {call: b, args: *args}',
      ),
      ['7:36: spec.kprobes[0].args[0].index: must be a whole number from 0 to 4, not "9"'],
    ],
  ])('%s', (_, source, expected) => {
    expect(errorsOf(source)).toEqual(expected);
  });
});

describe('spec', () => {
  test.each<[string, string, string[]]>([
    [
      'a slip of the pen',
      policyWith('  kprobe: []'),
      [
        '6:3: spec.kprobe: unknown field; allowed here: kprobes, fentries, tracepoints, lsmhooks, uprobes, usdts, loader, lists, enforcers, options, selectorsMacros, podSelector, containerSelector, hostSelector, nodeSelector',
      ],
    ],
    [
      'hooks of two kinds',
      policyWith(
        '  kprobes:\n  - call: sys_read\n  tracepoints:\n  - {subsystem: sched, event: sched_switch}',
      ),
      [
        "9:3: spec.tracepoints: can't be combined with kprobes: a policy has hooks of one kind; put them into two policies",
      ],
    ],
    [
      'hooks that are no list',
      policyWith('  kprobes: sys_read'),
      ['6:12: spec.kprobes: must be a list'],
    ],
    [
      'a hook that is a text',
      policyWith('  kprobes:\n  - sys_read'),
      [
        '7:5: spec.kprobes[0]: must be a mapping with call, syscall, return, returnArg, returnArgAction, data, ignore, args, selectors, message, tags',
      ],
    ],
    [
      'a host selector with labels',
      policyWith('  hostSelector: {matchLabels: {a: b}}'),
      [
        "6:17: spec.hostSelector: must be {} (the host) or null: hosts can't be told apart by labels here; use nodeSelector",
      ],
    ],
    [
      'a namespaced policy for the host',
      policyWith('  hostSelector: {}').replace('TracingPolicy', 'TracingPolicyNamespaced'),
      ['6:17: spec.hostSelector: must be null in a TracingPolicyNamespaced, which is for pods'],
    ],
    [
      'a loader for some pods',
      policyWith('  loader: true\n  podSelector: {}'),
      ["6:11: spec.loader: can't be restricted to pods or containers"],
    ],
    [
      'label selectors',
      policyWith(
        '  podSelector:\n    matchLabels: {a: "-b"}\n    matchExpressions:\n    - {operator: In}\n    - {key: k, operator: Exists, values: [v]}\n    - {key: k, operator: Is}',
      ),
      [
        `7:23: spec.podSelector.matchLabels.a: "-b" can't be the value of a label; allowed: up to 63 letters, digits, "-", "_" and ".", with a letter or digit at both ends`,
        '9:7: spec.podSelector.matchExpressions[0]: "key" is missing',
        '9:7: spec.podSelector.matchExpressions[0]: In needs at least one value',
        '10:42: spec.podSelector.matchExpressions[1].values: Exists takes no values',
        '11:26: spec.podSelector.matchExpressions[2].operator: "Is" is not allowed; allowed: In, NotIn, Exists, DoesNotExist',
      ],
    ],
    [
      'a label that containers have not',
      policyWith('  containerSelector: {matchLabels: {image: x}}'),
      [
        '6:44: spec.containerSelector.matchLabels.image: containers have no label "image"; allowed: name, repo',
      ],
    ],
    [
      'lists',
      policyWith(
        '  lists:\n  - {name: a, type: syscalls, values: [dup]}\n  - {name: a, values: ["a b"]}\n  - {name: c, type: generated_syscalls, values: [sys_dup]}\n  - {name: d, type: generated_ftrace}\n  - {name: e, type: generated_ftrace, pattern: "("}\n  - {name: f, type: files}\n  - {name: g, values: [x], pattern: y}\n  - {values: []}',
      ),
      [
        '7:40: spec.lists[0].values[0]: "dup" is not a system call; allowed: sys_dup, __x64_sys_dup, x64/sys_dup',
        '8:5: spec.lists[1]: there is a list "a" already',
        '8:25: spec.lists[1].values[0]: "a b" is not the name of a function',
        '9:49: spec.lists[2].values: must be empty: a list of type generated_syscalls is made on the host',
        '10:5: spec.lists[3]: "pattern" is missing; it is a regular expression that functions match, e.g. "^ksys_"',
        '11:49: spec.lists[4].pattern: "(" is not a regular expression',
        '12:21: spec.lists[5].type: "files" is not allowed; allowed: syscalls, generated_syscalls, generated_ftrace',
        '13:37: spec.lists[6].pattern: only goes with the type generated_ftrace',
        '14:5: spec.lists[7]: "name" is missing',
        '14:14: spec.lists[7].values: the list has no values',
      ],
    ],
    [
      'two enforcers',
      policyWith('  enforcers:\n  - calls: [sys_dup]\n  - calls: [sys_dup2]'),
      ['8:5: spec.enforcers[1]: at most 1 enforcer is allowed here'],
    ],
    [
      "what can't be enforced",
      policyWith('  enforcers:\n  - calls: [vfs_read, "list:none"]'),
      [
        `7:13: spec.enforcers[0].calls[0]: "vfs_read" can't be enforced in; allowed: system calls (sys_dup), security_ functions, list:NAME`,
        '7:24: spec.enforcers[0].calls[1]: there is no list "none"; spec.lists has none',
      ],
    ],
    [
      'an enforcer without calls',
      policyWith('  enforcers:\n  - {}'),
      ['7:5: spec.enforcers[0]: "calls" is missing'],
    ],
    [
      'options',
      policyWith(
        '  options:\n  - {name: disable-kprobe-multi, value: "yes"}\n  - {name: override-method, value: kprobe}\n  - {name: policy-mode, value: permissive}\n  - {name: sleepable-preload-size, value: "0"}\n  - {value: x}\n  - {name: policy-mode}',
      ),
      [
        '7:42: spec.options[0].value: "yes" is neither true nor false; allowed: 1, t, T, true, TRUE, True, 0, f, F, false, FALSE, False',
        '8:36: spec.options[1].value: "kprobe" is not allowed; allowed: fmod-ret, override-return',
        '9:32: spec.options[2].value: "permissive" is not allowed; allowed: enforce, monitor, monitor_only',
        '10:44: spec.options[3].value: must be a whole number from 1, not "0"',
        '11:5: spec.options[4]: "name" is missing',
        '12:5: spec.options[5]: "value" is missing',
      ],
    ],
    [
      'macros',
      policyWith(
        '  selectorsMacros:\n    m: {macros: [n], matchPIDs: [{operator: In, values: [1]}]}\n    n: {matchPIDs: [{operator: Is, values: [1]}]}\n  kprobes:\n  - call: sys_read\n    selectors:\n    - macros: [m, n, o]\n    - macros: [m]\n      matchPIDs: []',
      ),
      [
        "7:9: spec.selectorsMacros.m.macros: a macro can't use macros itself",
        '8:32: spec.selectorsMacros.n.matchPIDs[0].operator: "Is" is not allowed; allowed: In, NotIn',
        '12:19: spec.kprobes[0].selectors[0].macros[1]: macro "n" has matchPIDs, which the selector or another macro has too',
        '12:22: spec.kprobes[0].selectors[0].macros[2]: there is no macro "o"; spec.selectorsMacros has m, n',
        '13:16: spec.kprobes[0].selectors[1].macros[0]: macro "m" has matchPIDs, which the selector or another macro has too',
      ],
    ],
  ])('%s', (_, source, expected) => {
    expect(errorsOf(source)).toEqual(expected);
  });
});

describe('hooks', () => {
  test.each<[string, string, string[]]>([
    [
      'no call',
      changed('call: security_file_permission\n    ', ''),
      ['7:5: spec.kprobes[0]: "call" is missing'],
    ],
    [
      'a call that is no symbol',
      policyWith('  kprobes:\n  - call: "sys_read; rm"'),
      [
        '7:12: spec.kprobes[0].call: "sys_read; rm" is not the name of a function; allowed: a function of the kernel, or list:NAME',
      ],
    ],
    [
      'a list that is not there',
      policyWith('  kprobes:\n  - call: list:none'),
      ['7:11: spec.kprobes[0].call: there is no list "none"; spec.lists has none'],
    ],
    [
      'syscall: no',
      changed('syscall: false', 'syscall: no'),
      ['8:14: spec.kprobes[0].syscall: must be true or false, not "no"'],
    ],
    [
      'a slip of the pen in a hook',
      changed('    selectors:', '    selector:'),
      [
        '14:5: spec.kprobes[0].selector: unknown field; allowed here: call, syscall, return, returnArg, returnArgAction, data, ignore, args, selectors, message, tags',
      ],
    ],
    [
      'return without returnArg',
      policyWith('  kprobes:\n  - call: sys_read\n    return: true'),
      [
        '8:13: spec.kprobes[0].return: needs "returnArg", which says the type of the value returned',
      ],
    ],
    [
      'an action on the return',
      policyWith('  kprobes:\n  - call: sk_alloc\n    syscall: false\n    returnArgAction: Post'),
      [
        '9:22: spec.kprobes[0].returnArgAction: "Post" is not allowed; allowed: TrackSock, UntrackSock',
      ],
    ],
    [
      'a message of one byte, an empty tag',
      policyWith('  kprobes:\n  - call: sys_read\n    message: x\n    tags: ["", y]'),
      [
        '8:14: spec.kprobes[0].message: needs at least 2 bytes',
        '9:13: spec.kprobes[0].tags[0]: a tag needs at least 2 bytes',
        '9:16: spec.kprobes[0].tags[1]: needs at least 2 bytes',
      ],
    ],
    [
      'seventeen tags',
      policyWith(`  kprobes:\n  - call: sys_read\n    tags: [${'ab, '.repeat(17)}]`),
      ['8:76: spec.kprobes[0].tags[16]: at most 16 tags are allowed here'],
    ],
    [
      'a tracepoint without its names',
      policyWith('  tracepoints:\n  - raw: true'),
      [
        '7:5: spec.tracepoints[0]: "subsystem" is missing',
        '7:5: spec.tracepoints[0]: "event" is missing',
      ],
    ],
    [
      'a tracepoint elsewhere',
      policyWith('  tracepoints:\n  - {subsystem: "..", event: a/b}'),
      [
        `7:18: spec.tracepoints[0].subsystem: ".." can't be its name; allowed: letters, digits, "_" and "-"`,
        `7:30: spec.tracepoints[0].event: "a/b" can't be its name; allowed: letters, digits, "_" and "-"`,
      ],
    ],
    [
      "an LSM hook with what it can't have",
      policyWith('  lsmhooks:\n  - {hook: file_open, return: true, data: []}'),
      [
        '7:23: spec.lsmhooks[0].return: unknown field; allowed here: hook, args, selectors, message, tags',
        '7:37: spec.lsmhooks[0].data: unknown field; allowed here: hook, args, selectors, message, tags',
      ],
    ],
    [
      'an LSM hook without a name',
      policyWith('  lsmhooks:\n  - args: []'),
      ['7:5: spec.lsmhooks[0]: "hook" is missing'],
    ],
    [
      'a uprobe that goes nowhere',
      policyWith('  uprobes:\n  - path: /bin/bash\n    symbols: []'),
      ['7:5: spec.uprobes[0]: needs one of symbols, offsets, addrs: where to probe the file'],
    ],
    [
      'a uprobe with two kinds of places',
      policyWith('  uprobes:\n  - path: /bin/bash\n    symbols: [main]\n    addrs: [1]'),
      [
        "9:12: spec.uprobes[0].addrs: can't be combined with symbols; exactly one of symbols, offsets, addrs is allowed",
      ],
    ],
    [
      "a uprobe's places",
      policyWith(
        '  uprobes:\n  - path: /bin/bash\n    offsets: [x, -1]\n  - path: ""\n    symbols: ["a b"]\n    refCtrOffsets: [1, 2]',
      ),
      [
        '8:15: spec.uprobes[0].offsets[0]: must be a whole number from 0 to 2^64 - 1, not "x"',
        '8:18: spec.uprobes[0].offsets[1]: must be a whole number from 0 to 2^64 - 1, not "-1"',
        '9:12: spec.uprobes[1].path: must not be empty',
        '10:16: spec.uprobes[1].symbols[0]: "a b" is not a symbol; allowed: a name, or a name and an offset (main+0x10)',
        '11:20: spec.uprobes[1].refCtrOffsets: must have as many entries as there are places to probe: 1, not 2',
      ],
    ],
    [
      'digests',
      policyWith(
        '  uprobes:\n  - path: /bin/bash\n    symbols: [main]\n    binaryDigests: ["md5:00", "sha1:00", "build-id:xyz"]',
      ),
      [
        '9:22: spec.uprobes[0].binaryDigests[0]: "md5:00" is not a digest; allowed: ALGORITHM:HEX with one of sha1, sha256, sha384, sha512, build-id',
        `9:32: spec.uprobes[0].binaryDigests[1]: "00" can't be a sha1; it has 40 hex digits`,
        `9:43: spec.uprobes[0].binaryDigests[2]: "xyz" can't be a build-id; pairs of hex digits are allowed`,
      ],
    ],
    [
      'a usdt without anything',
      policyWith('  usdts:\n  - {}'),
      [
        '7:5: spec.usdts[0]: "path" is missing',
        '7:5: spec.usdts[0]: "provider" is missing',
        '7:5: spec.usdts[0]: "name" is missing',
      ],
    ],
  ])('%s', (_, source, expected) => {
    expect(errorsOf(source)).toEqual(expected);
  });
});

describe('arguments', () => {
  test.each<[string, string, string[]]>([
    [
      'an index that is no number',
      changed('index: 1', 'index: one'),
      ['12:14: spec.kprobes[0].args[1].index: must be a whole number from 0 to 4, not "one"'],
    ],
    [
      'an index beyond the fifth argument',
      changed('index: 1', 'index: 5'),
      ['12:14: spec.kprobes[0].args[1].index: must be a whole number from 0 to 4, not "5"'],
    ],
    [
      'no index',
      changed('index: 1\n      ', ''),
      [
        '12:7: spec.kprobes[0].args[1]: "index" is missing; it is the number of the argument, from 0',
      ],
    ],
    [
      'an unknown type',
      changed('type: int', 'type: integer'),
      [
        '13:13: spec.kprobes[0].args[1].type: "integer" is not a type; allowed: auto, int, int8, int16, int32, int64, uint8, uint16, uint32, uint64, size_t, string, filename, char_buf, char_iovec, iov_iter, const_buf, data_loc, fd, file, kiocb, path, dentry, linux_binprm, net_device, skb, sock, socket, sockaddr, sockaddr_un, cred, user_namespace, capability, kernel_cap_t, cap_inheritable, cap_permitted, cap_effective, bpf_attr, bpf_map, bpf_prog, bpf_cmd, perf_event, load_info, module, syscall64, nop, sint8, sint16, sint32, sint64, long, ulong, unsigned long',
      ],
    ],
    [
      'no type',
      changed('\n      type: int', ''),
      [
        `12:7: spec.kprobes[0].args[1]: "type" is missing: the type of a function's argument must be told, e.g. int, string, file, sock`,
      ],
    ],
    [
      'the type auto of a function',
      changed('type: int', 'type: auto'),
      [
        "13:13: spec.kprobes[0].args[1].type: the type of a function's argument must be told, e.g. int, string, file, sock",
      ],
    ],
    [
      'syscall64 of a function',
      changed('type: int', 'type: syscall64'),
      [
        '13:13: spec.kprobes[0].args[1].type: syscall64 is for the tracepoints raw_syscalls/sys_enter and sys_exit; use uint64',
      ],
    ],
    [
      'a type of tracepoints',
      changed('type: int', 'type: const_buf'),
      [
        '13:13: spec.kprobes[0].args[1].type: const_buf is for text fields of tracepoints; use string or char_buf',
      ],
    ],
    [
      'no type in a raw tracepoint',
      policyWith(
        '  tracepoints:\n  - {subsystem: sched, event: sched_switch, raw: true, args: [{index: 0}, {index: 5, type: int}]}',
      ),
      [
        '7:63: spec.tracepoints[0].args[0]: "type" is missing: it must be told, unless "resolve" leads to a field whose type is known',
        '7:83: spec.tracepoints[0].args[1].index: must be a whole number from 0 to 4, not "5"',
      ],
    ],
    [
      'six arguments',
      policyWith(
        `  kprobes:\n  - call: sys_read\n    args:\n${'    - {index: 0, type: int}\n'.repeat(6)}`,
      ),
      ['14:7: spec.kprobes[0].args[5]: at most 5 arguments are allowed here'],
    ],
    [
      'arguments and data, six',
      policyWith(
        '  kprobes:\n  - call: sys_read\n    args:\n' +
          '    - {index: 0, type: int}\n'.repeat(4) +
          '    data:\n' +
          '    - {index: 0, type: int, source: current_task, resolve: pid}\n'.repeat(2),
      ),
      ['15:7: spec.kprobes[0].data[1]: at most 5 args and data together are allowed here'],
    ],
    [
      'data without source and way',
      policyWith(
        '  kprobes:\n  - call: sys_read\n    data:\n    - {index: 0, type: int}\n    - {index: 0, type: int, source: stack, resolve: pid}\n    - {index: 0, type: int, source: pt_regs, resolve: rxx}',
      ),
      [
        '9:7: spec.kprobes[0].data[0]: "source" is missing; allowed: current_task, pt_regs',
        '9:7: spec.kprobes[0].data[0]: "resolve" is missing; it is the way to the value, e.g. cred.uid.val, or the name of a register',
        '10:37: spec.kprobes[0].data[1].source: "stack" is not allowed; allowed: current_task, pt_regs',
        '11:55: spec.kprobes[0].data[2].resolve: there is no register "rxx"; allowed: rdi, eax, r8d, x0, …',
      ],
    ],
    [
      'a source of an argument',
      changed('type: int', 'type: int\n      source: current_task'),
      [
        `14:15: spec.kprobes[0].args[1].source: only "data" has sources; a function's argument is told by its index`,
      ],
    ],
    [
      'a way that leads nowhere',
      changed('type: int', 'type: int\n      resolve: a..b'),
      [
        '14:16: spec.kprobes[0].args[1].resolve: "" is not the name of a field; allowed: names with dots between them, e.g. mm.owner.comm or a.b[3].c',
      ],
    ],
    [
      'a way too deep',
      changed('type: int', 'type: int\n      resolve: a.b.c.d.e.f.g.h.i.j.k'),
      ['14:16: spec.kprobes[0].args[1].resolve: 11 fields are too deep; at most 10 are allowed'],
    ],
    [
      'sizes',
      changed(
        'type: int',
        'type: char_buf\n      sizeArgIndex: 16\n      maxData: true\n      returnCopy: true',
      ),
      [
        '14:21: spec.kprobes[0].args[1].sizeArgIndex: must be a whole number from 0 to 15, not "16"',
        `15:16: spec.kprobes[0].args[1].maxData: can't be combined with "returnCopy"`,
      ],
    ],
    [
      "a module's type in a uprobe",
      policyWith(
        '  uprobes:\n  - {path: /bin/sh, symbols: [main], args: [{index: 0, type: int, btfType: t, btfTypeModule: m}]}',
      ),
      [
        '7:94: spec.uprobes[0].args[0].btfTypeModule: only kprobes and fentries take types from modules',
      ],
    ],
    [
      "a uprobe's argument without a type",
      policyWith('  uprobes:\n  - {path: /bin/sh, symbols: [main], args: [{index: 0}]}'),
      [
        '7:45: spec.uprobes[0].args[0]: "type" is missing: it must be told, unless "resolve" leads to a field whose type is known',
      ],
    ],
  ])('%s', (_, source, expected) => {
    expect(errorsOf(source)).toEqual(expected);
  });
});

describe('selectors', () => {
  test.each<[string, string, string[]]>([
    [
      'seventeen selectors',
      policyWith(`  kprobes:\n  - call: sys_read\n    selectors:\n${'    - {}\n'.repeat(17)}`),
      ['25:7: spec.kprobes[0].selectors[16]: at most 16 selectors are allowed here'],
    ],
    [
      'a filter on an argument that is not there',
      changed('index: 0\n        operator', 'index: 4\n        operator'),
      [
        '16:16: spec.kprobes[0].selectors[0].matchArgs[0].index: no argument of this hook has index 4; it has 0, 1',
      ],
    ],
    [
      'a position that is not there',
      changed('index: 0\n        operator', 'args: [2]\n        operator'),
      [
        '16:16: spec.kprobes[0].selectors[0].matchArgs[0].args[0]: no position 2 in args; allowed: 0 to 1',
      ],
    ],
    [
      'two positions',
      changed('index: 0\n        operator', 'args: [0, 1]\n        operator'),
      [
        '16:15: spec.kprobes[0].selectors[0].matchArgs[0].args: Prefix looks at one argument, not 2',
      ],
    ],
    [
      'an unknown operator',
      changed('Prefix', 'Prefixx'),
      [
        '17:19: spec.kprobes[0].selectors[0].matchArgs[0].operator: "Prefixx" is not an operator; allowed: Equal, NotEqual, GreaterThan, LessThan, GT, LT, Mask, InRange, NotInRange, InMap, NotInMap, Prefix, NotPrefix, Postfix, NotPostfix, SubString, SubStringIgnCase, FileType, NotFileType, SPort, NotSPort, DPort, NotDPort, SPortPriv, NotSPortPriv, DPortPriv, NotDPortPriv, SAddr, NotSAddr, DAddr, NotDAddr, Protocol, Family, State, CapabilitiesGained, CelExpr, NotSportPriv, SubStringIgnoreCase',
      ],
    ],
    [
      'no operator',
      changed('        operator: Prefix\n', ''),
      [
        '16:9: spec.kprobes[0].selectors[0].matchArgs[0]: "operator" is missing; allowed: Equal, NotEqual, GreaterThan, LessThan, GT, LT, Mask, InRange, NotInRange, InMap, NotInMap, Prefix, NotPrefix, Postfix, NotPostfix, SubString, SubStringIgnCase, FileType, NotFileType, SPort, NotSPort, DPort, NotDPort, SPortPriv, NotSPortPriv, DPortPriv, NotDPortPriv, SAddr, NotSAddr, DAddr, NotDAddr, Protocol, Family, State, CapabilitiesGained, CelExpr, NotSportPriv, SubStringIgnoreCase',
      ],
    ],
    [
      'no values',
      changed('        values: ["/etc/"]\n', ''),
      ['16:9: spec.kprobes[0].selectors[0].matchArgs[0]: "values" is missing'],
    ],
    [
      'an empty list of values',
      changed('["/etc/"]', '[]'),
      ['18:17: spec.kprobes[0].selectors[0].matchArgs[0].values: needs at least one value'],
    ],
    [
      'empty values',
      changed('["/etc/"]', '["", "/a", "\\0"]'),
      [
        '18:19: spec.kprobes[0].selectors[0].matchArgs[0].values[0]: must not be empty: every text would match Prefix',
        '18:29: spec.kprobes[0].selectors[0].matchArgs[0].values[2]: must not be empty: every text would match Prefix',
      ],
    ],
    [
      'null values',
      changed('["/etc/"]', '[~, "~"]'),
      ['18:18: spec.kprobes[0].selectors[0].matchArgs[0].values[0]: must be a text'],
    ],
    [
      'a value that is no list',
      changed('["/etc/"]', '/etc/'),
      ['18:17: spec.kprobes[0].selectors[0].matchArgs[0].values: must be a list'],
    ],
    [
      'a mapping as value',
      changed('["/etc/"]', '[{a: b}]'),
      ['18:18: spec.kprobes[0].selectors[0].matchArgs[0].values[0]: must be a text'],
    ],
    [
      'a text operator on a number',
      onNumber('Prefix', '[4]'),
      [
        "17:19: spec.kprobes[0].selectors[0].matchArgs[0].operator: Prefix can't be used on an argument of type int (Tetragon takes it, and it never matches); allowed for int: Equal, NotEqual, GreaterThan, LessThan, GT, LT, Mask, InRange, NotInRange, InMap, NotInMap, CelExpr",
      ],
    ],
    [
      'a number operator on a text',
      changed('Prefix', 'GreaterThan'),
      [
        "17:19: spec.kprobes[0].selectors[0].matchArgs[0].operator: GreaterThan can't be used on an argument of type file; allowed for file: Equal, NotEqual, Prefix, NotPrefix, Postfix, NotPostfix, SubString, SubStringIgnCase, FileType, NotFileType",
      ],
    ],
    [
      'a socket operator on a number',
      onNumber('DAddr', '[10.0.0.1]'),
      [
        "17:19: spec.kprobes[0].selectors[0].matchArgs[0].operator: DAddr can't be used on an argument of type int; allowed for int: Equal, NotEqual, GreaterThan, LessThan, GT, LT, Mask, InRange, NotInRange, InMap, NotInMap, CelExpr",
      ],
    ],
    [
      'a filter on nothing',
      changed('type: file', 'type: nop'),
      [
        "17:19: spec.kprobes[0].selectors[0].matchArgs[0].operator: Prefix can't be used on an argument of type nop; nothing can filter on nop",
      ],
    ],
    [
      'six filters',
      changed(
        '      matchBinaries',
        `${'      - {index: 0, operator: Equal, values: [/a]}\n'.repeat(5)}      matchBinaries`,
      ),
      ['23:9: spec.kprobes[0].selectors[0].matchArgs[5]: at most 5 filters are allowed here'],
    ],
    [
      'filters on the return that nobody waits for',
      changed(
        '      matchBinaries',
        '      matchReturnArgs: [{index: 0, operator: Equal, values: ["0"]}]\n      matchBinaries',
      ),
      [
        '19:24: spec.kprobes[0].selectors[0].matchReturnArgs: needs "return: true" in the hook: else the return is not waited for',
      ],
    ],
    [
      'filters on another return',
      policyWith(
        '  kprobes:\n  - call: sys_read\n    return: true\n    returnArg: {index: 0, type: long}\n    selectors:\n    - matchReturnArgs: [{index: 1, operator: Equal, values: ["0"]}]',
      ),
      [
        '11:33: spec.kprobes[0].selectors[0].matchReturnArgs[0].index: must be the index of returnArg, 0, not 1',
      ],
    ],
    [
      'filters on the return of an LSM hook',
      policyWith('  lsmhooks:\n  - hook: file_open\n    selectors:\n    - matchReturnArgs: []'),
      [
        '9:24: spec.lsmhooks[0].selectors[0].matchReturnArgs: only kprobes, fentries and uprobes return something',
      ],
    ],
    [
      'filters on the data of a tracepoint',
      policyWith(
        '  tracepoints:\n  - subsystem: a\n    event: b\n    selectors:\n    - matchData: []',
      ),
      [
        '10:18: spec.tracepoints[0].selectors[0].matchData: only kprobes, fentries and uprobes have "data"; use matchArgs',
      ],
    ],
    [
      'filters on data that is not there',
      policyWith(
        '  kprobes:\n  - call: sys_read\n    selectors:\n    - matchData: [{index: 0, operator: Equal, values: ["0"]}]',
      ),
      ['9:27: spec.kprobes[0].selectors[0].matchData[0].index: no position 0 in data; it is empty'],
    ],
    [
      'pids',
      onProcess(
        'matchPIDs: [{operator: Equal, values: [1]}, {operator: In, values: [-1, x, 4294967296]}, {operator: In}, {values: []}]',
      ),
      [
        '9:31: spec.kprobes[0].selectors[0].matchPIDs[0].operator: "Equal" is not allowed; allowed: In, NotIn',
        '9:76: spec.kprobes[0].selectors[0].matchPIDs[1].values[0]: must be a whole number from 0 to 4294967295, not "-1"',
        '9:80: spec.kprobes[0].selectors[0].matchPIDs[1].values[1]: must be a whole number from 0 to 4294967295, not "x"',
        '9:83: spec.kprobes[0].selectors[0].matchPIDs[1].values[2]: must be a whole number from 0 to 4294967295, not "4294967296"',
        '9:97: spec.kprobes[0].selectors[0].matchPIDs[2]: "values" is missing',
        '9:113: spec.kprobes[0].selectors[0].matchPIDs[3]: "operator" is missing; allowed: In, NotIn',
        '9:122: spec.kprobes[0].selectors[0].matchPIDs[3].values: needs at least one value',
      ],
    ],
    [
      'namespaces',
      onProcess(
        'matchNamespaces: [{namespace: Net, operator: In, values: [host, "-1", "0x10"]}, {namespace: net, operator: In, values: [host_ns]}]',
      ),
      [
        '9:66: spec.kprobes[0].selectors[0].matchNamespaces[0].values[0]: "host" is not a namespace; allowed: host_ns, or an inode number (ls -l /proc/self/ns)',
        '9:73: spec.kprobes[0].selectors[0].matchNamespaces[0].values[1]: "-1" is not a namespace; allowed: host_ns, or an inode number (ls -l /proc/self/ns)',
        '9:79: spec.kprobes[0].selectors[0].matchNamespaces[0].values[2]: "0x10" is not a namespace; allowed: host_ns, or an inode number (ls -l /proc/self/ns)',
        '9:100: spec.kprobes[0].selectors[0].matchNamespaces[1].namespace: "net" is not allowed; allowed: Uts, Ipc, Mnt, Pid, PidForChildren, Net, Time, TimeForChildren, Cgroup, User',
      ],
    ],
    [
      'changes of namespaces',
      onProcess(
        'matchNamespaceChanges: [{operator: In, values: [Disk]}, {operator: In, values: [Mnt]}]',
      ),
      [
        '9:56: spec.kprobes[0].selectors[0].matchNamespaceChanges[0].values[0]: "Disk" is not a namespace; allowed: Uts, Ipc, Mnt, Pid, PidForChildren, Net, Time, TimeForChildren, Cgroup, User',
        '9:64: spec.kprobes[0].selectors[0].matchNamespaceChanges[1]: at most 1 entry is allowed here',
      ],
    ],
    [
      'capabilities',
      onProcess('matchCapabilities: [{type: Ambient, operator: In, values: [CHOWN]}]'),
      [
        '9:35: spec.kprobes[0].selectors[0].matchCapabilities[0].type: "Ambient" is not allowed; allowed: Effective, Inheritable, Permitted',
        '9:67: spec.kprobes[0].selectors[0].matchCapabilities[0].values[0]: "CHOWN" is not a capability; allowed: CAP_CHOWN, DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER, CAP_FSETID, CAP_KILL, CAP_SETGID, CAP_SETUID, CAP_SETPCAP, CAP_LINUX_IMMUTABLE, CAP_NET_BIND_SERVICE, CAP_NET_BROADCAST, CAP_NET_ADMIN, CAP_NET_RAW, CAP_IPC_LOCK, CAP_IPC_OWNER, CAP_SYS_MODULE, CAP_SYS_RAWIO, CAP_SYS_CHROOT, CAP_SYS_PTRACE, CAP_SYS_PACCT, CAP_SYS_ADMIN, CAP_SYS_BOOT, CAP_SYS_NICE, CAP_SYS_RESOURCE, CAP_SYS_TIME, CAP_SYS_TTY_CONFIG, CAP_MKNOD, CAP_LEASE, CAP_AUDIT_WRITE, CAP_AUDIT_CONTROL, CAP_SETFCAP, CAP_MAC_OVERRIDE, CAP_MAC_ADMIN, CAP_SYSLOG, CAP_WAKE_ALARM, CAP_BLOCK_SUSPEND, CAP_AUDIT_READ, CAP_PERFMON, CAP_BPF, CAP_CHECKPOINT_RESTORE, CAP_DAC_OVERRIDE',
      ],
    ],
    [
      'binaries',
      onProcess(
        `matchBinaries: [{operator: In, values: [cat, "", "/${'x'.repeat(255)}"]}, {operator: In, values: [/a]}]`,
      ),
      [
        '9:48: spec.kprobes[0].selectors[0].matchBinaries[0].values[0]: "cat" must be an absolute path',
        '9:54: spec.kprobes[0].selectors[0].matchBinaries[0].values[1]: must not be empty',
        '9:58: spec.kprobes[0].selectors[0].matchBinaries[0].values[2]: 256 bytes are too long for In; at most 255 are allowed here',
        '9:319: spec.kprobes[0].selectors[0].matchBinaries[1]: at most 1 entry is allowed here',
      ],
    ],
    [
      'children of binaries that begin with something',
      onProcess('matchParentBinaries: [{operator: Prefix, values: [/a], followChildren: true}]'),
      [
        "9:79: spec.kprobes[0].selectors[0].matchParentBinaries[0].followChildren: can't be combined with Prefix; allowed with In and NotIn",
      ],
    ],
    [
      'too many filters',
      onProcess(
        `matchPIDs: [${'{operator: NotIn, values: [1]}, '.repeat(24)}], matchWorkloads: {}`,
      ),
      [
        '9:7: spec.kprobes[0].selectors[0]: 25 filters are too many; at most 24 are allowed in a selector',
      ],
    ],
    [
      'CapabilitiesGained without two sets',
      onCapabilities('index: 0, operator: CapabilitiesGained'),
      [
        '11:9: spec.kprobes[0].selectors[0].matchArgs[0]: CapabilitiesGained needs "args: [old, new]", the positions of two sets of capabilities',
      ],
    ],
    [
      'CapabilitiesGained of one',
      onCapabilities('args: [0], operator: CapabilitiesGained'),
      [
        '11:16: spec.kprobes[0].selectors[0].matchArgs[0].args: CapabilitiesGained takes two: the positions of the old set and of the new one',
      ],
    ],
    [
      'CapabilitiesGained of numbers',
      policyWith(
        '  kprobes:\n  - call: c\n    args: [{index: 0, type: int}, {index: 1, type: int}]\n    selectors:\n    - matchArgs: [{args: [0, 1], operator: CapabilitiesGained}]',
      ),
      [
        "10:44: spec.kprobes[0].selectors[0].matchArgs[0].operator: CapabilitiesGained can't be used on an argument of type int; allowed for int: Equal, NotEqual, GreaterThan, LessThan, GT, LT, Mask, InRange, NotInRange, InMap, NotInMap, CelExpr",
      ],
    ],
    [
      'values where none are taken',
      onSocket('SPortPriv', '["80"]'),
      ['11:49: spec.kprobes[0].selectors[0].matchArgs[0].values: SPortPriv takes no values'],
    ],
    [
      "a port of an address's other end",
      policyWith(
        '  kprobes:\n  - call: c\n    args: [{index: 0, type: sockaddr}]\n    selectors:\n    - matchArgs: [{index: 0, operator: DPort, values: ["80"]}]',
      ),
      [
        "10:40: spec.kprobes[0].selectors[0].matchArgs[0].operator: DPort can't be used on an argument of type sockaddr; allowed for sockaddr: SPort, NotSPort, SPortPriv, NotSPortPriv, SAddr, NotSAddr, Family",
      ],
    ],
    [
      'two expressions',
      onNumber('CelExpr', '[arg1 > 0, arg1 < 5]'),
      [
        '18:17: spec.kprobes[0].selectors[0].matchArgs[0].values: CelExpr takes exactly one expression, not 2',
      ],
    ],
    [
      'an expression on data',
      policyWith(
        '  kprobes:\n  - call: c\n    data: [{index: 0, type: int, source: current_task, resolve: pid}]\n    selectors:\n    - matchData: [{operator: CelExpr, values: [arg0 > 0]}]',
      ),
      [
        "10:30: spec.kprobes[0].selectors[0].matchData[0].operator: CelExpr can only stand in matchArgs: arg0 and its like are the hook's args",
      ],
    ],
    [
      'an expression on a file',
      onNumber('CelExpr', '[arg0 > 0]'),
      [
        '18:18: spec.kprobes[0].selectors[0].matchArgs[0].values[0]: not a usable expression: arg0 at character 1 is of type file; expressions take integers only',
      ],
    ],
    [
      'a list of what is no syscalls',
      policyWith(
        '  lists: [{name: l, values: [a]}]\n  tracepoints:\n  - subsystem: raw_syscalls\n    event: sys_enter\n    args: [{index: 4, type: syscall64}]\n    selectors:\n    - matchArgs: [{index: 4, operator: InMap, values: ["list:l", "list:m"]}]',
      ),
      [
        '12:57: spec.tracepoints[0].selectors[0].matchArgs[0].values[0]: list "l" does not hold syscalls; allowed here: lists of type syscalls, generated_syscalls',
        '12:67: spec.tracepoints[0].selectors[0].matchArgs[0].values[1]: at most one list is allowed here',
      ],
    ],
  ])('%s', (_, source, expected) => {
    expect(errorsOf(source)).toEqual(expected);
  });
});

describe('values', () => {
  test.each<[string, string, string[]]>([
    [
      'no whole numbers',
      onNumber('Equal', '[4x, 4.0, 08, 1e3]'),
      [
        '18:18: spec.kprobes[0].selectors[0].matchArgs[0].values[0]: "4x" is not a whole number',
        '18:22: spec.kprobes[0].selectors[0].matchArgs[0].values[1]: "4.0" is not a whole number',
        '18:27: spec.kprobes[0].selectors[0].matchArgs[0].values[2]: "08" is not a whole number',
        '18:31: spec.kprobes[0].selectors[0].matchArgs[0].values[3]: "1e3" is not a whole number',
      ],
    ],
    [
      "numbers that don't fit",
      onNumber('Equal', '[2147483648, -2147483649, 0x80000000]'),
      [
        '18:18: spec.kprobes[0].selectors[0].matchArgs[0].values[0]: 2147483648 does not fit into int; allowed: -2147483648 to 2147483647',
        '18:30: spec.kprobes[0].selectors[0].matchArgs[0].values[1]: -2147483649 does not fit into int; allowed: -2147483648 to 2147483647',
        '18:43: spec.kprobes[0].selectors[0].matchArgs[0].values[2]: 2147483648 does not fit into int; allowed: -2147483648 to 2147483647',
      ],
    ],
    [
      'an unsigned number below 0',
      onNumber('LessThan', '[-1]').replace('type: int', 'type: uint8'),
      [
        '18:18: spec.kprobes[0].selectors[0].matchArgs[0].values[0]: -1 does not fit into uint8; allowed: 0 to 255',
      ],
    ],
    [
      'a mask of nothing',
      onNumber('Mask', '["0"]'),
      [
        '18:19: spec.kprobes[0].selectors[0].matchArgs[0].values[0]: a mask of 0 has no bit in common with anything; it would never match',
      ],
    ],
    [
      'ranges',
      onNumber('InRange', '["5", "5:1", "a:b", "1:2:3", "0:2147483648"]'),
      [
        '18:19: spec.kprobes[0].selectors[0].matchArgs[0].values[0]: "5" is not a range; allowed: min:max, e.g. 1000:60000',
        '18:24: spec.kprobes[0].selectors[0].matchArgs[0].values[1]: the range "5:1" is empty; write 1:5',
        '18:31: spec.kprobes[0].selectors[0].matchArgs[0].values[2]: "a:b" is not a range; allowed: min:max, e.g. 1000:60000',
        '18:38: spec.kprobes[0].selectors[0].matchArgs[0].values[3]: "1:2:3" is not a range; allowed: min:max, e.g. 1000:60000',
        '18:47: spec.kprobes[0].selectors[0].matchArgs[0].values[4]: 2147483648 does not fit into int; allowed: -2147483648 to 2147483647',
      ],
    ],
    [
      'sets',
      onNumber('InMap', '["0x10", "1:x", "1:99999999999"]'),
      [
        '18:19: spec.kprobes[0].selectors[0].matchArgs[0].values[0]: "0x10" is neither a decimal number nor a range; allowed: N or min:max',
        '18:27: spec.kprobes[0].selectors[0].matchArgs[0].values[1]: "1:x" is neither a decimal number nor a range; allowed: N or min:max',
        '18:34: spec.kprobes[0].selectors[0].matchArgs[0].values[2]: 99999999999 does not fit into int; allowed: -2147483648 to 2147483647',
      ],
    ],
    [
      'a prefix too long',
      changed('/etc/', `/${'x'.repeat(252)}`),
      [
        '18:19: spec.kprobes[0].selectors[0].matchArgs[0].values[0]: 253 bytes are too long for Prefix; at most 252 are allowed here',
      ],
    ],
    [
      'a postfix too long',
      changed('Prefix', 'Postfix').replace('/etc/', 'x'.repeat(128)),
      [
        '18:19: spec.kprobes[0].selectors[0].matchArgs[0].values[0]: 128 bytes are too long for Postfix; at most 127 are allowed here',
      ],
    ],
    [
      'a path too long in bytes',
      changed('Prefix', 'Equal').replace('/etc/', `/${'é'.repeat(2048)}`),
      [
        '18:19: spec.kprobes[0].selectors[0].matchArgs[0].values[0]: 4097 bytes are too long for Equal; at most 4095 are allowed here',
      ],
    ],
    [
      'a part of a text too long',
      changed('Prefix', 'SubStringIgnoreCase').replace('/etc/', 'x'.repeat(100)),
      [
        '18:19: spec.kprobes[0].selectors[0].matchArgs[0].values[0]: 100 bytes are too long for SubStringIgnCase; at most 99 are allowed here',
      ],
    ],
    [
      'a hundred and one parts',
      changed('Prefix', 'SubString').replace('"/etc/"', 'x, '.repeat(101)),
      [
        '18:318: spec.kprobes[0].selectors[0].matchArgs[0].values[100]: at most 100 values of SubString operators are allowed in a policy',
      ],
    ],
    [
      'types of files',
      changed('Prefix', 'FileType'),
      [
        '18:19: spec.kprobes[0].selectors[0].matchArgs[0].values[0]: "/etc/" is not a type of file; allowed: sock, socket, lnk, link, reg, regular, blk, block, dir, chr, char, fifo, pipe',
      ],
    ],
    [
      'addresses',
      onSocket('DAddr', '[localhost, 10.0.0.0/33, "fe80::1%eth0", 1.2.3, 10.0.0.0/8/8, "::/129"]'),
      [
        '11:46: spec.kprobes[0].selectors[0].matchArgs[0].values[0]: "localhost" is not an address; allowed: IPv4 and IPv6 addresses and networks, e.g. 127.0.0.1, 10.0.0.0/8, ::1, fd00::/8',
        '11:57: spec.kprobes[0].selectors[0].matchArgs[0].values[1]: "10.0.0.0/33" is not an address; allowed: IPv4 and IPv6 addresses and networks, e.g. 127.0.0.1, 10.0.0.0/8, ::1, fd00::/8',
        '11:71: spec.kprobes[0].selectors[0].matchArgs[0].values[2]: "fe80::1%eth0" is not an address; allowed: IPv4 and IPv6 addresses and networks, e.g. 127.0.0.1, 10.0.0.0/8, ::1, fd00::/8',
        '11:86: spec.kprobes[0].selectors[0].matchArgs[0].values[3]: "1.2.3" is not an address; allowed: IPv4 and IPv6 addresses and networks, e.g. 127.0.0.1, 10.0.0.0/8, ::1, fd00::/8',
        '11:93: spec.kprobes[0].selectors[0].matchArgs[0].values[4]: "10.0.0.0/8/8" is not an address; allowed: IPv4 and IPv6 addresses and networks, e.g. 127.0.0.1, 10.0.0.0/8, ::1, fd00::/8',
        '11:108: spec.kprobes[0].selectors[0].matchArgs[0].values[5]: "::/129" is not an address; allowed: IPv4 and IPv6 addresses and networks, e.g. 127.0.0.1, 10.0.0.0/8, ::1, fd00::/8',
      ],
    ],
    [
      'ports',
      onSocket('DPort', '["65536", "-1", "0x50", http]'),
      [
        `11:47: spec.kprobes[0].selectors[0].matchArgs[0].values[0]: "65536" can't be a port; allowed: 0 to 65535`,
        `11:56: spec.kprobes[0].selectors[0].matchArgs[0].values[1]: "-1" can't be a port; allowed: 0 to 65535`,
        '11:62: spec.kprobes[0].selectors[0].matchArgs[0].values[2]: "0x50" is neither a decimal number nor a range; allowed: N or min:max',
        '11:69: spec.kprobes[0].selectors[0].matchArgs[0].values[3]: "http" is neither a decimal number nor a range; allowed: N or min:max',
      ],
    ],
    [
      'protocols',
      onSocket('Protocol', '[TCP, "65536", "17:6"]'),
      [
        '11:49: spec.kprobes[0].selectors[0].matchArgs[0].values[0]: "TCP" is not a number, a range or the name of a protocol (IPPROTO_TCP)',
        `11:55: spec.kprobes[0].selectors[0].matchArgs[0].values[1]: "65536" can't be a protocol; allowed: 0 to 65535`,
        `11:64: spec.kprobes[0].selectors[0].matchArgs[0].values[2]: "17:6" can't be a protocol; allowed: 0 to 65535`,
      ],
    ],
    [
      'families',
      onSocket('Family', '[AF_INTERNET, "-1"]'),
      [
        '11:47: spec.kprobes[0].selectors[0].matchArgs[0].values[0]: "AF_INTERNET" is not a number or the name of an address family (AF_INET)',
        `11:61: spec.kprobes[0].selectors[0].matchArgs[0].values[1]: "-1" can't be an address family; allowed: 0 to 65535`,
      ],
    ],
    [
      'states',
      onSocket('State', '[SYN_SENT]'),
      [
        '11:46: spec.kprobes[0].selectors[0].matchArgs[0].values[0]: "SYN_SENT" is not a number or one of TCP_ESTABLISHED, TCP_SYN_SENT, TCP_SYN_RECV, TCP_FIN_WAIT1, TCP_FIN_WAIT2, TCP_TIME_WAIT, TCP_CLOSE, TCP_CLOSE_WAIT, TCP_LAST_ACK, TCP_LISTEN, TCP_CLOSING, TCP_NEW_SYN_RECV',
      ],
    ],
    [
      'sets of capabilities',
      onCapabilities('index: 0, operator: Equal, values: ["CAP_CHOWN,CAP_FLY", "-1"]'),
      [
        '11:47: spec.kprobes[0].selectors[0].matchArgs[0].values[0]: "CAP_FLY" is neither a number nor a capability; allowed: CAP_CHOWN, CAP_SYS_ADMIN, …',
        '11:68: spec.kprobes[0].selectors[0].matchArgs[0].values[1]: -1 does not fit into kernel_cap_t; allowed: 0 to 18446744073709551615',
      ],
    ],
  ])('%s', (_, source, expected) => {
    expect(errorsOf(source)).toEqual(expected);
  });
});

describe('actions', () => {
  test.each<[string, string, string[]]>([
    [
      'an unknown action',
      changed('Sigkill', 'Kill'),
      [
        '23:17: spec.kprobes[0].selectors[0].matchActions[0].action: "Kill" is not an action; allowed: Post, NoPost, Sigkill, Signal, Override, GetUrl, DnsLookup, TrackSock, UntrackSock, NotifyEnforcer, CleanupEnforcerNotification',
      ],
    ],
    [
      'actions that were removed',
      changed('Sigkill', 'FollowFD\n        argFd: 0\n        argName: 1'),
      [
        "23:17: spec.kprobes[0].selectors[0].matchActions[0].action: FollowFD was removed from Tetragon; an argument of type fd gives a descriptor's file without it",
        "24:9: spec.kprobes[0].selectors[0].matchActions[0].argFd: belonged to FollowFD, which Tetragon has removed; an argument of type fd gives a descriptor's file",
        "25:9: spec.kprobes[0].selectors[0].matchActions[0].argName: belonged to FollowFD, which Tetragon has removed; an argument of type fd gives a descriptor's file",
      ],
    ],
    [
      'no action',
      changed('action: Sigkill', '{}'),
      [
        '23:9: spec.kprobes[0].selectors[0].matchActions[0]: "action" is missing; allowed: Post, NoPost, Sigkill, Signal, Override, GetUrl, DnsLookup, TrackSock, UntrackSock, NotifyEnforcer, CleanupEnforcerNotification',
      ],
    ],
    [
      'four actions',
      changed('      - action: Sigkill', '      - action: Post\n'.repeat(4)),
      ['26:9: spec.kprobes[0].selectors[0].matchActions[3]: at most 3 actions are allowed here'],
    ],
    [
      'an action of another kind of hook',
      changed('Sigkill', 'Set'),
      [
        "23:17: spec.kprobes[0].selectors[0].matchActions[0].action: Set can't be used in kprobes; allowed: Post, NoPost, Sigkill, Signal, Override, GetUrl, DnsLookup, TrackSock, UntrackSock, NotifyEnforcer, CleanupEnforcerNotification",
      ],
    ],
    [
      'an enforcing action in a fentry',
      changed('kprobes', 'fentries'),
      [
        "23:17: spec.fentries[0].selectors[0].matchActions[0].action: Sigkill can't be used in fentries; allowed: Post, NoPost, GetUrl, DnsLookup, TrackSock, UntrackSock, CleanupEnforcerNotification",
      ],
    ],
    [
      'Override in a tracepoint',
      policyWith(
        '  tracepoints:\n  - subsystem: a\n    event: b\n    selectors:\n    - matchActions: [{action: Override, argError: -1}]',
      ),
      [
        "10:31: spec.tracepoints[0].selectors[0].matchActions[0].action: Override can't be used in tracepoints; allowed: Post, NoPost, Sigkill, Signal, GetUrl, DnsLookup, NotifyEnforcer, CleanupEnforcerNotification",
      ],
    ],
    [
      'network actions in a uprobe',
      policyWith(
        '  uprobes:\n  - path: /a\n    symbols: [b]\n    selectors:\n    - matchActions: [{action: GetUrl, argUrl: "http://a"}]',
      ),
      [
        "10:31: spec.uprobes[0].selectors[0].matchActions[0].action: GetUrl can't be used in uprobes; allowed: Post, NoPost, Sigkill, Signal, Override",
      ],
    ],
    [
      'NotifyEnforcer without an enforcer',
      changed('Sigkill', 'NotifyEnforcer'),
      [
        '23:17: spec.kprobes[0].selectors[0].matchActions[0].action: NotifyEnforcer needs "spec.enforcers", which says the calls to enforce in',
      ],
    ],
    [
      'signals',
      changed(
        'action: Sigkill',
        'action: Signal\n      - {action: Signal, argSig: 0}\n      - {action: Signal, argSig: 65}',
      ),
      [
        '23:9: spec.kprobes[0].selectors[0].matchActions[0]: "argSig" is missing; Signal sends that signal, e.g. 15',
        '24:34: spec.kprobes[0].selectors[0].matchActions[1].argSig: 0 is not a signal; allowed: 1 to 64',
        '25:34: spec.kprobes[0].selectors[0].matchActions[2].argSig: 65 is not a signal; allowed: 1 to 64',
      ],
    ],
    [
      'an error that is no number',
      changed('Sigkill', 'Override\n        argError: EPERM'),
      [
        '24:19: spec.kprobes[0].selectors[0].matchActions[0].argError: must be a whole number from -2147483648 to 2147483647, not "EPERM"',
      ],
    ],
    [
      'URLs and names',
      changed(
        'action: Sigkill',
        'action: GetUrl\n      - {action: GetUrl, argUrl: "file:///etc/passwd"}\n      - {action: DnsLookup, argFqdn: "a b"}',
      ),
      [
        '23:9: spec.kprobes[0].selectors[0].matchActions[0]: "argUrl" is missing; GetUrl asks for it',
        '24:35: spec.kprobes[0].selectors[0].matchActions[1].argUrl: "file:///etc/passwd" is not a URL; allowed: http://… and https://…',
        '25:39: spec.kprobes[0].selectors[0].matchActions[2].argFqdn: "a b" is not the name of a host',
      ],
    ],
    [
      'a socket that is none',
      changed(
        'action: Sigkill',
        'action: TrackSock\n        argSock: 1\n      - {action: UntrackSock, argSock: 3}',
      ),
      [
        '24:18: spec.kprobes[0].selectors[0].matchActions[0].argSock: TrackSock takes an argument of type sock or socket; argument 1 is of type int',
        '25:40: spec.kprobes[0].selectors[0].matchActions[1].argSock: UntrackSock takes a socket, and no argument of this hook has index 3',
      ],
    ],
    [
      'a value that is not there',
      policyWith(
        '  usdts:\n  - path: /a\n    provider: b\n    name: c\n    selectors:\n    - matchActions: [{action: Set, argIndex: 1, argValue: -1}]',
      ),
      [
        '11:46: spec.usdts[0].selectors[0].matchActions[0].argIndex: Set writes to an argument of the hook, and none has index 1; it has none',
        '11:59: spec.usdts[0].selectors[0].matchActions[0].argValue: must be a whole number from 0 to 4294967295, not "-1"',
      ],
    ],
    [
      'rate limits',
      changed(
        'action: Sigkill',
        'action: Post\n        rateLimit: 5d\n      - {action: Post, rateLimit: 5, rateLimitScope: host}\n      - {action: Post, rateLimitScope: global}',
      ),
      [
        '24:20: spec.kprobes[0].selectors[0].matchActions[0].rateLimit: "5d" is not a time; allowed: seconds (5 or 5s), minutes (5m), hours (5h)',
        '25:54: spec.kprobes[0].selectors[0].matchActions[1].rateLimitScope: "host" is not allowed; allowed: thread, process, global',
        '26:40: spec.kprobes[0].selectors[0].matchActions[2].rateLimitScope: needs "rateLimit"',
      ],
    ],
    [
      'what only Post does',
      changed(
        'Sigkill',
        'Sigkill\n        rateLimit: 5\n        kernelStackTrace: true\n        userStackTrace: false',
      ),
      [
        '24:20: spec.kprobes[0].selectors[0].matchActions[0].rateLimit: only goes with the action Post, not with Sigkill',
        '25:27: spec.kprobes[0].selectors[0].matchActions[0].kernelStackTrace: only goes with the action Post, not with Sigkill',
      ],
    ],
    [
      'a hash of a kprobe',
      changed('Sigkill', 'Post\n        imaHash: true'),
      [
        '24:18: spec.kprobes[0].selectors[0].matchActions[0].imaHash: can only be used in lsmhooks, not in kprobes',
      ],
    ],
    [
      "what LSM hooks can't give",
      policyWith(
        '  lsmhooks:\n  - hook: task_kill\n    selectors:\n    - matchActions: [{action: Post, imaHash: true, userStackTrace: true}]',
      ),
      [
        '9:46: spec.lsmhooks[0].selectors[0].matchActions[0].imaHash: the hook task_kill has no file to hash; allowed: bprm_check_security, bprm_committed_creds, bprm_committing_creds, bprm_creds_for_exec, bprm_creds_from_file, file_ioctl, file_lock, file_open, file_post_open, file_receive, mmap_file',
        "9:68: spec.lsmhooks[0].selectors[0].matchActions[0].userStackTrace: can't be used in lsmhooks",
      ],
    ],
    [
      'registers in a kprobe',
      changed('Sigkill', 'Override\n        argRegs: [rax=1]'),
      [
        '24:18: spec.kprobes[0].selectors[0].matchActions[0].argRegs: only goes with the action Override in uprobes',
      ],
    ],
    [
      'registers',
      policyWith(
        '  uprobes:\n  - path: /a\n    symbols: [b]\n    selectors:\n    - matchActions:\n      - action: Override\n        argRegs: [rax, rax=1=2, zax=1, "rax=%zbx", rax=rbx]',
      ),
      [
        '12:19: spec.uprobes[0].selectors[0].matchActions[0].argRegs[0]: "rax" must have exactly one "="; allowed: register=VALUE with VALUE a number, %register, 8%register, (%register) or 8(%register)',
        '12:24: spec.uprobes[0].selectors[0].matchActions[0].argRegs[1]: "rax=1=2" must have exactly one "="; allowed: register=VALUE with VALUE a number, %register, 8%register, (%register) or 8(%register)',
        '12:33: spec.uprobes[0].selectors[0].matchActions[0].argRegs[2]: there is no register "zax"; allowed: rax, edi, r8, x0, …',
        '12:41: spec.uprobes[0].selectors[0].matchActions[0].argRegs[3]: there is no register "zbx"; allowed: rax, edi, r8, x0, …',
        `12:52: spec.uprobes[0].selectors[0].matchActions[0].argRegs[4]: "rbx" can't be given to a register; allowed: register=VALUE with VALUE a number, %register, 8%register, (%register) or 8(%register)`,
      ],
    ],
    [
      'two places to go to',
      policyWith(
        '  uprobes:\n  - path: /a\n    symbols: [b]\n    selectors:\n    - matchActions:\n      - {action: Override, argNewSymbol: c, argNewAddr: 1}',
      ),
      [
        '11:57: spec.uprobes[0].selectors[0].matchActions[0].argNewAddr: at most one of argNewSymbol, argNewAddr, argNewOffset is allowed',
      ],
    ],
  ])('%s', (_, source, expected) => {
    expect(errorsOf(source)).toEqual(expected);
  });
});
