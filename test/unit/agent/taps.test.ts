/** Those who take events: one that fails ends neither the others nor the agent. */
import { expect, test } from 'vitest';
import { createTaps, type OutgoingEvent, type Tap } from '../../../src/agent/taps.ts';
import { PACKED_KIND, type PackedEvent } from '../../../src/events/wire/packed.ts';

const event: PackedEvent = {
  ...{ kind: PACKED_KIND.journal, flags: 0, time: 5n, tgid: 0, tid: 0 },
  ...{ ktime: 0n, parentTgid: 0, parentKtime: 0n },
  payload: new TextEncoder().encode('{"action":"armed","policy":"p","detail":"","via":"trigon"}'),
  process: new Uint8Array(),
};

const context = { node: 'n', hookNames: () => undefined, parent: () => undefined };

function tapsOf(...list: Tap[]) {
  const told: string[] = [];
  const taps = createTaps(list, { asked: context, whole: { ...context, node: 'w' } }, (text) =>
    told.push(text),
  );
  return { taps, told };
}

const tapOf = (name: string, parts: Partial<Tap> = {}): Tap => ({
  ...{ name, isOpen: true, add() {}, close: () => Promise.resolve() },
  ...parts,
});

const broken = () => {
  throw new Error('bad\x1b[2J');
};

test('what throws is told once, its events are counted as its loss, and the others get theirs', async () => {
  const seen: OutgoingEvent[] = [];
  let isClosed = false;
  const { taps, told } = tapsOf(
    tapOf('file', { add: broken, flush: broken, lost: () => ({ exportFile: 2 }) }),
    tapOf('gRPC', { add: broken, onFork: broken, lost: () => ({ clients: 1 }) }),
    tapOf('good', {
      add: (outgoing) => void seen.push(outgoing),
      async close() {
        isClosed = true;
      },
    }),
    tapOf('last', { close: () => Promise.reject(new Error('stuck')) }),
  );
  taps.add(event, event);
  taps.add(event, event);
  taps.onFork(1, 2);
  taps.flush();
  expect(taps.lost()).toEqual({ clients: 3, exportFile: 4 });
  expect(told).toEqual([
    'file: events are lost: bad\\x1b[2J',
    'gRPC: events are lost: bad\\x1b[2J',
  ]);
  expect(seen).toHaveLength(2);
  await taps.close();
  expect(isClosed).toBe(true);
  expect(told.at(-1)).toBe('last: events are lost: stuck');
});

test('screens get their own; a recording is read with all details', () => {
  const seen: OutgoingEvent[] = [];
  const { taps } = tapsOf(tapOf('all', { add: (outgoing) => void seen.push(outgoing) }));
  const forScreens = { ...event };
  taps.add(event, forScreens);
  expect(seen[0]?.packed).toBe(forScreens);
  expect(JSON.parse(seen[0]?.json() ?? '')).toMatchObject({ node_name: 'n' });
  expect(JSON.parse(seen[0]?.whole() ?? '')).toMatchObject({ node_name: 'w' });
});

test('while nobody wants events, none is decoded', () => {
  const { taps, told } = tapsOf(tapOf('closed', { isOpen: false, add: broken }));
  taps.add(event, event);
  expect(told).toEqual([]);
  expect(taps.lost()).toEqual({ clients: 0, exportFile: 0 });
});
