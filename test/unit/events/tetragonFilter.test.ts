import { describe, expect, test } from 'vitest';
import type { FilterAbilities } from '../../../src/events/tetragonFilter/conditions.ts';
import {
  compileFilters,
  type EventFilter,
  readFilterLists,
  requestFilterLists,
} from '../../../src/events/tetragonFilter/filters.ts';
import { parseLabelSelector } from '../../../src/events/tetragonFilter/labels.ts';
import type { Event, Pod, Process } from '../../../src/events/types.ts';
import { kprobe, process } from './helpers.ts';

const ABILITIES: FilterAbilities = {
  credentials: true,
  ancestors: ['process_exec', 'process_kprobe'],
};

const compile = async (allow: string, deny = '', abilities = ABILITIES): Promise<EventFilter> =>
  compileFilters(readFilterLists(allow, deny), { abilities });

const exec = (fields: Partial<Process> = {}, rest: object = {}): Event => ({
  kind: 'process_exec',
  nodeName: 'n',
  process: process(fields),
  ...rest,
});

const pod = (fields: Partial<Pod> = {}): Pod => ({ namespace: 'ns', name: 'pod-1', ...fields });
const inContainer = (name: string, maybeExecProbe = false): Pod =>
  pod({ container: { id: 'x', name, maybeExecProbe } });

const NO_PROCESS: readonly Event[] = [
  { kind: 'process_throttle', nodeName: 'n', type: 'THROTTLE_START', cgroup: 'c' },
  { kind: 'rate_limit_info', nodeName: 'n', numberOfDroppedProcessEvents: 1n },
  { kind: 'test', nodeName: 'n', arg0: 0n, arg1: 0n, arg2: 0n, arg3: 0n },
];

const JOURNAL: Event = {
  kind: 'trigon_journal',
  nodeName: 'n',
  action: 'armed',
  policy: 'p',
  detail: '',
  via: 'screen',
};

const child = (parent: Partial<Process>): Event => exec({}, { parent: process(parent) });
const older = (...binaries: string[]): Event =>
  exec({}, { ancestors: binaries.map((binary) => process({ binary })) });

describe('fields', () => {
  test.each<[filter: string, matches: Event[], others: Event[]]>([
    [
      '{"binary_regex":["^/usr/bin/c","/nc$"]}',
      [exec({ binary: '/usr/bin/curl' }), exec({ binary: '/x/nc' })],
      [exec({ binary: '/usr/bin/Curl' }), exec({ binary: '' }), ...NO_PROCESS, JOURNAL],
    ],
    [
      '{"parent_binary_regex":["sh$"]}',
      [child({ binary: '/bin/bash' })],
      [exec({ binary: '/bin/sh' }), child({ binary: '/bin/x' }), ...NO_PROCESS],
    ],
    [
      '{"ancestor_binary_regex":["sshd$"]}',
      [older('/bin/sh', '/usr/sbin/sshd')],
      [exec(), older('/bin/sh'), child({ binary: '/usr/sbin/sshd' }), ...NO_PROCESS],
    ],
    [
      '{"arguments_regex":["(?i)passw","^-x$"]}',
      [exec({ arguments: '--PASSWORD=1' }), exec({ arguments: '-x' })],
      [exec({ arguments: '-xx' }), exec(), ...NO_PROCESS],
    ],
    [
      '{"parent_arguments_regex":["^$"]}',
      [child({ arguments: '' })],
      [child({ arguments: 'x' }), exec(), ...NO_PROCESS],
    ],
    [
      '{"namespace":["a","b"]}',
      [exec({ pod: pod({ namespace: 'b' }) })],
      [exec({ pod: pod({ namespace: 'ab' }) }), exec(), ...NO_PROCESS],
    ],
    ['{"namespace":[""]}', [exec()], [exec({ pod: pod() }), ...NO_PROCESS, JOURNAL]],
    [
      '{"namespace_regex":["^kube-"]}',
      [exec({ pod: pod({ namespace: 'kube-system' }) })],
      [exec({ pod: pod() }), exec(), ...NO_PROCESS],
    ],
    ['{"pod_regex":["-1$"]}', [exec({ pod: pod() })], [exec({ pod: pod({ name: 'x' }) }), exec()]],
    [
      '{"container_name_regex":["^web"]}',
      [
        exec({ pod: inContainer('web-1') }),
        exec({ trigon: { container: { id: 'i', name: 'webby', image: '' } } }),
      ],
      [exec({ pod: inContainer('db') }), exec({ pod: pod() }), exec(), ...NO_PROCESS],
    ],
    [
      '{"container_id":["^abc"]}',
      [
        exec({ docker: 'abcdef' }),
        exec({ docker: 'x', trigon: { container: { id: 'abcd', name: '', image: '' } } }),
      ],
      [exec({ docker: 'xabc' }), exec(), ...NO_PROCESS],
    ],
    ['{"container_id":["^$"]}', [exec()], [exec({ docker: 'a' })]],
    [
      '{"labels":["app=web,tier!=db","only"]}',
      [
        exec({ pod: pod({ podLabels: { app: 'web' } }) }),
        exec({ pod: pod({ podLabels: { only: '' } }) }),
      ],
      [
        exec({ pod: pod({ podLabels: { app: 'web', tier: 'db' } }) }),
        exec({ pod: pod() }),
        exec(),
        ...NO_PROCESS,
      ],
    ],
    ['{"labels":["!app"]}', [exec({ pod: pod() })], [exec()]],
    ['{"pid":[1,"22"]}', [exec({ pid: 1 }), exec({ pid: 22 })], [exec({ pid: 2 }), exec()]],
    [
      '{"event_set":["PROCESS_EXEC",27]}',
      [exec(), ...NO_PROCESS.slice(0, 1)],
      [kprobe('f'), ...NO_PROCESS.slice(1)],
    ],
    ['{"event_set":["TRIGON_JOURNAL"]}', [JOURNAL], [exec(), ...NO_PROCESS]],
    [
      '{"policy_names":["p","q"]}',
      [kprobe('f', [], { policyName: 'q' }), JOURNAL],
      [kprobe('f', [], { policyName: 'pp' }), kprobe('f'), exec(), ...NO_PROCESS],
    ],
    ['{"policy_names":[""]}', [], [kprobe('f'), exec()]],
    [
      '{"health_check":true}',
      [exec({ pod: inContainer('x', true) }), child({ pod: inContainer('x', true) })],
      [exec({ pod: inContainer('x') }), exec(), ...NO_PROCESS],
    ],
    [
      '{"health_check":false}',
      [exec({ pod: inContainer('x') }), exec(), ...NO_PROCESS],
      [exec({ pod: inContainer('x', true) })],
    ],
    [
      '{"in_init_tree":true}',
      [exec({ inInitTree: true })],
      [exec({ inInitTree: false }), exec(), ...NO_PROCESS],
    ],
    [
      '{"in_init_tree":false}',
      [exec({ inInitTree: false }), exec()],
      [exec({ inInitTree: true }), ...NO_PROCESS],
    ],
    // All fields, one of each list.
    [
      '{"binary_regex":["curl","wget"],"pid":[1,2],"event_set":["PROCESS_EXEC"]}',
      [exec({ pid: 2 })],
      [
        exec({ pid: 3 }),
        exec({ pid: 2, binary: '/bin/x' }),
        kprobe('f', [], { process: process({ pid: 2 }) }),
      ],
    ],
    // One of the objects: on lines, or not.
    [
      '{"pid":[1]}\n{"pid":[2]} {"pid":[3]}',
      [exec({ pid: 1 }), exec({ pid: 2 }), exec({ pid: 3 })],
      [exec({ pid: 4 })],
    ],
    ['[{"pid":[1]},\n {"pid":[2]}]', [exec({ pid: 1 }), exec({ pid: 2 })], [exec({ pid: 4 })]],
    // Nothing is asked.
    ['', [exec(), kprobe('f'), ...NO_PROCESS, JOURNAL], []],
    ['{}', [exec(), ...NO_PROCESS], []],
    ['{"binary_regex":[],"pid":null}', [exec(), ...NO_PROCESS], []],
    ['{"binaryRegex":["curl"],"inInitTree":false}', [exec()], [exec({ binary: '/x' })]],
  ])('%s', async (filter, matches, others) => {
    const { wants } = await compile(filter);
    expect(matches.map(wants)).toEqual(matches.map(() => true));
    expect(others.map(wants)).toEqual(others.map(() => false));
  });

  const cap = (...effective: NonNullable<NonNullable<Process['cap']>['effective']>) =>
    exec({ cap: effective.length > 0 ? { effective } : {} });
  const KILL_ADMIN = cap('CAP_KILL', 'CAP_SYS_ADMIN');
  const CHOWN = cap('CAP_CHOWN', 'DAC_OVERRIDE');
  const NONE = cap();
  test.each<[set: string, matches: Event[], others: Event[]]>([
    ['{"any":["CAP_SYS_ADMIN","CAP_BPF"]}', [KILL_ADMIN], [CHOWN, NONE, exec(), ...NO_PROCESS]],
    ['{"any":[21]}', [KILL_ADMIN], [CHOWN]],
    ['{"all":["CAP_SYS_ADMIN","CAP_KILL"]}', [KILL_ADMIN], [cap('CAP_KILL'), NONE, exec()]],
    ['{"exactly":["CAP_SYS_ADMIN","CAP_KILL"]}', [KILL_ADMIN], [cap('CAP_KILL'), NONE]],
    ['{"exactly":["CAP_KILL"]}', [cap('CAP_KILL')], [KILL_ADMIN]],
    ['{"none":["CAP_SYS_ADMIN"]}', [CHOWN, NONE], [KILL_ADMIN, exec()]],
    ['{"any":["DAC_OVERRIDE"]}', [CHOWN], [KILL_ADMIN]],
    ['{"any":["CAP_DAC_OVERRIDE"]}', [CHOWN], [KILL_ADMIN]],
  ])('capabilities %s', async (set, matches, others) => {
    const { wants } = await compile(`{"capabilities":{"effective":${set}}}`);
    expect(matches.map(wants)).toEqual(matches.map(() => true));
    expect(others.map(wants)).toEqual(others.map(() => false));
  });

  test('of each set of capabilities what it says', async () => {
    const { wants } = await compile(
      '{"capabilities":{"permitted":{"any":["CAP_BPF"]},"inheritable":{"none":["CAP_KILL"]}}}',
    );
    expect(wants(exec({ cap: { permitted: ['CAP_BPF'] } }))).toBe(true);
    expect(wants(exec({ cap: { effective: ['CAP_BPF'] } }))).toBe(false);
    expect(wants(exec({ cap: { permitted: ['CAP_BPF'], inheritable: ['CAP_KILL'] } }))).toBe(false);
  });
});

describe('pid_set', () => {
  const ids = async (filter: EventFilter, pids: number[]) =>
    pids.filter((pid) => filter.wants(exec({ pid })));

  test('processes and all that descend from them', async () => {
    const filter = await compile('{"pid_set":[10]}');
    filter.start([
      { pid: 12, parent: 11 },
      { pid: 11, parent: 10 },
      { pid: 10, parent: 1 },
      { pid: 20, parent: 1 },
    ]);
    expect(await ids(filter, [1, 10, 11, 12, 20])).toEqual([10, 11, 12]);
    filter.onFork(13, 12);
    filter.onFork(21, 20);
    filter.onExit(12);
    filter.onExit(10);
    expect(await ids(filter, [10, 11, 12, 13, 21])).toEqual([10, 11, 13]);
    // A number is used again by a process that isn't one of them.
    filter.onFork(11, 1);
    expect(await ids(filter, [10, 11, 13])).toEqual([10, 13]);
  });

  test("processes that are each other's parents don't hang it", async () => {
    const filter = await compile('', '{"pid_set":[1,2]}');
    filter.start([
      { pid: 1, parent: 2 },
      { pid: 2, parent: 1 },
      { pid: 3, parent: 2 },
    ]);
    expect(await ids(filter, [1, 2, 3, 4])).toEqual([4]);
  });

  test("an event without a process is nobody's", async () => {
    const { wants } = await compile('{"pid_set":[0]}');
    expect(NO_PROCESS.map(wants)).toEqual([false, false, false]);
  });
});

describe('allowed and denied', () => {
  test.each<[allow: string, deny: string, wanted: number[]]>([
    ['', '', [1, 2, 3]],
    ['{"pid":[1,2]}', '', [1, 2]],
    ['', '{"pid":[1]}', [2, 3]],
    ['{"pid":[1,2]}', '{"pid":[2,3]}', [1]],
    ['{"pid":[1]}', '{}', []],
  ])('allow %j, deny %j', async (allow, deny, wanted) => {
    const { wants } = await compile(allow, deny);
    expect([1, 2, 3].filter((pid) => wants(exec({ pid })))).toEqual(wanted);
  });

  test('of a request', async () => {
    const lists = requestFilterLists([{ pid: [1, 2] }], [{ pid: [2] }]);
    const { wants } = await compileFilters(lists, { abilities: ABILITIES });
    expect([1, 2, 3].filter((pid) => wants(exec({ pid })))).toEqual([1]);
    await expect(
      compileFilters(requestFilterLists([{}, { pids: [1] }], []), { abilities: ABILITIES }),
    ).rejects.toThrow('allow_list[1]: a filter has no field "pids"; did you mean pid?');
  });
});

describe('what is wrong is said, with its line', () => {
  test.each<[text: string, message: RegExp]>([
    [
      '{"binary_regexp":["x"]}',
      /--export-allowlist, line 1: a filter has no field "binary_regexp"; did you mean binary_regex\?/,
    ],
    ['{"pid":[1]}\n\n{"xyz":1}', /line 3: a filter has no field "xyz"; there are event_set, /],
    ['{"pid":[1]}\n{\n"pid":"x"}', /line 2: pid: expected a list/],
    ['{"pid":[-1]}', /pid: expected a number from 0 to 4294967295, found -1/],
    ['{"pid":[4294967296]}', /pid: expected a number/],
    ['{"pid":[1.5]}', /pid: expected a number/],
    ['{"pid_set":["x"]}', /pid_set: expected a number/],
    ['{"binary_regex":"x"}', /binary_regex: expected a list \[a text in quotes, …\]/],
    ['{"binary_regex":[1]}', /binary_regex: expected a text in quotes, found 1/],
    [
      '{"binary_regex":["a(b"]}',
      /binary_regex: "a\(b" is no regular expression of RE2: missing closing \)/,
    ],
    ['{"arguments_regex":["(?=x)"]}', /arguments_regex: .*no regular expression of RE2/],
    ['{"container_id":["(((a{100}){100}){100})"]}', /container_id: .*repeat count/],
    [`{"pod_regex":["${'x'.repeat(20_000)}"]}`, /pod_regex: a regular expression of more than/],
    [
      '{"event_set":["PROCESS_EXE"]}',
      /event_set: "PROCESS_EXE" is no event type; did you mean PROCESS_EXEC\?/,
    ],
    ['{"event_set":["process_exec"]}', /did you mean PROCESS_EXEC/],
    ['{"event_set":[2]}', /event_set: 2 is no event type; there are PROCESS_EXEC, /],
    ['{"health_check":"true"}', /health_check: expected true or false, found "true"/],
    ['{"in_init_tree":1}', /in_init_tree: expected true or false/],
    ['{"labels":["a in b"]}', /labels: expected \( behind in/],
    [
      '{"capabilities":[]}',
      /capabilities: expected an object of sets|line 1, capabilities: expected/,
    ],
    [
      '{"capabilities":{"effective":{}}}',
      /effective: needs exactly one of any, all, exactly, none/,
    ],
    [
      '{"capabilities":{"effective":{"any":["CAP_BPF"],"all":["CAP_BPF"]}}}',
      /needs exactly one of/,
    ],
    ['{"capabilities":{"effective":{"some":["CAP_BPF"]}}}', /has no field "some"/],
    ['{"capabilities":{"ambient":{"any":["CAP_BPF"]}}}', /has no field "ambient"/],
    [
      '{"capabilities":{"effective":{"any":["CAP_SYSADMIN"]}}}',
      /"CAP_SYSADMIN" is no capability; did you mean CAP_SYS_ADMIN\?/,
    ],
    ['{"policy_names":[null]}', /policy_names: expected a text/],
    [
      '{"binary_regex":["x"],"binaryRegex":["y"]}',
      /binary_regex: is there twice, also as binaryRegex/,
    ],
    ['{"binary_regex":["\\d"]}', /no JSON: .*a backslash is written/],
    ['{"pid":[1]', /line 1: the object that begins here has no end/],
    ['[{"pid":[1]}', /the list has no end/],
    ['x', /expected \{, found "x"/],
    ['{"pid":[1]},{"pid":[2]}', /expected \{, found ",\{/],
    ['{"pid":[1],}', /no JSON/],
    ['\u001b[31m', /found "\\x1b/],
    [`{"pid":[${'1,'.repeat(10_000)}1]}`, /pid: has more than 10000 values/],
    ['{}'.repeat(1001), /more than 1000 filters/],
  ])('%#', async (text, message) => {
    await expect(compile(text)).rejects.toThrow(message);
  });

  test('none of several is used when one is wrong', async () => {
    await expect(compile('{"pid":[1]}', '{"pid":[2]}\n{"pd":[1]}')).rejects.toThrow(
      '--export-denylist, line 2: a filter has no field "pd"',
    );
  });

  const less: FilterAbilities = { credentials: false, ancestors: [] };
  test.each<[string, FilterAbilities, RegExp]>([
    [
      '{"capabilities":{"effective":{"any":["CAP_BPF"]}}}',
      less,
      /capabilities: .*--enable-process-cred/,
    ],
    ['{"ancestor_binary_regex":["x"]}', less, /ancestor_binary_regex: .*--enable-ancestors/],
    [
      '{"ancestor_binary_regex":["x"],"event_set":["PROCESS_LSM"]}',
      ABILITIES,
      /PROCESS_LSM have no ancestors/,
    ],
  ])('what events do not have: %s', async (text, abilities, message) => {
    await expect(compile(text, '', abilities)).rejects.toThrow(message);
  });
});

test('a hostile regular expression takes no more than the length of the text', async () => {
  const { wants } = await compile('{"arguments_regex":["(a+)+$","((a*)*)*b","(a|aa)+c"]}');
  expect(wants(exec({ arguments: `${'a'.repeat(100_000)}!` }))).toBe(false);
});

describe('label selectors', () => {
  test.each<
    [selector: string, selected: Record<string, string>[], others: Record<string, string>[]]
  >([
    ['', [{}, { a: 'b' }], []],
    ['a', [{ a: '' }], [{}, { b: 'a' }]],
    ['!a', [{}, { b: '' }], [{ a: '' }]],
    ['a=b', [{ a: 'b' }], [{ a: 'c' }, {}]],
    ['a==b', [{ a: 'b' }], [{}]],
    ['a=', [{ a: '' }], [{ a: 'x' }, {}]],
    ['a != b', [{ a: 'c' }, {}], [{ a: 'b' }]],
    ['a in (b, c)', [{ a: 'b' }, { a: 'c' }], [{ a: 'd' }, {}]],
    ['a in (,b)', [{ a: '' }, { a: 'b' }], [{}]],
    ['a notin (b,c)', [{ a: 'd' }, {}], [{ a: 'b' }]],
    ['a > 5', [{ a: '6' }], [{ a: '5' }, { a: 'x' }, { a: '' }, {}]],
    ['a<5', [{ a: '4' }], [{ a: '5' }, {}, { a: '' }]],
    [
      'app.kubernetes.io/name=x, !b , c in (d)',
      [{ 'app.kubernetes.io/name': 'x', c: 'd' }],
      [{ c: 'd' }],
    ],
    ['constructor', [{ constructor: 'x' }], [{}]],
    ['in', [{ in: '' }], [{}]],
  ])('%j', (source, selected, others) => {
    const selects = parseLabelSelector(source);
    expect(selected.map(selects)).toEqual(selected.map(() => true));
    expect(others.map(selects)).toEqual(others.map(() => false));
  });

  test.each<[string, RegExp]>([
    ['a b', /expected =, !=, in, notin, < or > behind "a", found "b"/],
    ['a,', /a key is missing/],
    [',a', /no key/],
    ['a in b', /expected \(/],
    ['a in (b', /expected , or \)/],
    ['a in (b c)', /expected , or \)/],
    ['a=b c', /expected , between/],
    ['-a', /"-a" is no key/],
    ['a=-b', /"-b" is no value/],
    [`a=${'x'.repeat(64)}`, /no value/],
    ['a > x', /whole number/],
    ['!', /a key is missing/],
    ['a=(', /no value/],
  ])('%j is none', (source, message) => {
    expect(() => parseLabelSelector(source)).toThrow(message);
  });
});
