/** The fuzz itself finds what is there, and says how to see it again. */
import { expect, test } from 'vitest';
import { type Area, allowing, expectPrintable, oneOf } from '../../fuzz/parsers/area.ts';
import { hunt } from '../../fuzz/parsers/hunt.ts';

const area = (check: Area['check']): Area => ({
  name: 'sample',
  seeds: () => [Buffer.from('harmless text that is long enough to be cut')],
  check,
});
const OPTIONS = { seed: 1, count: 2000, seconds: 20 };

test('an exception: the smallest input, and how to repeat it', async () => {
  const breaks = area((input) => {
    if (input.includes('__proto__')) throw new TypeError('polluted');
  });
  const message = await hunt(breaks, OPTIONS).then(
    () => '',
    (error: Error) => error.message,
  );
  expect(message).toContain('sample: TypeError: polluted');
  expect(message).toContain('input, 9 bytes');
  expect(message).toContain('"__proto__"');
  const from = Number(/--from (\d+) --count 1$/.exec(message)?.[1]);
  await expect(hunt(breaks, { seed: 1, from, count: 1 })).rejects.toThrow('polluted');
});

test('a rejection of a reader that takes its time', async () => {
  const breaks = area(async (input) => {
    await Promise.resolve();
    if (input.length < 10) throw new Error('too short');
  });
  await expect(hunt(breaks, OPTIONS)).rejects.toThrow('too short');
});

test('a reader that never comes back is stopped', async () => {
  const hangs = area((input) => {
    for (let at = 0; at < input.length; ) at += input.length > 50 ? 0 : 1;
  });
  await expect(hunt(hangs, { ...OPTIONS, hangsMs: 500 })).rejects.toThrow('sample: it hangs');
});

test('memory that grows', async () => {
  const kept: Buffer[] = [];
  const grows = area(() => void kept.push(Buffer.alloc(4 << 20, 1)));
  const mostGrowth = 64 << 20;
  await expect(hunt(grows, { ...OPTIONS, count: 64, mostGrowth })).rejects.toThrow('MiB of memory');
});

test('what is declared may be thrown, and nothing that extends it', () => {
  const throwing = (error: Error) => () => {
    throw error;
  };
  expect(allowing(oneOf(SyntaxError), throwing(new SyntaxError('x')))).toBeUndefined();
  expect(() => allowing(oneOf(Error), throwing(new RangeError('x')))).toThrow(RangeError);
  expect(() => expectPrintable('a\u202eb', 'it')).toThrow('it holds U+202e at 1');
  expectPrintable('写真 é 👩', 'it');
});
