import { encode } from 'dns-packet';
import { beforeEach, expect, test } from 'vitest';
import { createFactBook, type FactBook } from '../../../../src/agent/factBook.ts';
import type { DnsSensor } from '../../../../src/agent/names/dnsSensor.ts';
import { createNames, type Names } from '../../../../src/agent/names/names.ts';
import type { Fact } from '../../../../src/events/facts.ts';
import { until } from '../../../driver/until.ts';

let time: number;
/** How long the clock goes on with each look at it, ms. */
let step: number;
let pending: Uint8Array[];
let told: (readonly Fact[])[];
let names: Names;
let book: FactBook;

const sensor: DnsSensor = {
  drain(visit) {
    const messages = pending;
    pending = [];
    for (const message of messages) visit(message);
  },
  readUnseen: () => ({ tooMany: 5, tooLong: 0, noRoom: 0 }),
  whenFilled() {},
  stopWaiting() {},
  close() {},
};

const answer = (name: string, data: string): Uint8Array =>
  encode({
    ...{ type: 'response', id: 1, questions: [{ type: 'A', name }] },
    answers: [{ type: 'A', name, ttl: 1, data }],
  });

beforeEach(async () => {
  time = 1000;
  step = 0;
  pending = [];
  told = [];
  book = createFactBook();
  names = createNames(
    sensor,
    book,
    (facts) => told.push(facts),
    () => {
      time += step;
      return time;
    },
  );
  // What decodes answers is loaded beside the start; none is lost meanwhile.
  pending.push(answer('first.example', '192.0.2.250'));
  await until(() => {
    names.poll();
    return book.hostName('192.0.2.250') !== undefined;
  });
  names.flush();
  told = [];
});

const poll = (...messages: Uint8Array[]) => {
  pending.push(...messages);
  names.poll();
};

test('a name is known at once, and told with the next flush: the last name of an address', () => {
  poll(answer('a.example', '192.0.2.1'), answer('b.example', '192.0.2.2'));
  poll(answer('c.example', '192.0.2.2'));
  expect(book.hostName('192.0.2.2')).toBe('c.example');
  expect(told).toEqual([]);
  names.flush();
  names.flush();
  expect(told).toEqual([
    [
      { kind: 'name', address: '192.0.2.1', name: 'a.example' },
      { kind: 'name', address: '192.0.2.2', name: 'c.example' },
    ],
  ]);
});

test('what is known already is no news', () => {
  for (let i = 0; i < 5; i++) {
    poll(answer('a.example', '192.0.2.1'));
    names.flush();
  }
  expect(told).toHaveLength(1);
});

test('a flood that takes too long to read is thrown away, and counted', () => {
  step = 1;
  poll(...Array.from({ length: 50 }, (_, i) => answer('a.example', `192.0.2.${i}`)));
  names.flush();
  const taken = told.flat().length;
  expect(taken).toBeGreaterThan(0);
  expect(taken).toBeLessThan(10);
  expect(names.readUnseen()).toEqual({ tooMany: 5 + 50 - taken, tooLong: 0, noRoom: 0 });
  expect(pending).toEqual([]);
});
