import { describe, expect, test } from 'vitest';
import { differences } from '../../vm/conformance/compare.ts';
import { type Json, ofWorkload, parseEvents } from '../../vm/conformance/events.ts';
import { EXCEPTIONS } from '../../vm/conformance/exceptions.ts';

const execId = (pid: number) => Buffer.from(`vmrun:${pid}000:${pid}`).toString('base64');

const processOf = (pid: number, fields: object = {}) => ({
  ...{ exec_id: execId(pid), pid, tid: pid, uid: 0, binary: '/bin/x', flags: 'execve' },
  ...fields,
});

const line = (kind: string, body: object) =>
  JSON.stringify({ [kind]: body, node_name: 'vmrun', time: '2026-11-21T03:27:32.017636569Z' });

const exec = (pid: number, fields: object = {}, more: object = {}) =>
  line('process_exec', { process: processOf(pid, fields), parent: processOf(1), ...more });

const compare = (recorded: readonly string[], ours: readonly string[]) =>
  differences(parseEvents(recorded.join('\n')), parseEvents(ours.join('\n')), EXCEPTIONS);

describe('events of the same commands', () => {
  test('may have other identities, which stand for the same things', () => {
    const tell = (pid: number) => [
      exec(pid, { refcnt: 1 }),
      line('process_exit', { process: processOf(pid) }),
    ];
    const ours = [exec(20), line('process_exit', { process: processOf(20) })];
    expect(compare(tell(10), ours)).toEqual([]);
    const mixed = [exec(20), line('process_exit', { process: processOf(21) })];
    expect(compare(tell(10), mixed)).toEqual([
      expect.stringContaining('process_exit.process.exec_id: another exec id than before'),
      expect.stringContaining('process_exit.process.pid: another pid than before'),
      expect.stringContaining('process_exit.process.tid: another pid than before'),
    ]);
  });

  test('two things of theirs are not one of ours', () => {
    expect(compare([exec(10), exec(11)], [exec(20), exec(20)])).toContainEqual(
      expect.stringContaining('our 20 was 10, is 11'),
    );
  });

  test.each<[string, object, object, string]>([
    ['other', { uid: 1 }, { uid: 2 }, 'process.uid: Tetragon has 1, we have 2'],
    ['missing', { cwd: '/' }, {}, 'process.cwd: Tetragon has "/", we have nothing'],
    ['additional', {}, { cwd: '/' }, 'process.cwd: Tetragon has nothing, we have "/"'],
    ['missing', {}, { pid: undefined }, 'process.pid: Tetragon has 10, we have nothing'],
    [
      'unlikely',
      {},
      { exec_id: 'x' },
      `process.exec_id: Tetragon has "${execId(10)}", we have "x"`,
    ],
    ['shorter', { l: [1, 2] }, { l: [1] }, 'process.l: Tetragon has [1,2], we have [1]'],
    ['deeper', { l: [{ a: 1 }] }, { l: [{ a: 2 }] }, 'process.l.0.a: Tetragon has 1, we have 2'],
  ])('%s fields are told', (_, theirs, ours, said) => {
    expect(compare([exec(10, theirs)], [exec(10, ours)])).toEqual([
      `process_exec /bin/x #1: process_exec.${said}`,
    ]);
  });

  test('what only we have stands below our own key', () => {
    expect(compare([exec(10)], [exec(10, { trigon: { argv: ['x'] } })])).toEqual([]);
    expect(compare([exec(10)], [exec(10, { ns: { trigon: 1 } })])).toHaveLength(1);
  });

  test('missing and additional events are told', () => {
    expect(compare([exec(10), exec(10)], [exec(10)])).toEqual([
      "process_exec /bin/x #2: we don't have this event",
    ]);
    expect(compare([], [exec(10)])).toEqual([
      "process_exec /bin/x #1: Tetragon doesn't have this event",
    ]);
  });
});

test('a workload is a script and its descendants', () => {
  const child = (pid: number, parent: number): Json =>
    JSON.parse(line('process_exit', { process: processOf(pid), parent: processOf(parent) }));
  const events = [
    exec(9),
    exec(10, { arguments: '/work.sh' }),
    child(11, 10),
    child(12, 11),
    child(13, 1),
  ];
  const text = events.map((event) => (typeof event === 'string' ? event : JSON.stringify(event)));
  const pids = ofWorkload(parseEvents(text.join('\n')), '/work.sh').map(
    ({ process }) => process.pid,
  );
  expect(pids).toEqual([10, 11, 12]);
  expect(ofWorkload(parseEvents(text.join('\n')), '/other.sh')).toEqual([]);
});
