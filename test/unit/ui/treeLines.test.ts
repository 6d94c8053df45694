import { describe, expect, test } from 'vitest';
import type { TreeProcess } from '../../../src/agent/messages.ts';
import { createTreeModel } from '../../../src/ui/store/treeModel.ts';
import { toAscii } from '../../../src/ui/text/ascii.ts';
import { displayWidth } from '../../../src/ui/text/width.ts';
import { shortAge, shortCount, shortRate } from '../../../src/ui/views/format.ts';
import { type TreeLook, treeHead, treeLine } from '../../../src/ui/views/treeLines.ts';
import { DARK, plain } from './samples.ts';
import { keyOfPid, treeProcess } from './treeSamples.ts';

const NOW = 1_700_000_000_000;
const look = (width: number, more: Partial<TreeLook> = {}): TreeLook => ({
  theme: DARK,
  width,
  ascii: false,
  userNames: new Map([[0, 'root']]),
  now: NOW,
  hasContainers: false,
  hidden: new Set(['started', 'kills']),
  ...more,
});

const below = (parent: number, pid: number, more: Partial<TreeProcess> = {}) =>
  treeProcess(pid, { parent: keyOfPid(parent), startedAt: NOW - 90_000 + pid, ...more });

const modelOf = (changed: TreeProcess[], collapsed: number[] = []) => {
  const model = createTreeModel();
  model.apply({ reset: true, changed, removed: [] });
  for (const pid of collapsed) model.setCollapsed(keyOfPid(pid), true);
  return model;
};

const linesOf = (changed: TreeProcess[], options: TreeLook, collapsed: number[] = []) =>
  modelOf(changed, collapsed)
    .rows()
    .map((row) => plain(treeLine(row, false, options)).trimEnd());

test('guides, columns, and what became of a process', () => {
  const lines = linesOf(
    [
      treeProcess(1, { startedAt: NOW - 3 * 86_400_000, binary: '/sbin/init' }),
      below(1, 2, { binary: '/bin/sh', arguments: '-c "sleep 1"', events: 123_456 }),
      below(2, 3, { binary: '/bin/sleep', endedAt: NOW - 85_000, ending: '7' }),
      below(2, 4, { binary: '/bin/bad', endedAt: NOW, ending: 'SIGKILL', hits: 3, kills: 1 }),
      below(1, 5, { uid: 1234, binary: '/opt/a b', hits: 1 }),
      below(5, 6, { binary: '' }),
    ],
    look(100),
  );
  expect(lines).toEqual([
    '       1 root       3d      0        /sbin/init',
    '       2 root       1m   123k        ├─ /bin/sh -c "sleep 1"',
    '       3 root       4s      0        │ ├─ (exit 7) /bin/sleep',
    '       4 root       1m      0     !3 │ └─ KILLED (SIGKILL) /bin/bad',
    '       5 1234       1m      0     !1 └─ "/opt/a b"',
    '       6 root       1m      0          └─ ?',
  ]);
});

test('a collapsed row says how many it stands for, with their hits and kills', () => {
  const processes = [
    treeProcess(1),
    below(1, 2, { binary: '/bin/sh' }),
    below(2, 3, { hits: 2, kills: 2 }),
    below(3, 4, { hits: 1 }),
  ];
  const [, line] = linesOf(processes, look(100), [2]);
  expect(line).toContain('     !3 └─ [+2] KILLED 2 /bin/sh');
});

test('a kill and a hit are seen without colours too, also under the cursor', () => {
  const [row] = modelOf([treeProcess(1, { hits: 1, kills: 1 })]).rows();
  if (!row) throw new Error('no row');
  const line = treeLine(row, true, look(100));
  expect(plain(line)).toMatch(/!1 KILLED/);
  expect(displayWidth(plain(line))).toBe(100);
  expect(line.startsWith(DARK.cursor.open)).toBe(true);
});

describe('widths', () => {
  const chain = Array.from({ length: 120 }, (_, i) =>
    i === 0 ? treeProcess(1) : below(i, i + 1, { arguments: '主机'.repeat(20) }),
  );
  const hostile = [
    below(1, 500, {
      binary: '/tmp/\x1b[2J\u202e主机主机主机主机主机主机主机主机主机',
      arguments: `\x1b]0;x\x07 ${'🚀'.repeat(300)}`,
      container: '\x1b[31m主机主机主机主机主机',
      uid: 4_000_000_000,
      pid: 4_194_304,
      hits: 123_456_789_012,
      kills: 123_456_789_012,
      events: 123_456_789_012,
      startedAt: 0,
      ending: 'SIG\x1b[31m',
      endedAt: NOW,
    }),
    below(1, 501, { isKernelThread: true, binary: '[kworker/0:1 \x1b[31m]' }),
  ];
  const model = modelOf([...chain, ...hostile]);
  model.showKernelThreads = true;

  test('no line is wider than the terminal, or holds a control character', () => {
    for (let width = 60; width <= 200; width++)
      for (const hasContainers of [false, true]) {
        const options = look(width, { hasContainers });
        const lines = [
          treeHead(options),
          ...model
            .rows()
            .flatMap((row) => [treeLine(row, false, options), treeLine(row, true, options)]),
        ].map(plain);
        for (const line of lines) {
          expect(displayWidth(line)).toBeLessThanOrEqual(width);
          expect(line).not.toMatch(/[\p{Cc}\p{Cf}]/u);
        }
      }
  });

  test('however deep, something of the program is seen', () => {
    for (const width of [60, 80, 120, 200])
      for (const row of modelOf(chain).rows())
        expect(plain(treeLine(row, false, look(width)))).toContain(`/p${row.process.pid}`);
  });

  test('--ascii: guides and signs are ASCII, other text says what was there', () => {
    for (const row of model.rows()) {
      const line = toAscii(plain(treeLine(row, false, look(120, { ascii: true }))));
      expect(line).toMatch(/^[ -~]*$/);
      expect(displayWidth(line)).toBeLessThanOrEqual(120);
    }
    const processes = [treeProcess(1), below(1, 2), below(2, 3, { binary: '/ś' }), below(1, 4)];
    const lines = linesOf(processes, look(80, { ascii: true })).map(toAscii);
    expect(lines.map((line) => line.slice(37))).toEqual([
      '/usr/bin/p1',
      '+- /usr/bin/p2',
      '| +- /\\u015b',
      '+- /usr/bin/p4',
    ]);
  });

  test('narrow terminals lose columns, hits last', () => {
    const head = (width: number) => plain(treeHead(look(width, { hasContainers: true })));
    expect(head(120)).toMatch(/PID User +Container +Age Events +Hits Process/);
    expect(head(80)).not.toContain('Container');
    for (const title of ['PID', 'Hits', 'Process']) expect(head(60)).toContain(title);
  });
});

describe('short numbers', () => {
  test('counts', () => {
    const counts = [0, 99_999, 100_000, 999_499, 999_500, 1_234_567, 99_950_000, 1e12];
    expect(counts.map(shortCount)).toEqual([
      ...['0', '99999', '100k', '999k', '1.0M', '1.2M', '100M', '1.0T'],
    ]);
    for (let count = 1; count < 1e15; count = Math.ceil(count * 1.37))
      expect(shortCount(count).length).toBeLessThanOrEqual(5);
  });

  test('rates and ages', () => {
    expect([0, 0.01, 0.5, 9.94, 9.96, 1234.5].map(shortRate)).toEqual([
      ...['0', '0.1', '0.5', '9.9', '10', '1235'],
    ]);
    expect([-5, 0, 59_999, 60_000, 3_599_999, 3_600_000, 86_400_000 * 400].map(shortAge)).toEqual([
      ...['0s', '0s', '59s', '1m', '59m', '1h', '400d'],
    ]);
  });
});
