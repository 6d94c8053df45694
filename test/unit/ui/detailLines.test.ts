import { describe, expect, test } from 'vitest';
import type {
  AncestryStep,
  OpenFile,
  OpenFiles,
  ProcessDescription,
} from '../../../src/agent/inspect/types.ts';
import type { Event, Process } from '../../../src/events/types.ts';
import { type HookNames, readEvent } from '../../../src/events/wire/event.ts';
import type { HookTarget } from '../../../src/events/wire/hookNames.ts';
import { PACKED_KIND, type PackedEvent } from '../../../src/events/wire/packed.ts';
import { openCopies } from '../../../src/ui/copying.ts';
import { copyChoices } from '../../../src/ui/copyMenu.ts';
import { DETAIL_TABS } from '../../../src/ui/detail/tabs.ts';
import { answered, type DetailState, openDetail } from '../../../src/ui/detail.ts';
import type { Dialog } from '../../../src/ui/dialog.ts';
import { createState } from '../../../src/ui/state.ts';
import { eventSubject, type Subject, withLineage } from '../../../src/ui/subject.ts';
import { displayWidth } from '../../../src/ui/text/width.ts';
import {
  detailFocus,
  detailHit,
  detailLines,
  detailText,
} from '../../../src/ui/views/detailLines.ts';
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
  detailText({ ...openDetail(subject, 1), tab }, look(width)).map(plain);

function copyMenu(subject: Subject, ascii: boolean): Dialog {
  const dialogs: Dialog[] = [];
  const effects = {
    look: { theme: DARK, ascii, userNames: new Map() },
    copy: async () => ({ ok: false, reason: 'nothing is chosen here' }) as const,
    repaint: () => {},
  };
  const open = (dialog: Dialog) => dialogs.push(dialog);
  openCopies({ state: createState(), effects, open }, () => copyChoices(subject));
  const [dialog] = dialogs;
  if (!dialog) throw new Error('no menu was opened');
  return dialog;
}

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
      for (const width of [60, 61, 69, 70, 80, 89, 90, 109, 110, 120, 200])
        for (const isAscii of [false, true]) {
          const detail = { ...openDetail(subject, 1), tab };
          const lines = [
            ...detailLines(detail, 1000, look(width, isAscii)),
            ...copyMenu(subject, isAscii).lines({ width, height: 1000 }),
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

const DESCRIPTION: ProcessDescription = {
  ...{ lineage, environment: undefined, cgroup: '/system.slice/a\x1b.service' },
  steps: [],
  container: { id: 'a1'.repeat(32), name: 'web\u202e', image: 'nginx', pod: '', namespace: '' },
};
const described = (change: Partial<ProcessDescription>, subject = exec): DetailState =>
  answered(openDetail(subject, 1), 1, { ...DESCRIPTION, ...change });
const tabText = (detail: DetailState, tab: DetailState['tab'], width = 120) =>
  detailText({ ...detail, tab }, look(width)).map(plain);

const step = (change: Partial<AncestryStep>): AncestryStep => ({
  ...{ pid: 4711, ktime: 1000n, how: 'exec', binary: '/bin/tool', arguments: 'one "two three"' },
  ...{ uid: 0, startedAt: 0, isCut: false, end: undefined },
  ...change,
});

describe('ancestry', () => {
  test('asked for, and not known any more', () => {
    expect(text(exec, 'ancestry')).toEqual([' asking …']);
    expect(tabText(described({ steps: [] }), 'ancestry')).toEqual([
      ' this process is not known any more',
    ]);
  });

  test('a tree from the first process down: forks, execs, what each program was, how it ended', () => {
    const steps = [
      step({ pid: 1, ktime: 5n, how: 'before', binary: '/sbin/init', arguments: '' }),
      step({ pid: 12, ktime: 900n, how: 'exec', binary: '/bin/\x1b[2Jsh', isCut: true }),
      step({ pid: 12, ktime: 901n, binary: '/bin/bash', end: { at: 1, ending: 'SIGKILL' } }),
      step({ pid: 13, ktime: 950n, how: 'fork', binary: '/bin/bash', end: { at: 1, ending: '3' } }),
      step({}),
    ];
    for (const width of [60, 80, 120]) {
      const lines = tabText(described({ steps }), 'ancestry', width);
      expect(lines[0]).toMatch(/PID.*STATE.*HOW.*PROGRAM/);
      expect(lines[1]).toMatch(/^ +1 .*runs +before +\/sbin\/init/);
      expect(lines[2]).toMatch(/^ +12 .*exec +└─… → "\/bin\/\\x1b\[2Jsh"/);
      expect(lines[3]).toMatch(/SIGKILL +exec +→ \/bin\/bash/);
      expect(lines[3]).not.toContain('12 ');
      expect(lines[4]).toMatch(/^ +13 .*exit 3 +fork +└─\/bin\/bash/);
      expect(lines[5]).toMatch(/^ +4711 .*runs +exec +└─\/bin\/tool/);
      expect(lines.join('\n')).toContain('pid 1: the first process of this host');
    }
  });

  test('where the first one’s parent is not known', () => {
    expect(tabText(described({ steps: [step({})] }), 'ancestry').join('\n')).toContain(
      'pid 4711: its parent is not known',
    );
  });
});

test('namespaces: container, cgroup, whose each is', () => {
  const lines = tabText(described({}), 'namespaces').join('\n');
  expect(lines).toContain('a1'.repeat(32));
  expect(lines).toMatch(/name +web\\u202e/);
  expect(lines).toMatch(/cgroup +"\/system.slice\/a\\x1b.service"/);
  expect(lines).toMatch(/ns pid +(\d+ {2}(the host’s|its own)|not known)/);
  expect(tabText(described({ cgroup: '' }), 'namespaces').join('\n')).toContain('it has ended');
});

describe('environment', () => {
  const variables = (texts: Record<string, string>) => ({
    variables: Object.entries(texts).map(([key, value]) => ({ key, value })),
    isCut: false,
  });
  const environment = {
    own: variables({ PATH: '/bin', API_TOKEN: 'hush', HOME: '/root', 'X\x1b': '\x1b[2J' }),
    parent: variables({ PATH: '/usr/bin', HOME: '/root', OLD: '1' }),
  };

  test('is not read unless it is asked for: how to, and why not', () => {
    expect(tabText(described({}), 'environment').join(' ')).toMatch(
      /passwords.*--enable-process-environment-variables/,
    );
  });

  test('by name, with what differs from the parent’s; secrets hidden until they are asked for', () => {
    const detail = described({ environment });
    expect(tabText(detail, 'environment').slice(0, 8)).toEqual([
      ' 4 variables; +2 added, -1 removed, ~1 changed from its parent’s at exec',
      '',
      ' + API_TOKEN=••••',
      '   HOME=/root',
      ' - OLD=1',
      ' ~ PATH=/bin',
      '     was /usr/bin',
      ' + X\\x1b=\\x1b[2J',
    ]);
    expect(tabText({ ...detail, isRevealed: true }, 'environment').join()).toContain('TOKEN=hush');
    const difference = tabText({ ...detail, isDifference: true }, 'environment').join();
    expect(difference).not.toContain('HOME');
    expect(difference).toContain('OLD=1');
  });

  test('one that is not known', () => {
    const unread = described({ environment: { own: undefined, parent: undefined } });
    expect(tabText(unread, 'environment').join(' ')).toMatch(/^ not known/);
    const alone = described({ environment: { ...environment, parent: undefined } });
    expect(tabText(alone, 'environment')[0]).toContain('its parent’s is not known');
  });

  test('hidden values can’t be copied, and are not in the JSON that is shown', () => {
    const detail: DetailState = { ...described({ environment }), tab: 'environment' };
    const copies = () => detailFocus(detail, look(120))?.copies.map(({ what }) => what);
    expect(copies()).toEqual(['name']);
    const revealed = { ...detail, isRevealed: true };
    expect(detailFocus(revealed, look(120))?.copies[0]).toEqual({ what: 'value', text: 'hush' });
  });
});

describe('open files', () => {
  const withAnswer = (answer: OpenFiles): DetailState => ({
    ...openDetail(exec, 1),
    files: { request: 2, answer },
  });
  const file = (change: Partial<OpenFile>): OpenFile => ({
    ...{ fd: 3, type: 'file', access: 'read', target: '/tmp/a\x1b[2J', isDeleted: false },
    ...{ offset: 12n, flags: ['append'], socket: undefined },
    ...change,
  });

  test('asked for, ended, refused', () => {
    expect(text(exec, 'files')).toEqual([' asking …']);
    expect(tabText(withAnswer({ kind: 'gone' }), 'files').join()).toContain('has ended');
    expect(tabText(withAnswer({ kind: 'refused', reason: 'EACCES\n' }), 'files').join()).toContain(
      'EACCES\\n',
    );
  });

  test('each with its access, kind, path or both ends', () => {
    const socket = {
      ...{ protocol: 'tcp', local: '10.0.0.1:80', remote: '10.0.0.2:999', state: 'established' },
    };
    const lines = tabText(
      withAnswer({
        ...{ kind: 'read', at: 0, more: 5, isOtherProgram: true },
        files: [
          file({}),
          file({ fd: 4, access: 'read and write', isDeleted: true, offset: 0n, flags: [] }),
          file({ fd: 5, type: 'socket', target: 'socket:[1]', socket, flags: [] }),
        ],
      }),
      'files',
    );
    expect(lines[0]).toMatch(/^ 8 open at .*another program by now/);
    expect(lines.slice(2)).toEqual([
      '      3  r   file       "/tmp/a\\x1b[2J"  at 12  append',
      '      4  rw  file       "/tmp/a\\x1b[2J"  deleted',
      '      5  r   socket     tcp 10.0.0.1:80 -> 10.0.0.2:999  established',
      ' … 5 more',
    ]);
  });
});

test('the tabs: full titles, short ones, or the one and how many there are', () => {
  const first = (width: number) =>
    plain(detailLines(openDetail(exec, 1), 20, look(width))[0] ?? '');
  expect(first(120)).toContain(' Credentials ');
  expect(first(80)).toMatch(/ Fields .* Creds .* JSON /);
  expect(first(60)).toContain('Fields  1 of 9; Tab: Arguments');
  const throttle = { ...openDetail({ ...exec, pid: 0, ktime: 0n }, 1) };
  expect(plain(detailLines(throttle, 20, look(120))[0] ?? '').trim()).toBe('Fields   JSON');
});

describe('clicks', () => {
  const hit = (detail: DetailState, line: number, column: number, width = 120) =>
    detailHit(detail, line, column, { ...look(width), height: 20 });

  test.each([60, 80, 120])('on each title open its tab (width %i)', (width) => {
    const detail: DetailState = { ...openDetail(exec, 1), tab: 'arguments' };
    const line = plain(detailLines(detail, 20, look(width))[0] ?? '');
    for (const [index, { title, short }] of DETAIL_TABS.entries()) {
      const column = line.indexOf(` ${width < 100 ? short : title} `) + 1;
      if (width > 60) expect(hit(detail, 0, column, width)).toEqual({ kind: 'tab', by: index - 1 });
    }
    expect(hit(detail, 0, width - 1, width)).toBeUndefined();
    expect(hit({ ...detail, tab: 'json' }, 0, line.length - 3, 60)).toBeUndefined();
    if (width === 60)
      expect(hit(detail, 0, line.indexOf('Ancestry'), width)).toEqual({ kind: 'tab', by: 1 });
  });

  test('on an entry put the cursor there; on the one that has it they are told apart', () => {
    const detail: DetailState = { ...openDetail(exec, 1), tab: 'arguments' };
    expect(hit(detail, 3, 5)).toMatchObject({ kind: 'entry', isFocused: true });
    expect(hit(detail, 4, 5)).toMatchObject({ place: { cursor: 1 }, isFocused: false });
    expect(hit(detail, 1, 5)).toBeUndefined();
    expect(hit({ ...detail, tab: 'json' }, 5, 5)).toBeUndefined();
  });
});

test('credentials: from the event itself; of an unknown process the reason why not', () => {
  expect(text(exec, 'credentials').join('\n')).toMatch(/effective +uid root \(0\) {2}gid 0\n/);
  const named = { ...look(120), groupNames: new Map([[0, 'wheel\x1b[2J']]) };
  const detail = { ...openDetail(exec, 1), tab: 'credentials' as const };
  expect(detailText(detail, named).map(plain).join('\n')).toContain('gid wheel\\x1b[2J (0)');
  expect(text(unknown, 'credentials').join('\n')).toMatch(/^ not known/);
  expect(text(withLineage(processAlone, lineage), 'credentials').join('\n')).toMatch(/permitted/);
});

describe('JSON', () => {
  test.each([60, 80, 200])('joined it is the event, parent included (width %i)', (width) => {
    for (const isAscii of [false, true]) {
      const detail = { ...openDetail(withLineage(exec, lineage), 1), tab: 'json' as const };
      const parsed = JSON.parse(detailText(detail, look(width, isAscii)).map(plain).join(''));
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
