import { describe, expect, test } from 'vitest';
import { createBinaries } from '../../../src/agent/aggregate/binaries.ts';
import {
  createUntold,
  MAX_NAMELESS,
  MAX_NAMES,
  NOTHING_UNTOLD,
  type UntoldEvents,
} from '../../../src/agent/aggregate/untold.ts';
import { u64 } from '../../../src/agent/bytes.ts';
import type { UntoldCounts } from '../../../src/agent/messages.ts';
import { createUntoldReader, type UntoldMaps } from '../../../src/agent/untoldReader.ts';
import { spanOf } from '../../../src/events/wire/span.ts';
import { viewOf } from '../../../src/events/wire/view.ts';
import {
  tg_exec_record as EXEC,
  tg_exit_record as EXIT,
  tg_program_name as NAME,
  tg_untold as UNTOLD,
} from '../../../src/generated/layouts.ts';
import { createWorld } from './world.ts';

const S = 1_000_000_000n;
const events = (counts: Partial<UntoldCounts>, told = 0): UntoldEvents => ({
  counts: { ...NOTHING_UNTOLD, ...counts },
  ...{ told, first: 5n * S, last: 6n * S },
});

describe('by number', () => {
  const made = () => {
    const added: [string, UntoldEvents][] = [];
    return { added, untold: createUntold((...news) => void added.push(news)) };
  };

  test('a name that comes before or after: all is counted under it, once', () => {
    const { added, untold } = made();
    untold.learn(7, '/bin/a');
    untold.count(7, events({ execs: 2 }));
    expect(added).toEqual([['/bin/a', events({ execs: 2 })]]);

    untold.count(8, events({ exits: 1, failures: 1 }));
    untold.count(8, { ...events({ exits: 2 }, 1), first: 4n * S, last: 9n * S });
    expect(untold.others()).toMatchObject({ execs: 0, exits: 3, failures: 1 });
    expect(untold.takeNameless(10)).toEqual([8]);
    expect(untold.takeNameless(10)).toEqual([]);
    untold.learn(8, '/bin/b');
    expect(added[1]).toEqual([
      '/bin/b',
      { ...events({ exits: 3, failures: 1 }, 1), first: 4n * S, last: 9n * S },
    ]);
    expect(untold.others()).toEqual(NOTHING_UNTOLD);
    untold.learn(8, '/bin/b');
    expect(added).toHaveLength(2);
  });

  test('a name that nobody knew is asked for again when more is counted', () => {
    const { untold } = made();
    for (const number of [1, 2, 3]) untold.count(number, events({ execs: 1 }));
    expect(untold.takeNameless(2)).toEqual([1, 2]);
    expect(untold.takeNameless(2)).toEqual([3]);
    untold.count(2, events({ execs: 1 }));
    expect(untold.takeNameless(2)).toEqual([2]);
  });

  test('memory is bounded, and nothing is missing from the sum', () => {
    const { added, untold } = made();
    untold.setOthers({ ...NOTHING_UNTOLD, hits: 5 });
    for (let number = 1; number <= MAX_NAMELESS + 100; number++)
      untold.count(number, events({ execs: 1 }));
    expect(untold.others()).toMatchObject({ execs: MAX_NAMELESS + 100, hits: 5 });
    // Of those without room nothing is known any more.
    untold.learn(MAX_NAMELESS + 100, '/late');
    expect(added).toEqual([]);

    const { generation } = untold;
    for (let number = 1; number <= MAX_NAMES + 1; number++) untold.learn(1e6 + number, '/x');
    expect(untold.generation).toBe(generation + 1);
    expect(untold.nameOf(1e6 + 1)).toBeUndefined();
    expect(untold.nameOf(1e6 + MAX_NAMES + 1)).toBe('/x');
  });
});

test('those that nobody knew when they were asked for make room, and stay in the sum', () => {
  const added: [string, UntoldEvents][] = [];
  const untold = createUntold((...news) => void added.push(news));
  // Their paths are too long: nobody will ever have a name for them.
  for (let number = 1; number <= MAX_NAMELESS; number++) untold.count(number, events({ execs: 1 }));
  expect(untold.takeNameless(MAX_NAMELESS)).toHaveLength(MAX_NAMELESS);
  untold.count(1e6, events({ execs: 3 }));
  expect(untold.others()).toMatchObject({ execs: MAX_NAMELESS + 3 });
  expect(untold.takeNameless(10)).toEqual([1e6]);
  untold.learn(1e6, '/bin/late');
  expect(added).toEqual([['/bin/late', events({ execs: 3 })]]);
  expect(untold.others()).toMatchObject({ execs: MAX_NAMELESS });
  untold.learn(1, '/gone');
  expect(added).toHaveLength(1);
  untold.learn(MAX_NAMELESS, '/kept');
  expect(added).toHaveLength(2);
  expect(untold.others()).toMatchObject({ execs: MAX_NAMELESS - 1 });
});

describe('in the counters of programs', () => {
  /** Of an exec record. */
  const numbered = (record: Uint8Array, number: number) =>
    viewOf(record).setBigUint64(EXEC.at.program, BigInt(number), true);

  const scene = () => {
    const binaries = createBinaries();
    const world = createWorld({
      exited: binaries.exited,
      forked: binaries.forked,
      found: binaries.found,
      executed(entry) {
        numbered(entry.record, 99);
        binaries.executed(entry);
      },
    });
    const row = (binary: string) =>
      binaries.all(world.now()).find((known) => known.binary === binary);
    world.old(1, 0, '/sbin/init');
    return { binaries, world, row };
  };

  test('what was lost counts as what was told does, and is told apart', () => {
    const { binaries, world, row } = scene();
    world.fork(5, 1);
    world.exec(5, '/bin/a');
    const { boot } = world.now();
    binaries.untold.count(99, {
      counts: {
        ...{ execs: 10, exits: 9, failures: 2 },
        ...{ hits: 5, files: 3, network: 2, kills: 1, denials: 1 },
      },
      ...{ told: 0, first: boot, last: boot + 1n },
    });
    expect(row('/bin/a')).toMatchObject({
      ...{ execs: 11, exits: 9, failures: 2, running: 1 },
      ...{ hits: 5, files: 3, network: 2, kills: 1, denials: 1 },
      ...{ events: 25, untold: 24, trend: [0, 0, 0, 0, 0, 0, 0, 0, 0, 25] },
    });
  });

  test('a program of which no event was told has a row too', () => {
    const { binaries, world, row } = scene();
    const { boot } = world.now();
    binaries.untold.count(7, { ...events({ execs: 3, exits: 3 }), first: boot, last: boot });
    binaries.untold.learn(7, '/bin/lost');
    expect(row('/bin/lost')).toMatchObject({
      execs: 3,
      exits: 3,
      events: 6,
      untold: 6,
      running: 0,
    });
  });

  test('an exit that was told, of a program that was not: by its number, and not as lost', () => {
    const { binaries, world, row } = scene();
    const record = spanOf(new Uint8Array(EXIT.size));
    record.view.setBigUint64(EXIT.at.program, 99n, true);
    world.fork(5, 1);
    world.exec(5, '/bin/a');
    binaries.exited(6, undefined, world.now().boot, 256, record);
    expect(row('/bin/a')).toMatchObject({ execs: 1, exits: 1, failures: 1, untold: 0 });
    expect(binaries.untold.others()).toEqual(NOTHING_UNTOLD);
  });
});

describe('read from the kernel side', () => {
  const value = (counts: Partial<Record<keyof typeof UNTOLD.at, number>>): Uint8Array => {
    const bytes = new Uint8Array(UNTOLD.size);
    for (const [name, count] of Object.entries(counts))
      viewOf(bytes).setBigUint64(UNTOLD.at[name as keyof typeof UNTOLD.at], BigInt(count), true);
    return bytes;
  };

  const scene = (maxEntries = 100) => {
    const entries = new Map<number, Uint8Array>();
    const names = new Map<number, Uint8Array>();
    const numberOf = (key: Uint8Array) => Number(viewOf(key).getBigUint64(0, true));
    let looks = 0;
    const maps: UntoldMaps = {
      untold: {
        maxEntries,
        entries() {
          looks += 1;
          return [...entries].map(([number, bytes]) => ({
            key: u64(BigInt(number)),
            value: bytes,
          }));
        },
        delete: (key) => entries.delete(numberOf(key)),
      },
      others: { get: () => undefined },
      names: {
        get: (key) => names.get(numberOf(key)),
        delete: (key) => names.delete(numberOf(key)),
      },
    };
    const counted: [number, UntoldEvents][] = [];
    const reader = createUntoldReader(maps);
    const counters = {
      count: (...news: [number, UntoldEvents]) => void counted.push(news),
      setOthers: () => {},
    };
    return {
      ...{ entries, names, reader },
      looks: () => looks,
      read(missed: number, now = 0n) {
        counted.length = 0;
        reader.read(missed, now, counters);
        return counted.map(([number, { counts }]) => [number, counts.execs, counts.failures]);
      },
    };
  };

  test('each event once; while none is lost nothing is read', () => {
    const { entries, read, looks } = scene();
    expect(read(0)).toEqual([]);
    expect(looks()).toBe(0);
    entries.set(2 ** 51 + 1, value({ execs: 3, last: 10 }));
    expect(read(3)).toEqual([[2 ** 51 + 1, 3, 0]]);
    // It had counted one loss more than it had counted for its program.
    entries.set(2 ** 51 + 1, value({ execs: 4, failures: 1, last: 11 }));
    expect(read(3)).toEqual([[2 ** 51 + 1, 1, 1]]);
    expect(read(3)).toEqual([]);
    expect(looks()).toBe(2);
  });

  test('programs that have lost nothing for long make room when it is needed', () => {
    const { entries, read, names } = scene(4);
    const long = 120n * S;
    for (const number of [1, 2, 3]) entries.set(number, value({ execs: 1, last: number }));
    names.set(1, new Uint8Array(NAME.size));
    expect(read(3, long)).toHaveLength(3);
    expect(entries.size).toBe(3);
    entries.set(4, value({ execs: 1, last: Number(long) }));
    expect(read(4, long)).toEqual([[4, 1, 0]]);
    expect([...entries.keys()]).toEqual([4]);
    expect(names.size).toBe(0);
    // Whoever comes back begins anew, there as here.
    entries.set(2, value({ execs: 1, last: Number(long) }));
    expect(read(5, long)).toEqual([[2, 1, 0]]);
  });

  test('names are what events would have: joined with the folder unless they are absolute', () => {
    const { names, reader } = scene();
    const name = (filename: string, cwd: string) => {
      const bytes = new Uint8Array(NAME.size);
      const view = viewOf(bytes);
      view.setUint32(NAME.at.filename_length, filename.length, true);
      view.setUint32(NAME.at.cwd_length, cwd.length, true);
      bytes.set(Buffer.from(filename), NAME.at.filename);
      bytes.set(Buffer.from(cwd), NAME.at.cwd);
      return bytes;
    };
    names.set(1, name('/bin/a', ''));
    names.set(2, name('../b', '/home/x'));
    expect([1, 2, 3].map(reader.nameOf)).toEqual(['/bin/a', '/home/b', undefined]);
  });
});
