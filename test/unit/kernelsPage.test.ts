import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { actionsSection } from '../../scripts/kernelsActions.ts';
import {
  type LibraryResult,
  libraryLines,
  libraryOverview,
  libraryResult,
  librarySummary,
} from '../../scripts/kernelsLibrary.ts';
import { kernelsPage, storedResults } from '../../scripts/kernelsPage.ts';
import type { TestedPolicy } from '../../src/cli/policyTestTable.ts';

const project = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const kernels = storedResults(project('docs/kernels'));

test('docs/kernels.md shows the results that are stored, and none of them is a failure', () => {
  expect(readFileSync(project('docs/kernels.md'), 'utf8')).toBe(kernelsPage(kernels));
  const failed = kernels.flatMap(({ library, sources }) => [
    ...library.filter((result) => result.failed),
    ...sources.flatMap(({ files }) =>
      Object.entries(files).filter(([, { verdict }]) => ['silent', 'error'].includes(verdict)),
    ),
  ]);
  expect(failed).toEqual([]);
});

test('the results have every policy of the library', () => {
  const names = readdirSync(project('src/policies/library')).map((file) => file.slice(0, -5));
  for (const { library } of kernels.filter((kernel) => kernel.library.length > 0))
    expect(library.map(({ policy }) => policy).toSorted()).toEqual(names.toSorted());
});

describe('a policy of the library', () => {
  const TESTED: TestedPolicy = {
    ...{ policy: 'p', file: '/x/p.yaml', verdict: 'seen', why: 'line', obtained: 'exact' },
    trigger: {
      ...{ deeds: ['a'], events: 1, problem: undefined },
      line: '📝 write   node1 /opt/trigon/build/act /etc/x',
    },
    ...{ nearMiss: undefined, failed: false },
  };
  const result = (changes: Partial<TestedPolicy>) => libraryResult({ ...TESTED, ...changes });

  test('what is of the machine is left out of the event', () => {
    expect(result({})).toEqual({
      ...{ policy: 'p', seen: 'exactly', how: '', evidence: 'write act /etc/x', failed: false },
    });
  });

  test.each<[Partial<TestedPolicy>, Partial<LibraryResult>]>([
    [
      { obtained: 'equivalent: entry of a: b (raw sys_enter)' },
      { seen: 'by equivalent', how: 'entry of a: b (raw sys_enter)' },
    ],
    [{ obtained: 'in part: x; f: gone' }, { seen: 'in part', how: 'x; f: gone' }],
    [
      { verdict: 'not run', obtained: 'not here: f: gone', why: 'f: gone', trigger: undefined },
      { seen: 'no', how: 'not run: f: gone', evidence: null },
    ],
    [
      { verdict: 'false alarm', why: 'the near miss was seen: x', failed: true },
      { seen: 'no', how: 'false alarm: the near miss was seen: x', evidence: null, failed: true },
    ],
  ])('%j', (changes, expected) => {
    expect(result(changes)).toMatchObject(expected);
  });

  const CALLS = result({
    obtained:
      'equivalent: entry of a (raw sys_enter); return of b (__x64_sys_b, raw sys_exit); entry of c (raw sys_enter); other',
  });

  test('one line each, with system calls told together', () => {
    expect(libraryLines('6.18', [CALLS]).slice(3)).toEqual([
      '| `p` | by equivalent | entry of a, c; return of b; other | `write act /etc/x` |',
      '',
    ]);
  });

  test('kernels side by side, once there are two', () => {
    expect(libraryOverview([{ name: 'a', library: [CALLS] }])).toEqual([]);
    const lines = libraryOverview([
      { name: 'a', library: [CALLS] },
      { name: 'b', library: [] },
    ]);
    expect(lines).toEqual([
      '| policy | a | b |',
      '| --- | --- | --- |',
      '| `p` | by equivalent | – |',
      '',
    ]);
    expect(librarySummary([CALLS, result({ verdict: 'not run' })])).toBe(
      '1 seen by equivalent, 1 not seen',
    );
  });
});

describe('actions that were tried in VMs', () => {
  const actions = [
    { hook: 'kprobes', action: 'Post', ways: ['kprobe.multi'] },
    { hook: 'kprobes', action: 'Override', ways: ['LSM', 'raw tracepoint'] },
    { hook: 'uprobes', action: 'Post', ways: [] },
    { hook: 'uprobes', action: 'Override', refused: 'it would write | elsewhere' },
  ];

  test('a line a hook, a column an action, and why some are refused', () => {
    const lines = actionsSection([
      { name: 'a', title: 'A', actions },
      { name: 'b', title: 'B' },
    ]);
    expect(lines.slice(lines.indexOf('### Actions on kernel A') + 1)).toEqual([
      '|  | Post | Override |',
      '| --- | --- | --- |',
      '| kprobes | kprobe.multi | LSM, raw tracepoint |',
      '| uprobes | yes | – |',
      '',
      '- it would write \\| elsewhere: `Override` (uprobes)',
      '',
    ]);
  });

  test('system calls side by side; nothing of kernels on which none was tried', () => {
    const refused = [{ deed: 'make', call: 'sys_mkdir', ways: ['LSM'] }];
    const kernels = [
      { name: 'a', title: 'A', actions, refused },
      { name: 'b', title: 'B', actions, refused: [] },
    ];
    expect(actionsSection(kernels).slice(-4)).toEqual([
      '|  | system call | a |',
      '| --- | --- | --- |',
      '| make | sys_mkdir | LSM |',
      '',
    ]);
    expect(actionsSection([{ name: 'b', title: 'B' }])).toEqual([]);
  });
});
