/** Ended processes as a Map of them would have them, oldest out first. */
import { expect, test } from 'vitest';
import { createProgram } from '../../../src/agent/aggregate/program.ts';
import { createEndedProcesses } from '../../../src/agent/endedProcesses.ts';
import type { ProcessEntry } from '../../../src/agent/processTable.ts';
import { choices } from './policies/random.ts';

const KEPT = 16;

const program = createProgram(new Uint8Array());
const entryOf = (tgid: number, ktime: bigint): ProcessEntry => ({
  ...{ tgid, ktime, start: ktime, parentTgid: 1, parentKtime: 1n, previousKtime: 0n },
  ...{ cloned: false, inInitTree: false, record: program.record, program },
  life: { end: undefined, lastKtime: ktime },
});

test.each([
  ['one number for all', [7]],
  ['numbers with the same last bits', [7, 7 + KEPT, 7 + 2 * KEPT]],
  ['all kinds', [0, 1, 2, 7, 15, 16, 23, 4_194_303, 2 ** 40 + 7]],
])('%s', (_, numbers) => {
  const pick = choices(numbers.length);
  const ended = createEndedProcesses(KEPT);
  const model: ProcessEntry[] = [];
  for (let round = 0; round < 250; round++) {
    const entry = entryOf(pick(numbers), BigInt(pick([1, 2, 3, 4, 5, 6, 7, 8, 9])));
    ended.add(entry);
    model.push(entry);
    if (model.length > KEPT) model.shift();
    expect(ended.size).toBe(model.length);
    for (const tgid of numbers)
      for (let ktime = 0n; ktime < 11n; ktime++)
        expect(ended.find(tgid, ktime)).toBe(
          model.findLast((one) => one.tgid === tgid && one.ktime === ktime),
        );
  }
});
