/** What takes bytes to a file that fails, or never answers. */
import { expect, test } from 'vitest';
import { createPump } from '../../../src/agent/export/pump.ts';
import { createTrouble } from '../../../src/agent/export/trouble.ts';
import type { Appended } from '../../../src/agent/export/wholeFile.ts';

function pumpOf(append: (bytes: Buffer) => Promise<Appended>) {
  let now = 0;
  let lost = 0;
  const waiting: string[] = [];
  const notices: string[] = [];
  const trouble = createTrouble({
    ...{ what: 'export: /f', meanwhile: 'They wait' },
    notice: (level, text) => notices.push(`${level} ${text}`),
    lost: () => lost,
    now: () => now,
  });
  const pump = createPump({
    next() {
      const text = waiting.shift();
      return text === undefined ? undefined : Buffer.from(text);
    },
    append,
    look: async () => {},
    trouble,
    now: () => now,
  });
  return {
    pump,
    waiting,
    notices,
    async at(time: number) {
      now = time;
      pump.run();
      await new Promise((resolve) => setImmediate(resolve));
    },
    lose(count: number) {
      lost += count;
    },
  };
}

const errorOf = (code: string, text: string) =>
  Object.assign(new Error(`${code}: ${text}, write`), { code });

test('a full disk is told of once, tried again every second, and told of once when it is over', async () => {
  const written: string[] = [];
  let room = 3;
  const { waiting, notices, at, lose } = pumpOf(async (bytes) => {
    const kept = Math.min(room, bytes.length);
    room -= kept;
    written.push(bytes.toString('utf8', 0, kept));
    if (kept === bytes.length) return { kept };
    return { kept, error: errorOf('ENOSPC', 'no space left on device') };
  });
  waiting.push('ab', 'cdef', 'gh');
  await at(0);
  expect(written).toEqual(['ab', 'c']);
  await at(999);
  expect(written).toHaveLength(2);
  await at(1000);
  expect(written).toHaveLength(3);
  lose(2);
  room = 100;
  await at(2000);
  expect(written.join('')).toBe('abcdefgh');
  expect(notices).toEqual([
    "warning export: /f can't be written: no space left on device; free some space there. They wait",
  ]);
  await at(2030);
  await at(5100);
  expect(notices.slice(1)).toEqual(['info export: /f is written again: 2 events lost']);
});

test('full again within three seconds is the same trouble', async () => {
  let isFull = true;
  const { waiting, notices, at } = pumpOf(async ({ length }) =>
    isFull ? { kept: 0, error: errorOf('ENOSPC', 'no space left on device') } : { kept: length },
  );
  for (let time = 0; time < 20_000; time += 1000) {
    waiting.push('x');
    await at(time);
    isFull = !isFull;
  }
  expect(notices).toHaveLength(1);
});

test('a disk that does not answer: nobody waits for it, and it is told', async () => {
  const answer = Promise.withResolvers<Appended>();
  const { pump, waiting, notices, at } = pumpOf(() => answer.promise);
  waiting.push('ab');
  await at(0);
  await at(5000);
  expect(notices).toEqual([]);
  await at(5001);
  expect(notices).toEqual([expect.stringContaining('the disk does not answer')]);
  const { rest, isStuck } = await pump.close(20);
  expect([rest?.toString(), isStuck]).toEqual(['ab', true]);
});

test('at the end all that waits is written, in order', async () => {
  const written: string[] = [];
  const { pump, waiting } = pumpOf(async (bytes) => {
    written.push(bytes.toString());
    return { kept: bytes.length };
  });
  waiting.push('a', 'b', 'c');
  pump.run();
  expect(await pump.close(1000)).toEqual({ rest: undefined, isStuck: false });
  expect(written).toEqual(['a', 'b', 'c']);
});
