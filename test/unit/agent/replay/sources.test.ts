/** What can be replayed: plain, gzip, zstd, several members, cut off, rotated, growing, a pipe, nonsense. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { ReplayOptions } from '../../../../src/agent/replay/options.ts';
import { SELECT_ALL } from '../../../../src/agent/selection.ts';
import { encodeEvent } from '../../../../src/events/json.ts';
import { startReplay } from '../../../driver/replay.ts';
import { LIMIT_MS, until } from '../../../driver/until.ts';
import { exec, INIT, manyLines } from './log.ts';

const folder = mkdtempSync(join(tmpdir(), 'trigon-replay-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let made = 0;
function fileOf(content: string | Uint8Array, name = `log${made++}`): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const textOf = (lines: readonly string[]): string => `${lines.join('\n')}\n`;
const LINES = manyLines(40);
const [HALF, OTHER_HALF] = [LINES.slice(0, 50), LINES.slice(50)];

const JSON_LINES: ReplayOptions['output'] = {
  ...{ kind: 'json', color: false, timestamps: false, selection: SELECT_ALL },
  ...{ limit: undefined, perMinute: undefined },
};

/** All lines that come out, and what was said. */
async function linesOf(
  files: string | readonly string[],
  options: Partial<ReplayOptions> = {},
): Promise<{ lines: readonly string[]; notices: readonly string[]; failure: string | undefined }> {
  const replay = startReplay(files, { output: JSON_LINES, ...options });
  const end = await until(
    () => replay.messages.find(({ type }) => type === 'stopped' || type === 'failed'),
    { limitMs: 3 * LIMIT_MS },
  );
  expect(end).toBeDefined();
  const failure = end?.type === 'failed' ? end.message : undefined;
  await replay.stop();
  return { lines: replay.lines, notices: replay.notices, failure };
}

describe('formats', () => {
  test.each([
    ['plain', (text: string) => Buffer.from(text)],
    ['gzip', gzipSync],
    ['zstd', zstdCompressSync],
  ])('%s, whatever its name', async (_, pack) => {
    const path = fileOf(pack(textOf(LINES)), `any${made++}.txt`);
    expect(await linesOf(path)).toEqual({ lines: LINES, notices: [], failure: undefined });
  });

  test.each([
    ['gzip', gzipSync],
    ['zstd', zstdCompressSync],
  ])('%s of several parts', async (_, pack) => {
    const parts = [HALF, OTHER_HALF].map((lines) => pack(textOf(lines)));
    expect((await linesOf(fileOf(Buffer.concat(parts)))).lines).toEqual(LINES);
  });

  test.each([
    ['gzip', gzipSync],
    ['zstd', zstdCompressSync],
  ])('%s that is cut off: what is whole comes, and it is said', async (_, pack) => {
    const parts = [pack(textOf(HALF)), pack(textOf(OTHER_HALF)).subarray(0, -20)];
    const path = fileOf(Buffer.concat(parts));
    const { lines, notices, failure } = await linesOf(path);
    expect(failure).toBeUndefined();
    expect(lines.length).toBeGreaterThanOrEqual(HALF.length);
    expect(lines).toEqual(LINES.slice(0, lines.length));
    expect(notices[0]).toBe(`${path}: it is cut off at its end`);
  });

  test.each([
    ['gzip', gzipSync],
    ['zstd', zstdCompressSync],
  ])('%s that is damaged: what comes before is shown, but for some kilobytes', async (_, pack) => {
    const bad = pack(textOf(OTHER_HALF));
    bad.fill(0x55, 40, 80);
    const { lines, notices } = await linesOf(fileOf(Buffer.concat([pack(textOf(HALF)), bad])));
    expect(lines.length).toBeGreaterThan(10);
    expect(lines).toEqual(LINES.slice(0, lines.length));
    expect(notices.join('\n')).toContain('it is damaged');
  });

  test('a last line without its end counts if it is whole, and is told if not', async () => {
    const text = LINES.join('\n');
    expect((await linesOf(fileOf(text))).lines).toEqual(LINES);
    const path = fileOf(text.slice(0, -30));
    const { lines, notices } = await linesOf(path);
    expect(lines).toEqual(LINES.slice(0, -1));
    expect(notices).toEqual([`${path}:${LINES.length}: cut off at the end of the file; left out`]);
  });

  test('more than the main thread is ever sent at once', async () => {
    const many = Array.from({ length: 100_000 }, () => LINES[1] ?? '');
    const { lines } = await linesOf(fileOf(textOf(many)));
    expect(lines.length).toBe(many.length);
  });
});

describe('lines that are no events', () => {
  test('are left out and told: the first ones, and how many', async () => {
    const bad = ['nonsense', '{"process_exec":1}', '[]', '{}', '{"a":', '\u0000\u001b[2J'];
    const path = fileOf(textOf([...HALF, ...bad, '', '\r', ...OTHER_HALF]));
    const { lines, notices } = await linesOf(path);
    expect(lines).toEqual(LINES);
    expect(notices).toHaveLength(4);
    expect(notices[0]).toMatch(`${path}:${HALF.length + 1}: not JSON`);
    expect(notices[3]).toBe('6 lines are no events and were left out');
    expect(notices.join('')).not.toContain('\u001b');
  });

  test('a line without an end is not kept', async () => {
    const path = fileOf(`${HALF.join('\n')}\n{"${'x'.repeat(9 << 20)}\n${OTHER_HALF.join('\n')}\n`);
    const { lines, notices } = await linesOf(path);
    expect(lines).toEqual(LINES);
    expect(notices).toEqual([`${path}:${HALF.length + 1}: longer than 8 MiB; left out`]);
  });

  test('lines of Windows, a byte order mark', async () => {
    expect((await linesOf(fileOf(`\uFEFF${LINES.join('\r\n')}\r\n`))).lines).toEqual(LINES);
  });

  test('nothing but such lines is a failure that names the first', async () => {
    const path = fileOf('root:x:0:0\nbin:x:1:1\n');
    const { failure, lines } = await linesOf(path);
    expect(failure).toMatch(`${path}:1: not JSON`);
    expect(lines).toEqual([]);
  });

  test('without an end too', async () => {
    const path = fileOf('hello\n'.repeat(5000));
    expect((await linesOf(path)).failure).toMatch(`${path}:1: not JSON`);
  });

  test('an empty file has no events, and that is no failure', async () => {
    expect(await linesOf(fileOf(''))).toEqual({ lines: [], notices: [], failure: undefined });
  });
});

describe('files', () => {
  test('that are not there, folders without logs, devices', async () => {
    expect((await linesOf(join(folder, 'none'))).failure).toBe(
      `${join(folder, 'none')}: there is no such file`,
    );
    const empty = join(folder, 'empty');
    mkdirSync(empty);
    expect((await linesOf(empty)).failure).toBe('empty: no file there has an event in it');
    expect((await linesOf('/dev/zero')).failure).toBe('/dev/zero: it is no ordinary file');
    expect((await linesOf(['-', 'x'])).failure).toMatch('alone');
  });

  test('several and folders come in the order of their first events', async () => {
    const logs = join(folder, 'logs');
    mkdirSync(logs);
    const [a, b, c] = [LINES.slice(0, 30), LINES.slice(30, 60), LINES.slice(60)];
    writeFileSync(join(logs, 'c.log'), textOf(a));
    writeFileSync(join(logs, 'a.log.gz'), gzipSync(textOf(b)));
    writeFileSync(join(logs, 'b.log'), zstdCompressSync(textOf(c)));
    writeFileSync(join(logs, 'notes.txt'), 'something else\n');
    const whole = await linesOf(logs);
    expect(whole.lines).toEqual(LINES);
    expect(whole.notices).toEqual(['left out, since they begin with no event: notes.txt']);
    const named = ['b.log', 'c.log', 'a.log.gz'].map((name) => join(logs, name));
    expect((await linesOf(named)).lines).toEqual(LINES);
  });

  test('a file with those that were rotated away from it', async () => {
    const logs = join(folder, 'rotated');
    mkdirSync(logs);
    const parts = [0, 20, 40, 60, 80].map((from, at) =>
      LINES.slice(from, at === 4 ? undefined : from + 20),
    );
    const [a = [], b = [], c = [], d = [], e = []] = parts;
    writeFileSync(join(logs, 'tetragon-2026-11-21T03-24-37.857.log.gz'), gzipSync(textOf(a)));
    writeFileSync(join(logs, 'tetragon-2026-11-22T03-24-37.857.log'), textOf(b));
    writeFileSync(join(logs, 'tetragon.log.2.gz'), gzipSync(textOf(c)));
    writeFileSync(join(logs, 'tetragon.log.1'), textOf(d));
    writeFileSync(join(logs, 'tetragon.log'), textOf(e));
    writeFileSync(join(logs, 'tetragon-other.log'), textOf([exec(INIT)]));
    const path = join(logs, 'tetragon.log');
    expect((await linesOf(path, { withRotated: true })).lines).toEqual(LINES);
    expect((await linesOf(path)).lines).toEqual(e);
  });
});

describe('what grows', () => {
  test('a file that was rotated away just now: the one that was named, not the one that was begun last', async () => {
    const logs = join(folder, 'just-rotated');
    mkdirSync(logs);
    const path = join(logs, 'tetragon.log');
    writeFileSync(join(logs, 'tetragon-2026-11-21T03-24-37.857.log'), textOf(HALF));
    writeFileSync(path, '');
    const replay = startReplay(path, { isTailing: true, withRotated: true });
    onTestFinished(replay.stop);
    expect(await until(() => replay.events.length === HALF.length)).toBe(true);
    appendFileSync(path, textOf(OTHER_HALF));
    expect(await until(() => replay.events.length === LINES.length)).toBe(true);
    expect(replay.events.map(encodeEvent)).toEqual(LINES);
    // It is told of ten times a second.
    const last = replay.events.at(-1)?.time;
    expect(await until(() => replay.playback()?.end === last)).toBe(true);
  });

  test('a file, its successor, and one that is cut', async () => {
    const path = fileOf(textOf(HALF), 'growing.log');
    const replay = startReplay(path, { isTailing: true });
    const count = (wanted: number) => until(() => replay.events.length === wanted);
    expect(await count(HALF.length)).toBe(true);
    expect(replay.playback()?.isFollowing).toBe(true);
    const [first = '', second = '', third = ''] = OTHER_HALF;
    // The end of a line comes later than its beginning.
    appendFileSync(path, first.slice(0, 40));
    appendFileSync(path, `${first.slice(40)}\n`);
    expect(await count(HALF.length + 1)).toBe(true);
    renameSync(path, `${path}.1`);
    appendFileSync(`${path}.1`, `${second}\n`);
    writeFileSync(path, `${third}\n`);
    expect(await count(HALF.length + 3)).toBe(true);
    // All of it can be played again.
    replay.act({ do: 'to-start' });
    expect(await count(0)).toBe(true);
    replay.act({ do: 'to-end' });
    expect(await count(HALF.length + 3)).toBe(true);
    truncateSync(path);
    // It has been seen to be shorter.
    await until(() => replay.notices.some((text) => text.includes('cut')));
    appendFileSync(path, `${third}\n`);
    expect(await count(HALF.length + 4)).toBe(true);
    await replay.stop();
  });

  test('a pipe, compressed: shown as it comes, and kept for the way back', async () => {
    const path = join(folder, 'pipe');
    const maker = spawn('mkfifo', [path]);
    await once(maker, 'exit');
    // A folder of the test's own: others may replay a pipe now too.
    const kept = join(folder, 'kept');
    mkdirSync(kept);
    vi.stubEnv('TMPDIR', kept);
    const replay = startReplay(path);
    vi.unstubAllEnvs();
    const writer = spawn('sh', ['-c', `exec cat > '${path}'`], {
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    writer.stdin.write(gzipSync(textOf(HALF)));
    expect(await until(() => replay.events.length === HALF.length)).toBe(true);
    expect(replay.playback()).toMatchObject({ isFollowing: true, isPlaying: true });
    replay.act({ do: 'step-back' });
    expect(await until(() => replay.events.length === HALF.length - 1)).toBe(true);
    replay.act({ do: 'play' });
    writer.stdin.end(gzipSync(textOf(OTHER_HALF)));
    expect(await until(() => replay.events.length === LINES.length)).toBe(true);
    expect(await until(() => replay.playback()?.isRead)).toBe(true);
    expect(replay.playback()).toMatchObject({ isFollowing: false, isPlaying: false });
    await replay.stop();
    // Nothing of it lies about.
    expect(readdirSync(kept)).toEqual([]);
  });
});

test('no privileges are needed, and neither addon nor kernel is touched', () => {
  // The worker's modules, one after the other.
  const seen = new Set<string>();
  const visit = (path: string) => {
    if (seen.has(path)) return;
    seen.add(path);
    const source = readFileSync(path, 'utf8');
    for (const [, from = ''] of source.matchAll(
      /^(?:import|export) (?!type\b)[^;]*?from '(\.[^']+)';/gms,
    ))
      visit(join(path, '..', from));
  };
  const root = join(import.meta.dirname, '../../../..');
  visit(join(root, 'src/agent/replay/worker.ts'));
  const names = [...seen].map((path) => path.slice(root.length + 1));
  expect(names).toContain('src/agent/aggregate/tree.ts');
  expect(names.filter((name) => /addon|bpf\/|sensor/.test(name))).toEqual([]);
});
