/** Turns of reading the ring; the ring is one of the test's own. */
import { expect, test } from 'vitest';
import { createRingReader } from '../../../src/agent/ringReader.ts';
import { spanOf } from '../../../src/events/wire/span.ts';

/** A ring of 100 bytes in which each record has 10. */
function world() {
  let pending = 0;
  const reader = createRingReader(
    {
      ringBytes: 100,
      heldBytes: () => 0,
      read(visit) {
        // Two records a turn.
        const records = Math.min(2, pending);
        for (let record = 0; record < records; record++) visit(spanOf(new Uint8Array(2)));
        pending -= records;
        return { records, bytes: records * 10, isEmpty: records < 2 };
      },
    },
    () => {},
  );
  return {
    reader,
    told: (records: number) => {
      pending += records;
    },
    /** Turns until it resolves. */
    async turns(caughtUp: Promise<void>, before = () => {}) {
      let isOver = false;
      void caughtUp.then(() => {
        isOver = true;
      });
      let turns = 0;
      while (!isOver && turns < 1000) {
        before();
        reader.turn();
        turns += 1;
        await Promise.resolve();
      }
      return turns;
    },
  };
}

test('caught up: when nothing is left', async () => {
  const { reader, told, turns } = world();
  told(5);
  expect(await turns(reader.caughtUp())).toBe(3);
  expect(await turns(reader.caughtUp())).toBe(1);
});

test('caught up under a flood: when as much was read as can have been there', async () => {
  const { reader, told, turns } = world();
  told(8);
  expect(await turns(reader.caughtUp(), () => told(2))).toBe(5);
});

test('whoever asks while a turn goes on waits for the next', async () => {
  const { reader, told, turns } = world();
  told(1);
  const first = reader.caughtUp();
  reader.turn();
  await first;
  const second = reader.caughtUp();
  told(1);
  expect(await turns(second)).toBe(1);
});
