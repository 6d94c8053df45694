/** The export file: whole lines, rotation, old files, permissions. Real files, a clock of the test's own. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createExporter } from '../../../src/agent/export/exporter.ts';
import type { Clock } from '../../../src/agent/export/rotatingFile.ts';
import { makeSieve, needsSieve, type Sieve } from '../../../src/agent/export/sieve.ts';
import type { ExportOptions, FromAgent } from '../../../src/agent/messages.ts';
import type { OutgoingEvent } from '../../../src/agent/taps.ts';
import { encodeEvent } from '../../../src/events/json.ts';
import type { Event } from '../../../src/events/types.ts';
import { until } from '../../driver/until.ts';

const MINUTE = 60_000;
const START = Date.UTC(2026, 10, 21, 19, 41, 15, 123);

let folder = '';
let file = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trigon-export-'));
  file = join(folder, 'tetragon.log');
});
afterEach(() => rmSync(folder, { recursive: true }));

const event = (name: string): Event => ({
  kind: 'process_exec',
  process: { execId: 'x', pid: 5, binary: name } as never,
  nodeName: 'n',
});

const outgoing = (of: Event): OutgoingEvent => ({
  packed: undefined as never,
  event: () => of,
  json: () => encodeEvent(of),
  whole: () => encodeEvent(of),
});

const STANDARD: Omit<ExportOptions, 'file'> = {
  ...{ maxBytes: 0, maxBackups: 0, rotationMs: 0, compress: false, mode: 0o600 },
  ...{ allow: '', deny: '', fields: '', perMinute: undefined, aggregation: undefined },
};

const ABILITIES = { credentials: false, ancestors: [] };

function exporterOf(options: Partial<ExportOptions> = {}, sieve?: Promise<Sieve>) {
  let steady = 0;
  let wall = START;
  const clock: Clock = { steady: () => steady, wall: () => wall };
  const notices: string[] = [];
  const tell = (message: FromAgent) => {
    if (message.type === 'notice') notices.push(message.text);
  };
  const warn = (text: string) => void notices.push(text);
  const all = { ...STANDARD, file, ...options };
  const tap = createExporter({
    options: all,
    sieve: sieve ?? (needsSieve(all) ? makeSieve(all, ABILITIES, warn, clock.steady) : undefined),
    ...{ node: 'n', tell, clock, running: () => [] },
  });
  return {
    tap,
    notices,
    clock: {
      pass(ms: number) {
        steady += ms;
        wall += ms;
      },
      /** Somebody sets it. */
      set(ms: number) {
        wall = ms;
      },
    },
    add(...names: string[]) {
      for (const name of names) tap.add(outgoing(event(name)));
    },
    /** Runs it until the condition holds. */
    async when(condition: () => boolean) {
      const met = await until(() => {
        tap.flush?.();
        return condition();
      });
      expect(met, condition.toString()).toBe(true);
    },
  };
}

/** Nothing is loaded for an aggregation alone. */
const filtersAreMade = () => new Promise((resolve) => setImmediate(resolve));

const text = (path: string): string => (existsSync(path) ? readFileSync(path, 'utf8') : '');
const namesIn = (content: string): string[] =>
  content
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const { process_exec: exec, rate_limit_info: limit } = JSON.parse(line);
      return exec?.process.binary ?? `limited ${limit.number_of_dropped_process_events}`;
    });
const names = (path = file): string[] => namesIn(text(path));
const others = (): string[] => readdirSync(folder).filter((name) => name !== 'tetragon.log');

describe('writing', () => {
  test('lines in order, one an event; closing writes what is left', async () => {
    const { tap, add } = exporterOf();
    add('/a', '/b');
    await tap.close();
    expect(names()).toEqual(['/a', '/b']);
    expect(tap.lost?.()).toEqual({ exportFile: 0 });
  });

  test('an existing file goes on; a part of a last line is cut off, and that is said', async () => {
    writeFileSync(file, `${encodeEvent(event('/old'))}\n{"process_exec":{"pro`);
    const { tap, add, notices } = exporterOf();
    add('/new');
    await tap.close();
    expect(names()).toEqual(['/old', '/new']);
    expect(notices).toEqual([
      expect.stringContaining('part of a line, of 21 bytes: it is cut off'),
    ]);
  });

  test('a last line that is whole but not ended is ended', async () => {
    writeFileSync(file, encodeEvent(event('/old')));
    const { tap, add } = exporterOf();
    add('/new');
    await tap.close();
    expect(names()).toEqual(['/old', '/new']);
  });

  test.each([0o022, 0o077, 0o277])('permissions as given under umask %o', async (umask) => {
    const before = process.umask(umask);
    try {
      const { tap, add, when } = exporterOf({ mode: 0o646, maxBytes: 50, compress: true });
      add('/a', '/b');
      await when(() => others().some((name) => name.endsWith('.gz')));
      await tap.close();
    } finally {
      process.umask(before);
    }
    for (const name of readdirSync(folder))
      expect(statSync(join(folder, name)).mode & 0o7777).toBe(0o646);
  });

  test('an existing file gets them too', async () => {
    writeFileSync(file, '');
    chmodSync(file, 0o666);
    const { tap, add } = exporterOf({ mode: 0o640 });
    add('/a');
    await tap.close();
    expect(statSync(file).mode & 0o7777).toBe(0o640);
  });

  test('what waits is bounded; what finds no room is dropped whole and counted', async () => {
    const { tap, add } = exporterOf();
    const long = 'x'.repeat(1 << 20);
    add(...Array.from({ length: 20 }, () => long));
    expect(tap.lost?.()).toEqual({ exportFile: 5 });
    await tap.close();
    expect(names()).toHaveLength(15);
  });
});

describe('what must not be written to', () => {
  const refused = async (): Promise<string> => {
    const { tap, add, notices } = exporterOf();
    add('/a');
    await tap.close();
    expect(tap.lost?.()).toEqual({ exportFile: 1 });
    return notices[0] ?? '';
  };

  test('a link, whatever it leads to', async () => {
    writeFileSync(join(folder, 'target'), '');
    symlinkSync(join(folder, 'target'), file);
    expect(await refused()).toContain('is a link');
    expect(text(join(folder, 'target'))).toBe('');
  });

  test('a folder, and a folder that is not there', async () => {
    mkdirSync(file);
    expect(await refused()).toContain('is a folder');
    file = join(folder, 'none', 'file');
    expect(await refused()).toContain(`the folder ${join(folder, 'none')} does not exist`);
  });

  test('a file of something else', async () => {
    writeFileSync(file, 'PATH=/bin\n');
    expect(await refused()).toContain('holds something else than events');
    expect(text(file)).toBe('PATH=/bin\n');
  });

  test('a device: use the lines on standard output', async () => {
    file = '/dev/stdout';
    expect(await refused()).toContain('trigon events -o json');
  });
});

describe('rotation', () => {
  const LINE = encodeEvent(event('/a')).length + 1;

  test('by size: files of whole lines, none larger, named by the time in UTC', async () => {
    const { tap, add, clock, when } = exporterOf({ maxBytes: 2 * LINE + 3 });
    add('/a', '/b', '/c', '/d');
    await when(() => names().length === 2 && others().length === 1);
    clock.pass(1500);
    add('/e');
    await tap.close();
    expect(others()).toEqual([
      'tetragon-2026-11-21T19-41-15.123.log',
      'tetragon-2026-11-21T19-41-16.623.log',
    ]);
    expect(others().map((name) => names(join(folder, name)))).toEqual([
      ['/a', '/b'],
      ['/c', '/d'],
    ]);
    expect(names()).toEqual(['/e']);
  });

  test('a line that is too long for any file is a file of its own', async () => {
    const { tap, add } = exporterOf({ maxBytes: LINE });
    const long = 'x'.repeat(500);
    add('/a', long, '/b');
    await tap.close();
    expect(others().map((name) => names(join(folder, name)))).toEqual([['/a'], [long]]);
    expect(names()).toEqual(['/b']);
  });

  test('by time, also when nothing comes any more; an empty file stays', async () => {
    const { tap, add, clock, when } = exporterOf({ rotationMs: MINUTE });
    add('/a');
    await when(() => names().length === 1);
    clock.pass(MINUTE - 1000);
    add('/b');
    await when(() => names().length === 2);
    expect(others()).toEqual([]);
    clock.pass(1000);
    await when(() => others().length === 1);
    clock.pass(10 * MINUTE);
    tap.flush?.();
    await tap.close();
    expect(others()).toEqual(['tetragon-2026-11-21T19-42-15.123.log']);
  });

  test('a clock that is set moves no rotation, and no name comes before an older file’s', async () => {
    const { tap, add, clock, when } = exporterOf({ maxBytes: LINE, rotationMs: MINUTE });
    add('/a', '/b');
    await when(() => others().length === 1);
    clock.set(START - 24 * 60 * MINUTE);
    add('/c');
    await when(() => others().length === 2);
    clock.set(START + 24 * 60 * MINUTE);
    tap.flush?.();
    clock.set(START);
    add('/d');
    await tap.close();
    expect(others()).toEqual([
      'tetragon-2026-11-21T19-41-15.123.log',
      'tetragon-2026-11-21T19-41-15.124.log',
      'tetragon-2026-11-21T19-41-15.125.log',
    ]);
    expect(others().map((name) => names(join(folder, name))[0])).toEqual(['/a', '/b', '/c']);
  });

  test('only so many old files are kept, the newest; other files are nobody’s business', async () => {
    const foreign = ['tetragon-notes.log', 'tetragon-2026-01-01T00-00-00.000.txt', 'other.log'];
    for (const name of foreign) writeFileSync(join(folder, name), 'mine');
    writeFileSync(join(folder, 'tetragon-2025-01-01T00-00-00.000.log'), 'old');
    writeFileSync(join(folder, 'tetragon-2025-01-02T00-00-00.000.log.gz'), 'old');
    const { tap, add, clock, when } = exporterOf({ maxBytes: LINE, maxBackups: 2 });
    for (const name of ['/a', '/b', '/c', '/d']) {
      clock.pass(1000);
      add(name);
      await when(() => names()[0] === name);
    }
    const old = () => others().filter((name) => !foreign.includes(name));
    await when(() => old().length === 2);
    await tap.close();
    expect(old().map((name) => names(join(folder, name))[0])).toEqual(['/b', '/c']);
    for (const name of foreign) expect(text(join(folder, name))).toBe('mine');
  });

  test('compression: whole files, the plain ones go; what a crash left is done again', async () => {
    const left = join(folder, 'tetragon-2026-01-01T00-00-00.000.log');
    writeFileSync(left, 'left behind\n');
    writeFileSync(`${left}.gz.part`, 'half');
    const { tap, add, when } = exporterOf({ maxBytes: LINE, compress: true });
    add('/a', '/b');
    await when(() => others().length === 2 && others().every((name) => name.endsWith('.gz')));
    await tap.close();
    expect(others().map((name) => gunzipSync(readFileSync(join(folder, name))).toString())).toEqual(
      ['left behind\n', `${encodeEvent(event('/a'))}\n`],
    );
  });
});

describe('a file that others touch', () => {
  test('moved away, or removed: a new one is made', async () => {
    const { tap, add, clock, when } = exporterOf();
    add('/a');
    await when(() => names().length === 1);
    renameSync(file, join(folder, 'moved'));
    clock.pass(1000);
    tap.flush?.();
    add('/b');
    await when(() => names()[0] === '/b');
    unlinkSync(file);
    clock.pass(1000);
    tap.flush?.();
    add('/c');
    await when(() => names()[0] === '/c');
    await tap.close();
    expect(names(join(folder, 'moved'))).toEqual(['/a']);
  });

  test('emptied by logrotate’s copytruncate: it goes on at its new end', async () => {
    const { tap, add, clock, when } = exporterOf({ maxBytes: 4096 });
    add(...Array.from({ length: 20 }, () => '/a'));
    await when(() => names().length === 20);
    truncateSync(file, 0);
    clock.pass(1000);
    tap.flush?.();
    add('/b');
    await when(() => names().length > 0);
    await tap.close();
    expect(names()).toEqual(['/b']);
    expect(others()).toEqual([]);
  });
});

describe('the rate limit', () => {
  test('the first ones pass; at the end of the window, by a clock that nobody sets, how many did not', async () => {
    const { tap, add, clock, when } = exporterOf({ perMinute: 2 });
    add('/a', '/b', '/c', '/d');
    await when(() => names().length === 2);
    clock.set(START + 60 * MINUTE);
    tap.flush?.();
    add('/e');
    clock.pass(MINUTE);
    add('/f');
    await tap.close();
    expect(names()).toEqual(['/a', '/b', '/f', 'limited 3']);
  });

  test('0: nothing but the number', async () => {
    const { tap, add } = exporterOf({ perMinute: 0 });
    add('/a', '/b');
    await tap.close();
    expect(names()).toEqual(['limited 2']);
  });
});

describe('filters', () => {
  const evenOnly: Sieve = {
    pass: (one) => (one.kind === 'process_exec' && one.process.binary === '/b' ? [] : [one]),
    ripe: (isLast) => (isLast ? [event('/last')] : []),
    start() {},
    onFork() {},
    onExit() {},
  };

  test('events that come before the filters are made wait for them', async () => {
    const made = Promise.withResolvers<Sieve>();
    const { tap, add } = exporterOf({}, made.promise);
    add('/a', '/b');
    tap.flush?.();
    made.resolve(evenOnly);
    await made.promise;
    add('/c');
    await tap.close();
    expect(names()).toEqual(['/a', '/c', '/last']);
  });

  test('of the command line: allow, deny, fields', async () => {
    const { tap, add } = exporterOf({
      allow: '{"binary_regex":["^/(a|b)$"]}',
      deny: '{"binary_regex":["b"]}',
      fields: '{"fields":"process.binary"}',
    });
    add('/a', '/b', '/c');
    await tap.close();
    expect(text(file)).toBe('{"process_exec":{"process":{"binary":"/a"}},"node_name":"n"}\n');
  });

  test('equal ones within a while are one, with their count; at the end also what is held', async () => {
    const aggregation = { windowMs: 1000, most: 10 };
    const { tap, add, clock, when } = exporterOf({ aggregation });
    await filtersAreMade();
    add('/a', '/b', '/a');
    tap.flush?.();
    expect(names()).toEqual([]);
    clock.pass(1000);
    await when(() => names().length === 2);
    add('/c');
    await tap.close();
    const counts = text(file)
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line).aggregation_info.count);
    expect(names()).toEqual(['/a', '/b', '/c']);
    expect(counts).toEqual(['2', '1', '1']);
  });

  test('so many of them; the others are counted', async () => {
    const made = Promise.withResolvers<Sieve>();
    const { tap, add } = exporterOf({}, made.promise);
    for (let i = 0; i < 10_005; i++) add('/a');
    made.resolve(evenOnly);
    await tap.close();
    expect(tap.lost?.()).toEqual({ exportFile: 5 });
  });
});
