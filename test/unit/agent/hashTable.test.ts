/** The way to counters without a text for each event: what has the same hash must still be told apart. */
import { describe, expect, test } from 'vitest';
import { createAlerts } from '../../../src/agent/aggregate/alerts.ts';
import { createBlast } from '../../../src/agent/aggregate/blast.ts';
import { hashBytes, hashText, isSameBytes } from '../../../src/agent/aggregate/hash.ts';
import { createHashTable } from '../../../src/agent/aggregate/hashTable.ts';
import { tg_text_flag as FLAG, tg_skb_body, tg_sock_body } from '../../../src/generated/layouts.ts';
import { address, fileArgument, struct, value } from '../wire/records.ts';
import { engineHook } from './hooks.ts';
import { createWorld } from './world.ts';

type Item = { readonly hash: number; readonly name: string; nextAlike: Item | undefined };

const item = (hash: number, name: string): Item => ({ hash, name, nextAlike: undefined });

function alike(first: Item | undefined): string[] {
  const names: string[] = [];
  for (let one = first; one; one = one.nextAlike) names.push(one.name);
  return names.sort();
}

describe('table', () => {
  test.each([[['a']], [['b']], [['c']], [['a', 'c']], [['b', 'c']], [['a', 'b', 'c']]])(
    'of things with one hash %j go, the others stay',
    (gone) => {
      const table = createHashTable<Item>();
      const items = ['a', 'b', 'c'].map((name) => item(7, name));
      for (const one of [...items, item(8, 'other')]) table.add(one);
      for (const one of items) if (gone.includes(one.name)) table.remove(one);
      const left = ['a', 'b', 'c'].filter((name) => !gone.includes(name));
      expect(alike(table.first(7))).toEqual(left);
      expect(alike(table.first(8))).toEqual(['other']);
      expect(Array.from(table.values(), ({ name }) => name)).toEqual([...left, 'other']);
      expect(table.size).toBe(left.length + 1);
    },
  );

  test('removing what is not there does nothing; what was removed can come back', () => {
    const table = createHashTable<Item>();
    const [one, other] = [item(7, 'one'), item(7, 'other')];
    table.add(one);
    table.remove(other);
    table.remove(one);
    table.remove(one);
    expect(table.first(7)).toBeUndefined();
    table.add(one);
    table.add(other);
    expect(alike(table.first(7))).toEqual(['one', 'other']);
  });
});

describe('hashes', () => {
  const view = (text: string) => new DataView(new TextEncoder().encode(`--${text}`).buffer);
  const hash = (text: string) => hashBytes(1, view(text), 2, 2 + text.length);

  test('of all that differs in length or in one byte, the last ones included', () => {
    const texts = ['', 'a', 'ab', 'abc', 'abcd', 'abcde', 'bbcde', 'abcdf', 'abcd\0', '\0', '\0\0'];
    expect(new Set(texts.map(hash)).size).toBe(texts.length);
    expect(new Set(texts.map(hashText)).size).toBe(texts.length);
  });

  test('bytes are compared to the last one, wherever they lie', () => {
    const isSame = (one: string, other: string) =>
      isSameBytes(
        view(one),
        2,
        new DataView(new TextEncoder().encode(other).buffer),
        0,
        one.length,
      );
    for (const text of ['', 'a', 'abcd', 'abcdef']) expect(isSame(text, text)).toBe(true);
    expect(isSame('abcd', 'abce')).toBe(false);
    expect(isSame('abcdef', 'abcdeg')).toBe(false);
  });
});

describe('with one hash for everything', () => {
  const hooks = [engineHook('p', { index: 0 }), engineHook('q', { index: 1 })];
  const paths = ['/a', '/b', '/ab', '/a\0', '/long/enough', '/long/enougi'];
  const end = (port: number, last: number) => ({
    ...{ family: 2, type: 1, protocol: 6, source_port: 9, destination_port: port },
    ...{ source: address(10, 0, 0, 1), destination: address(10, 0, 0, last) },
  });
  const targets = [
    ...paths.map((path) => fileArgument(path, 0o100644)),
    fileArgument('/a', 0o100644, FLAG.TG_PATH_DELETED),
    ...[0o010600, 0o140600].map((mode) => fileArgument('', mode)),
    ...[12n, 21n].map((number) => value('TG_TYPE_CAPABILITY', { number })),
    value('TG_TYPE_STRING', { body: '21' }),
    ...(
      [
        [80, 2],
        [443, 2],
        [80, 3],
      ] as const
    ).flatMap(([port, last]) => [
      value('TG_TYPE_SOCK', { body: struct(tg_sock_body, end(port, last)) }),
      value('TG_TYPE_SKB', {
        body: struct(tg_skb_body, {
          ...{ family: 2, protocol: 6, source_port: 9, destination_port: port },
          ...{ source: address(10, 0, 0, 1), destination: address(10, 0, 0, last) },
        }),
      }),
    ]),
  ];

  function scene(hash: (() => number) | undefined) {
    const findHook = (hook: number) => hooks[hook];
    const alerts = createAlerts(findHook, hash);
    const blast = createBlast(findHook, hash);
    const world = createWorld({
      hit(_pid, entry, hit) {
        alerts.hit(hit, entry);
        blast.hit(hit, entry);
      },
    });
    world.old(1, 0, '/sbin/init');
    for (const [pid, path, uid] of [
      [10, '/bin/a', 0],
      [11, '/bin/b', 0],
      [12, '/bin/a', 5],
    ] as const) {
      world.fork(pid, 1);
      world.exec(pid, path, { uid });
    }
    for (let turn = 0; turn < 3; turn++)
      for (const pid of [10, 11, 12])
        for (const hook of [0, 1])
          for (const selector of [0, 1])
            for (const target of targets)
              world.event(pid, [target], { hook, selector, policy: 4 + hook });
    return {
      alerts: alerts.all(world.now()),
      blast: [4, 5].map((policy) => blast.rows(policy, 30, world.now())),
    };
  }

  test('alerts and blast radius have the same rows, in the same order, as with hashes that differ', () => {
    const same = scene(() => 7);
    expect(same.alerts).toHaveLength(2 * 2 * targets.length);
    expect(same.blast.map((rows) => rows.length)).toEqual([6, 6]);
    expect(same).toEqual(scene(undefined));
    expect(new Set(same.alerts.map(({ count }) => count))).toEqual(new Set([6, 12]));
  });
});
