import { describe, expect, test } from 'vitest';
import type { Event, Process } from '../../../src/events/types.ts';
import { type HookNames, readEvent } from '../../../src/events/wire/event.ts';
import type { HookTarget } from '../../../src/events/wire/hookNames.ts';
import { PACKED_KIND, type PackedEvent } from '../../../src/events/wire/packed.ts';
import { copyChoices } from '../../../src/ui/copyMenu.ts';
import { DETAIL_TABS, type DetailState, openDetail } from '../../../src/ui/detail.ts';
import { eventSubject, type Subject, withLineage } from '../../../src/ui/subject.ts';
import { displayWidth } from '../../../src/ui/text/width.ts';
import { copyLines } from '../../../src/ui/views/copyLines.ts';
import { detailBody, detailLines } from '../../../src/ui/views/detailLines.ts';
import {
  execRecord,
  fileArgument,
  hookNames,
  intArgument,
  policyRecord,
  stack,
  throttleRecord,
  value,
} from '../wire/records.ts';
import { DARK, plain } from './samples.ts';

const HOST = Object.fromEntries(
  ['uts', 'ipc', 'mnt', 'pid', 'net', 'time', 'cgroup', 'user'].map((name) => [name, 7]),
);
const CONTEXT = {
  node: 'n',
  hookNames: () =>
    hookNames(undefined, {
      policyName: 'guard\x1b[2J',
      message: 'a message',
      tags: ['one', 'two'],
      obtained: 'equivalent: entry of write',
    }),
  parent: () => undefined,
  detail: {
    credentials: true,
    namespaces: {
      ...{ uts: 7, ipc: 7, mnt: 7, pid: 7, pid_for_children: 7, net: 7, time: 7 },
      ...{ time_for_children: 7, cgroup: 7, user: 7 },
      ...HOST,
    },
    userName: undefined,
  },
};
const HOSTILE = [
  '/bin/tool',
  '\x1b]0;pwned\x07',
  '',
  'exe\u202efdp',
  'one\ntwo',
  '主机'.repeat(90),
  `it's a "test"`,
  'x'.repeat(3000),
  '\u{f0000}\ue000',
];
const record = execRecord(
  {
    filename: '/bin/tool',
    exe: '/usr/bin/real\x07tool',
    cwd: '/home',
    args: HOSTILE.map((argument) => `${argument}\0`).join(''),
    cgroup: `docker-${'a1'.repeat(32)}.scope`,
  },
  { tgid: 4711 },
);
const packed = (change: Partial<PackedEvent> = {}): PackedEvent => ({
  kind: PACKED_KIND.exec,
  flags: 0,
  time: 1_700_000_000_123_456_789n,
  tgid: 4711,
  tid: 4712,
  ktime: 1000n,
  parentTgid: 12,
  parentKtime: 900n,
  payload: record,
  process: record,
  ...change,
});
const exec = eventSubject(packed(), CONTEXT);
const policy = eventSubject(
  packed({
    kind: PACKED_KIND.policy,
    payload: policyRecord([fileArgument('/etc/pass\nwd', 0o100644), intArgument(2n)], {
      outcome: 'TG_OUTCOME_PROTECTED',
      mode: 'TG_MODE_ENFORCE',
      kills: true,
    }),
  }),
  CONTEXT,
);
const unknown = eventSubject(
  packed({ process: new Uint8Array(), kind: PACKED_KIND.policy, payload: policyRecord([]) }),
  CONTEXT,
);
const processOf = (pid: number, binary: string): Process => {
  const event: Event = readEvent(packed({ tgid: pid, tid: pid }), { ...CONTEXT });
  if (!('process' in event) || !event.process) throw new Error('no process');
  return { ...event.process, binary };
};
const lineage = [
  processOf(4711, '/bin/tool'),
  processOf(12, '/bin/\x1b[2Jsh'),
  processOf(1, '/init'),
];
const processAlone: Subject = { ...exec, event: undefined, process: undefined, executable: '' };

const look = (width: number, ascii = false) => ({
  theme: DARK,
  width,
  ascii,
  userNames: new Map([[0, 'root']]),
});
const text = (subject: Subject, tab: DetailState['tab'], width = 120) =>
  detailBody({ ...openDetail(subject, 1), tab }, look(width)).map(plain);

test('no line is wider than the terminal, or holds what a terminal must not get', () => {
  const subjects = [
    exec,
    policy,
    unknown,
    processAlone,
    withLineage(exec, lineage),
    withLineage(processAlone, lineage),
    withLineage(exec, []),
  ];
  for (const subject of subjects)
    for (const { tab } of DETAIL_TABS)
      for (let width = 60; width <= 200; width += 5)
        for (const isAscii of [false, true]) {
          const detail = { ...openDetail(subject, 1), tab };
          const lines = [
            ...detailLines(detail, 1000, look(width, isAscii)),
            ...copyLines(
              { subject, request: 1, choices: copyChoices(subject), selected: 1 },
              DARK,
              width,
              isAscii,
            ),
          ];
          for (const line of lines.map(plain)) {
            expect(displayWidth(line)).toBeLessThanOrEqual(width);
            expect(line).not.toMatch(/[\p{Cc}\p{Cf}]/u);
          }
        }
});

test('fields: what was run and what it is, the parent, what a policy did and why not more', () => {
  const fields = text(withLineage(exec, lineage), 'fields').join('\n');
  expect(fields).toMatch(/binary +\/bin\/tool\n/);
  expect(fields).toMatch(/resolved +"\/usr\/bin\/real\\atool"\n/);
  expect(fields).toMatch(/pid +4711\n thread +4712\n parent +12 {2}"\/bin\/\\x1b\[2Jsh"/);
  expect(fields).toMatch(/user +root \(0\)/);
  expect(fields).toMatch(/container +(a1){15}a\n/);
  const hit = text(policy, 'fields').join('\n');
  expect(hit).toMatch(/policy +guard\\x1b\[2J\n message +a message\n tags +one, two/);
  expect(hit).toMatch(/obtained +equivalent: entry of write/);
  expect(hit).toMatch(/argument 0 +"\/etc\/pass\\nwd" {2}-rw-r--r--/);
  expect(hit).toMatch(
    /action +sigkill\n mode +enforce\n outcome +skipped\n reason +protected process/,
  );
});

describe('fields of a policy event', () => {
  const fieldsOf = (record: Uint8Array, names: HookNames) => {
    const context = { ...CONTEXT, hookNames: () => names };
    return text(
      eventSubject(packed({ kind: PACKED_KIND.policy, payload: record }), context),
      'fields',
    ).map((line) => line.trim().replace(/ {2,}/g, '  '));
  };

  test('data, what the call returned, and what was done about it', () => {
    const lines = fieldsOf(
      policyRecord([intArgument(1n), value('TG_TYPE_STRING', { body: 'a b' })], {
        ...{ outcome: 'TG_OUTCOME_OVERRIDDEN', mode: 'TG_MODE_ENFORCE' },
        ...{ actions: ['TG_ACTION_OVERRIDE'], returnActions: ['TG_ACTION_SIGNAL'] },
        returned: intArgument(-1n),
      }),
      hookNames(undefined, {
        ...{ argumentCount: 1, labels: ['fd', 'comm'] },
        selectors: [{ signal: 15, error: 1 }],
      }),
    );
    for (const line of [
      'argument 0  1 (fd)',
      'data 0  "a b" (comm)',
      'returned  -1',
      'then  signal',
      'action  override',
      'outcome  denied EPERM',
      'signal  SIGTERM',
      'error  EPERM',
    ])
      expect(lines).toContain(line);
  });

  test('buffers are told as text, cut ones with their size', () => {
    const body = 'GET /\x1b[2J';
    const lines = fieldsOf(
      policyRecord([
        value('TG_TYPE_CHAR_BUF', { body, number: 9n }),
        value('TG_TYPE_CHAR_BUF', { body, number: 5000n }),
        value('TG_TYPE_STRING'),
        value('TG_TYPE_STRING', { error: 'TG_ERROR_FAULT' }),
      ]),
      hookNames(),
    );
    expect(lines.filter((line) => line.startsWith('argument '))).toEqual([
      'argument 0  "GET /\\x1b[2J"',
      'argument 1  "GET /\\x1b[2J"… of 5000 bytes',
      'argument 2  ""',
      'argument 3  Bad address for basic type',
    ]);
  });

  test('where it was, of each kind of hook', () => {
    const at = { path: '/usr/bin/x', offset: 16n, refCtrOffset: 0n };
    const lines = (target: HookTarget) => fieldsOf(policyRecord([]), hookNames(target));
    expect(lines({ kind: 'tracepoint', subsystem: 'sched', event: 'exec' })).toContain(
      'tracepoint  sched/exec',
    );
    expect(lines({ kind: 'uprobe', symbol: 'main', ...at })).toEqual(
      expect.arrayContaining(['program  /usr/bin/x', 'symbol  main', 'offset  0x10']),
    );
    expect(lines({ kind: 'usdt', path: '/x', provider: 'p', name: 'n' })).toEqual(
      expect.arrayContaining(['program  /x', 'probe  p:n']),
    );
    expect(lines({ kind: 'lsm', functionName: 'file_open' })).toContain('hook  file_open');
  });

  test('stack traces, of tracepoints too', () => {
    const record = policyRecord([], {
      stacks: [stack('KERNEL', [255n, 254n]), stack('USER', [16n])],
    });
    for (const target of [
      { kind: 'kprobe', functionName: 'f' },
      { kind: 'tracepoint', subsystem: 's', event: 'e' },
    ] as const)
      expect(fieldsOf(record, hookNames(target))).toEqual(
        expect.arrayContaining(['kernel stack  0xff', '0xfe', 'user stack  0x10']),
      );
  });
});

test('fields of a cgroup over its limit: no process', () => {
  const start = eventSubject(
    packed({
      ...{ kind: PACKED_KIND.throttle, payload: throttleRecord('a.scope') },
      ...{ process: new Uint8Array(), tgid: 0, ktime: 0n },
    }),
    CONTEXT,
  );
  const lines = text(start, 'fields').join('\n');
  expect(lines).toMatch(/cgroup +a\.scope/);
  expect(lines).toContain('over its limit');
  expect(lines).not.toMatch(/\bpid\b/);
});

test('arguments: one after the other, each by its number, nothing joined', () => {
  const lines = text(exec, 'arguments', 200);
  expect(lines.slice(0, 5)).toEqual([
    ' 0  /bin/tool',
    ' 1  "\\x1b]0;pwned\\a"',
    ' 2  ""',
    ' 3  "exe\\u202efdp"',
    ' 4  "one\\ntwo"',
  ]);
  expect(lines.filter((line) => /^ \d+ {2}/.test(line))).toHaveLength(HOSTILE.length);
});

test('ancestry: asked for, not known any more, up to the first process', () => {
  expect(text(exec, 'ancestry')).toEqual([' asking …']);
  expect(text(withLineage(exec, []), 'ancestry')).toEqual([' this process is not known any more']);
  const lines = text(withLineage(exec, lineage), 'ancestry');
  expect(lines.slice(0, 3).map((line) => /^ +(\d+) +root +(\S+)/.exec(line)?.slice(1))).toEqual([
    ['4711', '/bin/tool'],
    ['12', '"/bin/\\x1b[2Jsh"'],
    ['1', '/init'],
  ]);
  expect(lines.at(-1)).toBe(' pid 1: the first process of this host');
  expect(text(withLineage(exec, lineage.slice(0, 2)), 'ancestry').at(-1)).toMatch(/not known/);
});

test('credentials: from the event itself; of an unknown process the reason why not', () => {
  expect(text(exec, 'credentials').join('\n')).toMatch(/effective +uid root \(0\) {2}gid 0/);
  expect(text(unknown, 'credentials').join('\n')).toMatch(/^ not known/);
  expect(text(withLineage(processAlone, lineage), 'credentials').join('\n')).toMatch(/permitted/);
});

describe('JSON', () => {
  test.each([60, 80, 200])('joined it is the event, parent included (width %i)', (width) => {
    for (const isAscii of [false, true]) {
      const detail = { ...openDetail(withLineage(exec, lineage), 1), tab: 'json' as const };
      const parsed = JSON.parse(detailBody(detail, look(width, isAscii)).map(plain).join(''));
      expect(parsed.process_exec.process.trigon.argv).toEqual(HOSTILE);
      expect(parsed.process_exec.parent.pid).toBe(12);
    }
  });

  test('of a process alone there is none', () => {
    expect(text(processAlone, 'json').join('')).toContain('no event');
  });
});

describe('what can be copied', () => {
  const choices = (subject: Subject) =>
    Object.fromEntries(copyChoices(subject).map((choice) => [choice.what, String(choice.text)]));

  test('all of it is harmless; JSON and the command line mean what they meant', () => {
    const all = choices(exec);
    expect(Object.keys(all)).toEqual([
      'line',
      'JSON',
      'command line',
      'binary',
      'pid',
      'container',
    ]);
    for (const value of Object.values(all)) expect(value).not.toMatch(/[\p{Cc}\p{Cf}\p{Co}]/u);
    expect(JSON.parse(all.JSON ?? '').process_exec.process.trigon.argv).toEqual(HOSTILE);
    expect(all['command line']).toMatch(/^\/bin\/tool \$'\\033\\1350\\073pwned\\007' '' /);
    expect(all.pid).toBe('4711');
  });

  test('of a policy event its path, and what became of its action', () => {
    const all = choices(policy);
    expect(all.path).toBe('/etc/pass\\nwd');
    expect(all.line).toContain('spared: protected process');
  });

  test('of a process alone what is known of it', () => {
    expect(Object.keys(choices(processAlone))).toEqual(['pid']);
    expect(Object.keys(choices(withLineage(processAlone, lineage)))).toContain('command line');
  });
});
