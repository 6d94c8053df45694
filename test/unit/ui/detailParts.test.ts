import { describe, expect, test } from 'vitest';
import { filterSubject } from '../../../src/events/filter/fields.ts';
import { parseFilter } from '../../../src/events/filter/parse.ts';
import type { Event } from '../../../src/events/types.ts';
import { PACKED_KIND, type PackedEvent } from '../../../src/events/wire/packed.ts';
import { compareEnvironments, looksSecret } from '../../../src/ui/detail/environment.ts';
import { filterText } from '../../../src/ui/detail/focus.ts';
import { createRelatedSearch, MOST_RELATED } from '../../../src/ui/detail/related.ts';
import { createSlices } from '../../../src/ui/slices.ts';

describe('the filter of a value', () => {
  const execOf = (binary: string): Event => ({
    ...{ kind: 'process_exec', nodeName: 'n' },
    process: { execId: '', parentExecId: '', cwd: '', arguments: '', flags: '', binary },
  });

  test('finds it, whatever it holds, and not what only contains it', () => {
    for (const binary of [
      ...['/bin/sh', '/bin/a b', '/bin/"q"', '/bin/a\\b', '/bin/sh (deleted)', '~', '/x.*/', 'OR'],
      ...['!x', '/bin/\x1b[2J', `/${'d'.repeat(300)}`],
    ]) {
      const text = filterText({ field: 'binary', value: binary });
      const { filter, error } = parseFilter(text);
      expect(error, text).toBeUndefined();
      const options = { userName: String, severityOf: () => '' };
      const passes = (event: Event) => filter?.(filterSubject(event, options));
      expect(passes(execOf(binary)), text).toBe(true);
      expect(passes(execOf('/somewhere/else'))).toBe(false);
    }
    const { filter } = parseFilter(filterText({ field: 'binary', value: '/bin/sh' }));
    const subject = filterSubject(execOf('/bin/shutdown'), {
      userName: String,
      severityOf: String,
    });
    expect(filter?.(subject)).toBe(false);
  });

  test('is empty where there is nothing to look for', () => {
    expect(filterText({ field: 'binary', value: '' })).toBe('');
    expect(filterText({ field: 'args', value: '\x1b\n' })).toBe('');
  });
});

describe('environments', () => {
  const environment = (...texts: string[]) => ({
    variables: texts.map((text) => {
      const [key = '', value = ''] = text.split('=');
      return { key, value };
    }),
    isCut: false,
  });

  test('added, removed, changed, the same; by name', () => {
    const told = compareEnvironments(
      environment('C=1', 'B=2', 'A=3'),
      environment('B=1', 'C=1', 'D=4'),
    );
    expect(told.map(({ name, change, before }) => [name, change, before])).toEqual([
      ['A', 'added', undefined],
      ['B', 'changed', '1'],
      ['C', 'same', undefined],
      ['D', 'removed', undefined],
    ]);
  });

  test('names that stand there twice are both told; of a cut one nothing is called removed', () => {
    const own = { ...environment('A=1', 'A=2'), isCut: true };
    expect(compareEnvironments(own, environment('A=1', 'B=2')).map(({ change }) => change)).toEqual(
      ['same', 'changed'],
    );
  });

  test('without the parent’s nothing differs', () => {
    expect(compareEnvironments(environment('A=1'), undefined)[0]?.change).toBe('same');
  });

  test('what looks like a secret', () => {
    for (const name of ['PGPASSWORD', 'API_KEY', 'github_token', 'AWS_SECRET', 'MyCredentials'])
      expect(looksSecret(name)).toBe(true);
    for (const name of ['MYSQL_PWD', 'SENTRY_DSN', 'DATABASE_URL', 'redis_url'])
      expect(looksSecret(name)).toBe(true);
    for (const name of ['PATH', 'HOME', 'LANG', 'TERM', 'PWD', 'OLDPWD', 'URL_HANDLER'])
      expect(looksSecret(name)).toBe(false);
    for (const value of ['postgres://me:hush@db/x', 'see redis://:hush@cache:6379'])
      expect(looksSecret('UPSTREAM', value), value).toBe(true);
    for (const value of ['https://host:8080/a@b', 'http://me@host', 'a:b@c'])
      expect(looksSecret('UPSTREAM', value), value).toBe(false);
  });
});

describe('related events', () => {
  const packed = (tgid: number, parentTgid: number): PackedEvent => ({
    ...{ kind: PACKED_KIND.exec, flags: 0, time: 0n, tgid, tid: tgid, ktime: BigInt(tgid) },
    ...{ parentTgid, parentKtime: BigInt(parentTgid) },
    ...{ payload: new Uint8Array(), process: new Uint8Array() },
  });

  function search(all: PackedEvent[], origin: number, ktime = 7n) {
    const later: (() => void)[] = [];
    const store = {
      first: 0,
      get next() {
        return all.length;
      },
      asked: 0,
      get(number: number) {
        store.asked += 1;
        return all[number];
      },
    };
    const related = createRelatedSearch({
      ...{ events: store, origin, pid: 7, ktime },
      eventOf: () => undefined,
      onProgress() {},
      // So slow that each turn looks at few.
      within: createSlices(
        (run) => later.push(run),
        () => store.asked / 100,
      ),
    });
    const work = () => {
      related.work();
      for (let run = later.shift(); run; run = later.shift()) run();
      return related.events.map(({ number, isChild }) => (isChild ? -number : number));
    };
    return { store, related, work, later };
  }

  test('of the process and its children, in order, also those that come later', () => {
    const all = [packed(7, 1), packed(8, 7), packed(9, 8), packed(7, 1), packed(6, 1)];
    const { related, work } = search(all, 3);
    expect(work()).toEqual([0, -1, 3]);
    const before = related.events;
    expect(related.events).toBe(before);
    all.push(packed(7, 1), packed(1, 1));
    expect(work()).toEqual([0, -1, 3, 5]);
  });

  test('the nearest ones when there are too many, and none that is gone', () => {
    const all = Array.from({ length: 5000 }, () => packed(7, 1));
    const { store, related, work } = search(all, 2500);
    const numbers = work();
    expect(numbers).toHaveLength(MOST_RELATED);
    expect(related.isFull).toBe(true);
    expect(numbers[0]).toBeGreaterThan(2000);
    expect(numbers.at(-1)).toBeLessThan(3000);
    expect(numbers).toContain(2500);
    store.first = 2600;
    expect(work().every((number) => number >= 2600)).toBe(true);
  });

  test('when the nearest are gone those that come later take their places', () => {
    const all = Array.from({ length: 5000 }, () => packed(7, 1));
    const { store, related, work } = search(all, 4000);
    expect(work()).toHaveLength(MOST_RELATED);
    for (let first = 4100; first <= 7000; first += 100) {
      store.first = first;
      for (let i = 0; i < 100; i++) all.push(packed(7, 1));
      const numbers = work();
      expect(numbers).toHaveLength(MOST_RELATED);
      expect(numbers[0]).toBeGreaterThanOrEqual(first);
      expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
      expect(new Set(numbers).size).toBe(MOST_RELATED);
    }
    store.first = all.length;
    expect(related.events).toEqual([]);
    all.push(packed(7, 1));
    expect(work()).toEqual([all.length - 1]);
  });

  test('nobody is looked at for a process that is not known', () => {
    const { store, work } = search([packed(7, 1), packed(7, 1)], 1, 0n);
    expect(work()).toEqual([]);
    expect(store.asked).toBe(0);
  });

  test('a search that is stopped rests until somebody looks again', () => {
    const all = Array.from({ length: 50_000 }, () => packed(6, 1));
    const { store, related, work, later } = search(all, 50_000);
    related.work();
    related.stop();
    const { asked } = store;
    expect(asked).toBeGreaterThan(0);
    for (let run = later.shift(); run; run = later.shift()) run();
    expect(store.asked).toBe(asked);
    work();
    expect(store.asked).toBe(all.length);
  });
});
