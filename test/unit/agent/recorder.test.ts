/** Recordings: what stands in them, how they begin and end. Real files, a clock of the test's own. */
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TargetError } from '../../../src/agent/export/targetError.ts';
import { NOTHING_LOST } from '../../../src/agent/lost.ts';
import type {
  FromAgent,
  PolicyDescription,
  PolicyState,
  RecordedMark,
} from '../../../src/agent/messages.ts';
import {
  decodeRecordingLine,
  isRecordingLine,
  type RecordingLine,
} from '../../../src/agent/recording/format.ts';
import {
  createRecorder,
  type Recorder,
  type RecorderOptions,
} from '../../../src/agent/recording/recorder.ts';
import { createSession } from '../../../src/agent/replay/session.ts';
import type { OutgoingEvent } from '../../../src/agent/taps.ts';
import type { Fact } from '../../../src/events/facts.ts';
import { until } from '../../driver/until.ts';

let folder = '';
let file = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trigon-record-'));
  file = join(folder, 'session.trigon.zst');
});
afterEach(() => rmSync(folder, { recursive: true }));

const eventOf = (line: string): OutgoingEvent => ({
  packed: undefined as never,
  event: () => undefined as never,
  json: () => line,
  whole: () => line,
});

const policy = (id: number) => ({ id, name: `p${id}`, hooks: [] }) as unknown as PolicyDescription;
const state = (id: number) => ({ id, counts: [] }) as unknown as PolicyState;
const process = (pid: number) => ({ pid, key: `${pid}:1`, ktime: 2n ** 60n }) as never;

function recorderOf(options: Partial<RecorderOptions> = {}, path?: string) {
  let now = 0;
  const told: FromAgent[] = [];
  const recorder = createRecorder(
    {
      node: 'n',
      tell: (message) => told.push(message),
      processes: () => [],
      facts: () => [],
      owner: undefined,
      now: () => now,
      ...options,
    },
    path,
  );
  return {
    recorder,
    told,
    states: () => told.filter((message) => message.type === 'recording'),
    notices: () => told.flatMap((message) => (message.type === 'notice' ? message.text : [])),
    pass(ms: number) {
      now += ms;
      recorder.flush?.();
    },
  };
}

const linesOf = (path = file): (RecordingLine | string)[] =>
  zstdDecompressSync(readFileSync(path))
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => (isRecordingLine(line) ? decodeRecordingLine(line) : line));

test('the session from its beginning to its end, in the order in which it was', async () => {
  const { recorder } = recorderOf(
    {
      processes: () => Array.from({ length: 450 }, (_, pid) => process(pid)),
      facts: () => [{ kind: 'name', address: '::1', name: 'home' }],
    },
    file,
  );
  recorder.hear({ type: 'policies', changed: [policy(1)], removed: [] });
  recorder.add(eventOf('{"a":1}'));
  recorder.hear({ type: 'status', policies: [state(1)], lost: NOTHING_LOST });
  recorder.hear({ type: 'status', policies: [], lost: NOTHING_LOST });
  recorder.hear({ type: 'facts', facts: [{ kind: 'name', address: '::2', name: 'away' }] });
  const mark = { time: 2n ** 60n, execId: 'x', label: 'here' };
  recorder.mark(mark, true);
  recorder.add(eventOf('{"b":1}'));
  await recorder.close();
  const lines = linesOf();
  expect(lines[0]).toMatchObject({ kind: 'begin', version: 1, node: 'n' });
  const rows = lines.flatMap((line) =>
    typeof line !== 'string' && line.kind === 'processes' ? line.processes : [],
  );
  expect(rows).toEqual(Array.from({ length: 450 }, (_, pid) => process(pid)));
  expect(lines.slice(2)).toEqual([
    { kind: 'facts', facts: [{ kind: 'name', address: '::1', name: 'home' }] },
    { kind: 'policies', changed: [policy(1)], removed: [] },
    '{"a":1}',
    { kind: 'states', states: [state(1)] },
    { kind: 'lost', lost: NOTHING_LOST },
    { kind: 'facts', facts: [{ kind: 'name', address: '::2', name: 'away' }] },
    { kind: 'mark', mark, isSet: true },
    '{"b":1}',
    { kind: 'end', events: 2 },
  ]);
});

test('begun in the midst of a session: what is known by then comes first', async () => {
  const { recorder, states } = recorderOf();
  expect(recorder.isOpen).toBe(false);
  recorder.hear({ type: 'policies', changed: [policy(1), policy(2)], removed: [] });
  recorder.hear({ type: 'status', policies: [state(1), state(2)], lost: NOTHING_LOST });
  recorder.hear({ type: 'policies', changed: [], removed: [1] });
  recorder.record(file);
  expect(await until(() => recorder.isOpen)).toBe(true);
  expect(states()).toEqual([{ type: 'recording', path: file, events: 0, bytes: 0 }]);
  recorder.add(eventOf('{"a":1}'));
  recorder.record(undefined);
  expect(recorder.isOpen).toBe(false);
  await until(() => states().length === 2);
  expect(states()[1]).toEqual({
    type: 'recording',
    path: undefined,
    events: 1,
    bytes: statSync(file).size,
  });
  expect(linesOf().slice(1)).toEqual([
    { kind: 'policies', changed: [policy(2)], removed: [] },
    { kind: 'states', states: [state(2)] },
    { kind: 'lost', lost: NOTHING_LOST },
    '{"a":1}',
    { kind: 'end', events: 1 },
  ]);
  await recorder.close();
});

test('every second a whole frame: all before it can be read while it goes on', async () => {
  const { recorder, pass, states } = recorderOf({}, file);
  recorder.add(eventOf('{"a":1}'));
  pass(999);
  expect(statSync(file).size).toBe(0);
  pass(1);
  await until(() => {
    pass(0);
    return statSync(file).size > 0;
  });
  expect(linesOf().at(-1)).toBe('{"a":1}');
  recorder.add(eventOf('{"b":1}'));
  await until(() => {
    pass(1000);
    return linesOf().length === 3;
  });
  expect(linesOf().at(-1)).toBe('{"b":1}');
  expect(states().at(-1)).toMatchObject({ path: file, events: 2 });
  await recorder.close();
});

test('no file is replaced and no link followed; another recording goes on', async () => {
  writeFileSync(file, 'mine');
  expect(() => recorderOf({}, file)).toThrow(TargetError);
  const { recorder, states, notices } = recorderOf();
  recorder.record(file);
  await until(() => states().length > 0);
  expect(states()).toEqual([
    {
      type: 'recording',
      path: undefined,
      events: 0,
      bytes: 0,
      error: expect.stringContaining('is there already'),
    },
  ]);
  const link = join(folder, 'link');
  symlinkSync(join(folder, 'target'), link);
  recorder.record(link);
  await until(() => states().length > 1);
  expect(states()[1]).toMatchObject({ path: undefined, error: expect.stringContaining('link') });
  expect(existsSync(join(folder, 'target'))).toBe(false);
  const other = join(folder, 'other');
  recorder.record(other);
  await until(() => recorder.isOpen);
  recorder.record(file);
  await until(() => notices().length > 0);
  expect(notices()).toEqual([expect.stringContaining('is there already')]);
  expect(recorder.isOpen).toBe(true);
  await recorder.close();
  expect(linesOf(other)).toHaveLength(2);
  expect(readFileSync(file, 'utf8')).toBe('mine');
});

test('a second recording begins where the first ends', async () => {
  const { recorder, states } = recorderOf({}, file);
  recorder.add(eventOf('{"a":1}'));
  const other = join(folder, 'other');
  recorder.record(other);
  await until(() => states().some(({ path }) => path === other));
  recorder.add(eventOf('{"b":1}'));
  await recorder.close();
  expect(linesOf().slice(1)).toEqual(['{"a":1}', { kind: 'end', events: 1 }]);
  expect(linesOf(other).slice(1)).toEqual(['{"b":1}', { kind: 'end', events: 1 }]);
});

test('a file that is deleted ends the recording, and that is said', async () => {
  const { recorder, pass, states, notices } = recorderOf({}, file);
  unlinkSync(file);
  await until(() => {
    pass(1000);
    return !recorder.isOpen;
  });
  await until(() => states().at(-1)?.path === undefined);
  expect(states().at(-1)).toMatchObject({ path: undefined, error: 'it was deleted' });
  expect(notices()).toEqual([expect.stringContaining('has ended: it was deleted')]);
  await recorder.close();
});

test('who called sudo must be known', () => {
  expect(() => recorderOf({ owner: 'SUDO_UID is no user number' }, file)).toThrow('SUDO_UID');
  expect(existsSync(file)).toBe(false);
});

/** Fills the room: what is left is less than any line of ours. @returns how many events that were */
function fill(recorder: Recorder): number {
  const lines = [20, 16, 12, 8, 5].flatMap((bits) =>
    Array.from({ length: 20 }, () => `{"x":"${'x'.repeat(1 << bits)}"}`),
  );
  for (const line of lines) recorder.add(eventOf(line));
  return lines.length;
}
const isOurs = (line: RecordingLine | string): line is RecordingLine => typeof line !== 'string';
const ours = () => linesOf().filter(isOurs);

/** All policies, marks and facts as whoever replays the file has them at its end. */
function replayed() {
  const told: FromAgent[] = [];
  const session = createSession({ tell: (message) => told.push(message) });
  for (const line of ours()) session.take(line);
  const policies = new Set<number>();
  const names = new Map<string, string>();
  let marks: readonly RecordedMark[] = [];
  for (const message of told)
    if (message.type === 'policies') {
      for (const { id } of message.changed) policies.add(id);
      for (const id of message.removed) policies.delete(id);
    } else if (message.type === 'marks') marks = message.marks;
    else if (message.type === 'facts')
      for (const fact of message.facts)
        if (fact.kind === 'name') names.set(fact.address, fact.name);
  return { policies: [...policies], marks: marks.map(({ label }) => label), names };
}

test('what waits is bounded; what was missed beside events is told again, events are lost and counted', async () => {
  const { recorder, pass, states } = recorderOf({}, file);
  recorder.hear({ type: 'policies', changed: [policy(1), policy(2)], removed: [] });
  const markOf = (label: string) => ({ time: 5n, execId: label, label });
  recorder.mark(markOf('gone'), true);
  recorder.hear({ type: 'facts', facts: [{ kind: 'name', address: '::1', name: 'old' }] });
  // Nothing is written while nobody flushes.
  const added = fill(recorder);
  const lost = recorder.lost?.().exportFile ?? 0;
  expect(lost).toBeGreaterThan(0);
  recorder.hear({ type: 'policies', changed: [policy(3)], removed: [1] });
  recorder.mark(markOf('gone'), false);
  recorder.mark(markOf('here'), true);
  recorder.hear({ type: 'facts', facts: [{ kind: 'name', address: '::1', name: 'new' }] });
  // They are told again, so nothing is lost of them.
  expect(recorder.lost?.()).toEqual({ exportFile: lost });
  await until(() => {
    pass(100);
    return statSync(file).size > 0 && replayed().marks.includes('here');
  });
  await recorder.close();
  expect(replayed()).toEqual({
    policies: [2, 3],
    marks: ['here'],
    names: new Map([['::1', 'new']]),
  });
  const events = linesOf().filter((line) => !isOurs(line)).length;
  expect(events).toBe(added - lost);
  expect(ours().at(-1)).toEqual({ kind: 'end', events });
  expect(states().at(-1)).toMatchObject({ path: undefined, events });
});

test('what finds no room is not made again before a second', async () => {
  let made = 0;
  const { recorder, pass } = recorderOf(
    {
      facts: () => {
        made += 1;
        return [];
      },
    },
    file,
  );
  expect(made).toBe(1);
  fill(recorder);
  const name = (i: number): Fact => ({ kind: 'name', address: `::${i}`, name: 'x' });
  recorder.hear({ type: 'facts', facts: Array.from({ length: 5000 }, (_, i) => name(i)) });
  for (let i = 0; i < 9; i++) pass(100);
  expect(made).toBe(1);
  await until(() => {
    pass(100);
    return made > 1;
  });
  expect(made).toBe(2);
  await recorder.close();
});

test('many facts are lines of a bounded size, a few at a time; one that is too large is left out and counted', async () => {
  const containers = Array.from({ length: 2000 }, (_, i) => ({
    ...{ kind: 'container' as const, id: String(i), name: '', image: '', imageId: '' },
    labels: { a: 'ü'.repeat(i === 7 ? 200_000 : 2000) },
  }));
  const { recorder, pass } = recorderOf({ facts: () => containers }, file);
  const told = () => ours().flatMap((line) => (line.kind === 'facts' ? line.facts : [])).length;
  // One turn alone: each makes some more of them, however long the disk takes.
  pass(1000);
  expect(await until(() => statSync(file).size > 0)).toBe(true);
  expect(told()).toBeGreaterThan(0);
  expect(told()).toBeLessThan(1000);
  await until(() => {
    pass(1000);
    return told() === 1999;
  });
  expect(told()).toBe(1999);
  expect(recorder.lost?.()).toEqual({ exportFile: 1 });
  await recorder.close();
  const lengths = zstdDecompressSync(readFileSync(file))
    .toString()
    .split('\n')
    .map((line) => Buffer.byteLength(line));
  expect(Math.max(...lengths)).toBeLessThan(256 << 10);
});

test('processes of a busy host: the file has all of them, however many there are', async () => {
  const rows = Array.from({ length: 2500 }, (_, pid) => ({
    ...{ pid, key: `${pid}:1`, ktime: 1n },
    arguments: 'x'.repeat(4096),
  })) as never[];
  const { recorder, pass } = recorderOf({ processes: () => rows }, file);
  const pids = () => ours().flatMap((line) => (line.kind === 'processes' ? line.processes : []));
  await until(() => {
    pass(1000);
    return statSync(file).size > 0 && pids().length >= 2500;
  });
  await recorder.close();
  expect(pids()).toHaveLength(2500);
});

test('the file is made with the rights of whoever asks', async () => {
  const foreign = { uid: 65_534, gid: 65_534 };
  const { recorder, states } = recorderOf();
  recorder.record(file, foreign);
  await until(() => states().length > 0);
  expect(states()[0]?.error).toContain('permission denied');
  const theirs = join(folder, 'theirs');
  chmodSync(folder, 0o711);
  mkdirSync(theirs);
  chownSync(theirs, foreign.uid, foreign.gid);
  recorder.record(join(theirs, 'x'), foreign);
  await until(() => recorder.isOpen);
  expect(statSync(join(theirs, 'x'))).toMatchObject(foreign);
  recorder.record(file, { uid: 0, gid: 0 });
  await until(() => states().at(-1)?.path === file);
  expect(statSync(file)).toMatchObject({ uid: 0 });
  await recorder.close();
});
