import { expect, test } from 'vitest';
import { createFifo } from '../../../src/agent/fifo.ts';

test('first in, first out, through many rounds of growing and shrinking', () => {
  const fifo = createFifo<number>();
  const model: number[] = [];
  let next = 0;
  for (const [pushes, shifts] of [
    [10, 3],
    [1000, 900],
    [5, 200],
    [3000, 1],
    [1, 2999],
    [7, 7],
  ])
    for (let i = 0; i < Math.max(pushes ?? 0, shifts ?? 0); i++) {
      if (i < (pushes ?? 0)) {
        fifo.push(next);
        model.push(next++);
      }
      if (i < (shifts ?? 0)) expect(fifo.shift()).toBe(model.shift());
      expect(fifo.size).toBe(model.length);
      expect(fifo.first).toBe(model[0]);
    }
  expect([...fifo]).toEqual(model);
  while (fifo.size > 0) expect(fifo.shift()).toBe(model.shift());
  expect([fifo.first, fifo.shift(), ...fifo]).toEqual([undefined, undefined]);
});
