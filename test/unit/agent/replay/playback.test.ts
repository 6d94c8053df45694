/** Play, pause, step, seek: whatever way led to a place, the screen and the models are the same there. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import type { Playback } from '../../../../src/agent/messages.ts';
import { encodeRecordingLine } from '../../../../src/agent/recording/format.ts';
import { type ReplayUnderTest, startReplay } from '../../../driver/replay.ts';
import { until } from '../../../driver/until.ts';
import { at, exec, exit, file, INIT, manyLines, START } from './log.ts';

const folder = mkdtempSync(join(tmpdir(), 'trigon-playback-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let made = 0;
function log(
  lines: readonly string[],
  pack: (text: string) => string | Uint8Array = (text) => text,
) {
  const path = join(folder, `log${made++}`);
  writeFileSync(path, pack(`${lines.join('\n')}\n`));
  return path;
}

const LINES = manyLines(60);
const PATH = log(LINES, zstdCompressSync);

/** All that a screen would show there. */
const stateOf = ({ events, rows }: ReplayUnderTest) => ({
  events: [...events],
  tree: new Map(rows.tree),
  binaries: new Map(rows.binaries),
  // Keys are numbers in the order of their making: the same, too.
  alerts: new Map(rows.alerts),
});

const stands =
  (played: number) =>
  (playback: Playback): boolean =>
    playback.played === played && !playback.isPlaying;

/** Opened, and played to its end. */
async function opened(path = PATH, count = LINES.length): Promise<ReplayUnderTest> {
  const replay = startReplay(path);
  await replay.reaches(stands(count));
  return replay;
}

/** As it is when it was only played up to there. */
async function stateAt(count: number, lines = LINES) {
  const replay = await opened(log(lines.slice(0, count)), count);
  const state = stateOf(replay);
  await replay.stop();
  return state;
}

describe('places', () => {
  test('opened, it has played all and stands at the end', async () => {
    const replay = await opened();
    expect(replay.playback()).toMatchObject({
      ...{ isPlaying: false, isRead: true, isFollowing: false, badLines: 0, isRecording: false },
      ...{ played: LINES.length, total: LINES.length },
      ...{ start: START, at: at(5.96), end: at(5.96) },
    });
    expect(replay.events).toHaveLength(LINES.length);
    expect(replay.rows.tree.size).toBeGreaterThan(10);
    expect(replay.rows.alerts.size).toBe(35);
    await replay.stop();
  });

  test('back, forward, step by step, by time: the same state as when it is played up to there', async () => {
    const replay = await opened();
    const [there, before, further] = await Promise.all([stateAt(70), stateAt(69), stateAt(130)]);
    const time = there.events.at(-1)?.time ?? 0n;

    replay.act({ do: 'seek', time });
    await replay.reaches(stands(70));
    expect(stateOf(replay)).toEqual(there);
    expect(replay.playback()).toMatchObject({ at: time, total: LINES.length, start: START });

    replay.act({ do: 'step-back' });
    await replay.reaches(stands(69));
    expect(stateOf(replay)).toEqual(before);

    replay.act({ do: 'step' });
    await replay.reaches(stands(70));
    expect(stateOf(replay)).toEqual(there);

    replay.act({ do: 'seek', time: further.events.at(-1)?.time ?? 0n });
    await replay.reaches(stands(130));
    expect(stateOf(replay)).toEqual(further);

    replay.act({ do: 'to-start' });
    await replay.reaches(stands(0));
    expect(stateOf(replay)).toEqual({
      ...{ events: [], tree: new Map(), binaries: new Map(), alerts: new Map() },
    });
    for (let count = 1; count <= 70; count++) replay.act({ do: 'step' });
    await replay.reaches(stands(70));
    expect(stateOf(replay)).toEqual(there);
    for (let back = 0; back < 5; back++) replay.act({ do: 'step-back' });
    await replay.reaches(stands(65));
    for (let on = 0; on < 5; on++) replay.act({ do: 'step' });
    await replay.reaches(stands(70));
    expect(stateOf(replay)).toEqual(there);

    replay.act({ do: 'to-end' });
    await replay.reaches(stands(LINES.length));
    expect(stateOf(replay)).toEqual(await stateAt(LINES.length));
    await replay.stop();
  });

  test('before the first event and behind the last', async () => {
    const replay = await opened();
    replay.act({ do: 'seek', time: 0n });
    await replay.reaches(stands(1));
    replay.act({ do: 'seek', time: at(1e6) });
    await replay.reaches(stands(LINES.length));
    replay.act({ do: 'step' });
    replay.act({ do: 'step-back' });
    await replay.reaches(stands(LINES.length - 1));
    await replay.stop();
  });

  test('lines out of order: the first event at a time or after it, from wherever', async () => {
    const lines = [0, 1, 3, 2, 4, 6, 5, 7].map((seconds, i) =>
      file({ ...INIT, seconds: -50 }, seconds, `/f${i}`),
    );
    const replay = await opened(log(lines), lines.length);
    replay.act({ do: 'seek', time: at(2) });
    await replay.reaches(stands(3));
    replay.act({ do: 'seek', time: at(5) });
    await replay.reaches(stands(6));
    replay.act({ do: 'to-end' });
    await replay.reaches(stands(8));
    replay.act({ do: 'seek', time: at(5) });
    await replay.reaches(stands(6));
    await replay.stop();
  });
});

describe('speed', () => {
  test('as it happened, slower, faster, paused', async () => {
    const lines = [0, 0.4, 0.8, 1.2, 4000].map((seconds, i) => file(INIT, seconds, `/f${i}`));
    const begun = performance.now();
    const replay = startReplay(log(lines), { speed: 1 });
    await replay.reaches(({ played }) => played === 4);
    // How long it is shows before it was read.
    expect(replay.playback()).toMatchObject({ end: at(4000), isRead: false });
    expect(performance.now() - begun).toBeGreaterThan(1200);
    // The gap of an hour is one of a second.
    await replay.reaches(stands(5));
    expect(performance.now() - begun).toBeGreaterThan(2200);

    replay.act({ do: 'play' });
    await replay.reaches(({ played, isPlaying }) => played > 0 && played < 5 && isPlaying);
    replay.act({ do: 'pause' });
    await replay.reaches(({ isPlaying }) => !isPlaying);
    const { played = 0 } = replay.playback() ?? {};
    replay.act({ do: 'speed', speed: 1000 });
    await replay.reaches(({ speed }) => speed === 1000);
    expect(replay.playback()).toMatchObject({ played, isPlaying: false });
    replay.act({ do: 'play' });
    await replay.reaches(stands(5));
    await replay.stop();
  });

  test('real gaps are asked for', async () => {
    const replay = startReplay(log([0, 1000].map((seconds) => file(INIT, seconds, '/f'))), {
      ...{ speed: 100, hasRealGaps: true },
    });
    await replay.reaches(({ played }) => played === 1);
    expect(await until(() => replay.playback()?.played === 2, { limitMs: 1500 })).toBe(undefined);
    replay.act({ do: 'to-end' });
    await replay.reaches(stands(2));
    await replay.stop();
  });
});

describe('a recording', () => {
  const mark = { time: at(0.05), execId: 'x', label: 'here' };
  const lost = {
    ...{ processRing: 3, policyRing: 0, processTable: 0, nested: 0, throttled: 0, recursion: 0 },
    ...{ queue: 0, clients: 0, exportFile: 0 },
  };
  const process = {
    ...{ ktime: 60_000_000_000n, key: '7:40000000000', parent: '1:50000000000', pid: 7, uid: 5 },
    ...{ binary: '/bin/old', arguments: 'a b', startedAt: Number(START / 1_000_000n - 60_000n) },
    ...{ endedAt: undefined, ending: undefined, container: '', isKernelThread: false },
    ...{ events: 0, hits: 0, kills: 0 },
  };
  const kernelThread = {
    ...process,
    ...{ key: '2:10', pid: 2, ktime: 10n, parent: undefined, isKernelThread: true },
    binary: '[kthreadd]',
  };
  const path = log(
    [
      encodeRecordingLine({ kind: 'begin', version: 1, node: 'n1', kernel: '6', startedAt: 0 }),
      encodeRecordingLine({ kind: 'processes', processes: [process, kernelThread] }),
      exec(INIT),
      file(INIT, 0.05, '/etc/x'),
      encodeRecordingLine({ kind: 'mark', mark, isSet: true }),
      encodeRecordingLine({ kind: 'lost', lost }),
      encodeRecordingLine({ kind: 'facts', facts: [] }),
      file(INIT, 0.1, '/etc/x'),
      encodeRecordingLine({ kind: 'end', events: 3 }),
    ],
    zstdCompressSync,
  );

  test('tells of processes before it, marks and losses; going back doesn’t forget the marks', async () => {
    const replay = await opened(path, 3);
    expect(replay.messages).toContainEqual({ type: 'marks', marks: [mark] });
    expect(replay.messages).toContainEqual({ type: 'status', policies: [], lost });
    const rows = [...replay.rows.tree.values()];
    expect(rows.find(({ pid }) => pid === 7)).toMatchObject({
      ...{ binary: '/bin/old', arguments: 'a b', uid: 5, startedAt: process.startedAt },
      ktime: process.ktime,
    });
    expect(rows.find(({ pid }) => pid === 2)).toMatchObject({
      ...{ binary: '[kthreadd]', isKernelThread: true },
    });
    expect([...replay.rows.binaries.keys()]).not.toContain('[kthreadd]');
    expect(replay.playback()?.badLines).toBe(0);

    replay.act({ do: 'to-start' });
    await replay.reaches(stands(0));
    replay.act({ do: 'step' });
    await replay.reaches(stands(1));
    expect(replay.rows.tree.size).toBe(3);
    await replay.stop();
  });
});

describe('questions', () => {
  test('are all answered', async () => {
    const child = { pid: 9, seconds: 1, parent: INIT, binary: '/bin/child', arguments: '-x' };
    const grown = { ...child, seconds: 2, parent: child, binary: '/bin/grown', flags: 'execve' };
    const lines = [exec(INIT), exec(child), exec(grown), exit(grown, 3, { status: 4 })];
    const replay = await opened(log(lines), lines.length);
    const ktime = 100_000_000_000n + 2_000_000_000n;
    replay.send({ type: 'describe', request: 1, pid: 9, ktime });
    const { lineage, steps } = await replay.waitFor('description');
    expect(lineage.map(({ binary }) => binary)).toEqual(['/bin/grown', '/sbin/init']);
    expect(steps.map(({ pid, how, binary, end }) => [pid, how, binary, end?.ending])).toEqual([
      [1, 'before', '/sbin/init', undefined],
      [9, 'exec', '/bin/child', '4'],
      [9, 'exec', '/bin/grown', '4'],
    ]);
    expect(steps.at(-1)?.ktime).toBe(ktime);
    replay.send({ type: 'describe-binary', request: 2, binary: '/bin/grown' });
    const { profile } = await replay.waitFor('binary-description');
    expect(profile?.counters).toMatchObject({ execs: 1, exits: 1, failures: 1 });

    replay.send({ type: 'open-files', request: 3, pid: 9, ktime });
    expect((await replay.waitFor('open-files')).files.kind).toBe('refused');
    replay.send({ type: 'find-target', request: 4, process: { pid: 9, ktime } });
    expect((await replay.waitFor('target')).answer.refusal).toMatch('recording');
    replay.send({ type: 'read-policy', request: 5, policy: 1 });
    await replay.waitFor('policy-text');
    replay.send({ type: 'test-policy', request: 6, policy: 1 });
    expect((await replay.waitFor('tested')).result.verdict).toBe('not run');
    replay.send({ type: 'set-parameters', request: 7, policy: 1, values: {} });
    expect((await replay.waitFor('edited')).problems).toHaveLength(1);
    replay.send({ type: 'disarm-all' });
    expect((await replay.waitFor('notice')).text).toMatch('recording');
    await replay.stop();
  });
});
