/** Lines of a recording as strangers may have made them: each is left out and counted, and the rest is played. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { NOTHING_LOST } from '../../../../src/agent/lost.ts';
import type { PolicyDescription, PolicyState } from '../../../../src/agent/messages.ts';
import { encodeRecordingLine, type RecordingLine } from '../../../../src/agent/recording/format.ts';
import { readEntry } from '../../../../src/agent/replay/entry.ts';
import { NO_COUNTS } from '../../../../src/agent/selectorCounts.ts';
import type { Fact } from '../../../../src/events/facts.ts';
import { startReplay } from '../../../driver/replay.ts';
import { exec, INIT } from './log.ts';

const folder = mkdtempSync(join(tmpdir(), 'trigon-shapes-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const begin = { kind: 'begin', version: 1, node: 'n', kernel: '6', startedAt: 5 } as const;
const row = {
  ...{ ktime: 7n, key: '7:6', parent: '1:5', pid: 7, uid: 5, user: 'web', binary: '/bin/x' },
  ...{ arguments: '', startedAt: 1, endedAt: undefined, ending: undefined, container: '' },
  ...{ isKernelThread: false, events: 0, hits: 0, kills: 0 },
};
const policy: PolicyDescription = {
  ...{ id: 1, name: 'p', namespace: undefined, file: 'p.yaml', position: 0, origin: 'option' },
  ...{ title: '', why: '', severity: 'high', mitre: [], noise: '', arming: '', sentence: 'Tells.' },
  ...{ canBeTested: false, parameters: [], problems: [], enforces: false, added: [['none']] },
  ...{ memoryBytes: 9, mode: 'monitor', armedUntil: undefined, fuseBlown: false },
  ...{ condition: 'enabled', warnings: [] },
  hooks: [
    {
      ...{ kind: 'kprobe', call: 'f', obtained: '', way: '', differs: [], sigkill: '' },
      points: [
        {
          ...{ functionName: 'f', state: 'attached', reason: undefined, remedy: undefined },
          ...{ numbers: [1], names: undefined },
        },
      ],
      selectors: [{ words: 'any', kills: false, enforces: false, isException: false }],
    },
  ],
};
const state: PolicyState = {
  id: 1,
  counts: [[NO_COUNTS]],
  runs: { runs: 0, runTimeNs: 0.5, argumentFaults: 0, pendingLost: 0 },
  network: { done: 0, failed: 0, dropped: 0, refused: 0 },
};
const container: Fact = {
  kind: 'container',
  ...{ id: 'a'.repeat(64), name: 'web', image: 'nginx', imageId: '' },
  ...{ startedAt: 1, labels: { a: 'b' }, pod: { namespace: 'default', name: 'web-1' } },
};

const entryOf = (line: string) => {
  const bytes = Buffer.from(line);
  return readEntry({ bytes, number: 2, isTooLong: false, isUnended: false });
};

const GOOD: readonly RecordingLine[] = [
  begin,
  { kind: 'processes', processes: [row, { ...row, user: undefined, parent: undefined }] },
  { kind: 'policies', changed: [policy], removed: [2] },
  { kind: 'policies', changed: [], removed: [], all: [1] },
  { kind: 'states', states: [state] },
  { kind: 'lost', lost: NOTHING_LOST },
  { kind: 'facts', facts: [container, { kind: 'name', address: '1.2.3.4', name: 'a.example' }] },
  { kind: 'mark', mark: { time: 1n, execId: 'x', label: 'here' }, isSet: true },
  { kind: 'marks', marks: [{ time: 1n, execId: 'x', label: 'here' }] },
  { kind: 'end', events: 3 },
];

test.each(GOOD.map((line) => [line.kind, line] as const))('%s, as it is written', (_, line) => {
  expect(entryOf(encodeRecordingLine(line))).toEqual({ kind: 'recorded', line });
});

const BAD: readonly object[] = [
  { kind: 'processes' },
  { kind: 'processes', processes: [null] },
  { kind: 'processes', processes: [{ ...row, startedAt: 1.5 }] },
  { kind: 'processes', processes: [{ ...row, parent: '1:x' }] },
  { kind: 'processes', processes: [{ ...row, ktime: 7 }] },
  { kind: 'processes', processes: [{ ...row, key: { toString: 'x' } }] },
  { ...begin, startedAt: '1' },
  { ...begin, node: 'n'.repeat(10_000) },
  { kind: 'policies', changed: [{ ...policy, hooks: {} }], removed: [] },
  { kind: 'policies', changed: [{ ...policy, name: undefined }], removed: [] },
  { kind: 'policies', changed: [{ ...policy, hooks: [{ kind: 'kprobe' }] }], removed: [] },
  { kind: 'policies', changed: [] },
  { kind: 'policies', changed: [], removed: [], all: 'none' },
  { kind: 'marks', marks: [{}] },
  { kind: 'states', states: [{ id: 1, counts: [[{ matched: 'many' }]] }] },
  { kind: 'states', states: 7 },
  { kind: 'lost', lost: { queue: 'x' } },
  { kind: 'lost', lost: null },
  { kind: 'facts', facts: [{ kind: 'container', id: 'a' }] },
  { kind: 'facts', facts: [{ kind: 'constructor' }] },
  { kind: 'mark', mark: { time: 5, execId: '', label: '' }, isSet: true },
  { kind: 'mark', mark: { time: 5n, execId: '', label: 'x'.repeat(100_000) }, isSet: true },
  { kind: 'end' },
  { kind: '__proto__' },
  { kind: 'toString' },
  { kind: 'something new' },
];
const badLine = (line: object): string => encodeRecordingLine(line as RecordingLine);

describe('what is not as its kind says', () => {
  test.each(BAD)('%o', (line) => {
    expect(entryOf(badLine(line))).toMatchObject({ kind: 'bad' });
  });

  test('the rest is played', async () => {
    const path = join(folder, 'strange');
    const lines = [encodeRecordingLine(begin), ...BAD.map(badLine), exec(INIT)];
    writeFileSync(path, `${lines.join('\n')}\n`);
    const replay = startReplay(path);
    onTestFinished(replay.stop);
    await replay.reaches(({ isRead, played }) => isRead && played === 1);
    expect(replay.playback()).toMatchObject({ badLines: BAD.length, isRecording: true });
    expect(replay.messages.filter(({ type }) => type === 'failed')).toEqual([]);
  });
});
