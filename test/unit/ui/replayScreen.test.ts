/** The whole screen of a replay, at all sizes: the bar above the footer, and nothing that it pushes away. */
import { afterEach, describe, expect, test } from 'vitest';
import { NOTHING_LOST } from '../../../src/agent/lost.ts';
import type { FromAgent } from '../../../src/agent/messages.ts';
import { openRecorded, type RecordedScreen } from '../../driver/recorded.ts';
import { playback } from './playbackSample.ts';
import { policy } from './samples.ts';
import { NOON, SECOND } from './streamSetUp.ts';
import { execLine, packLines } from './toldEvents.ts';

let screen: RecordedScreen | undefined;
afterEach(() => screen?.close());

const lines = Array.from({ length: 200 }, (_, pid) =>
  execLine({ pid: pid + 1, args: `n${pid}`, time: NOON + BigInt(pid) * SECOND }),
);
const replayed = (): FromAgent[] => [
  { type: 'ready', hostNamespaces: undefined },
  { type: 'policies', changed: [policy({ mode: 'enforce' })], removed: [] },
  { type: 'status', policies: [], lost: NOTHING_LOST },
  { type: 'records', ...packLines(lines) },
  { type: 'marks', marks: [{ time: NOON + 450n * SECOND, execId: '', label: 'login' }] },
  { type: 'playback', playback: playback({ at: NOON + 199n * SECOND }) },
];

describe.each([
  [60, 15],
  [80, 24],
  [120, 40],
  [200, 50],
] as const)('%i x %i', (columns, rows) => {
  test.each([false, true])('every view, ASCII: %s', async (ascii) => {
    screen = await openRecorded({ columns, rows, ascii, replay: replayed() });
    for (const key of ['1', '2', '3', '4', '5']) {
      await screen.press(key);
      const text = screen.text();
      expect(text[0]).toMatch(/replay: session/);
      // What was armed then is so no more.
      expect(text[0]).not.toContain('ARMED');
      expect(text[1]).toMatch(/1 Stream/);
      expect(text.at(-2)).toMatch(ascii ? /^ > playing .*=\*-+\|-/ : /^ ▶ playing .*━●─+┃─/);
      expect(text.at(-1)).toMatch(/^ , pause /);
      expect(screen.wrapped()).toEqual([]);
      if (ascii) expect(text.join('')).toMatch(/^[\x20-\x7e]*$/);
    }
  });
});

test('zoomed it has the bar too; what is open lies above it', async () => {
  screen = await openRecorded({ columns: 80, rows: 24, replay: replayed() });
  await screen.press('z');
  expect(screen.text().at(-2)).toContain('▶ playing');
  expect(screen.text()[21]).toMatch(/n199/);
  await screen.press('enter');
  expect(screen.text()[1]).toContain('Fields');
  expect(screen.text().at(-2)).toContain('▶ playing');
  await screen.press('escape', 'z', ':');
  expect(screen.text().at(-2)).toContain('▶ playing');
});

test('help has the keys of a replay first', async () => {
  screen = await openRecorded({ columns: 100, rows: 30, replay: replayed() });
  await screen.press('?');
  const text = screen.text().join('\n');
  expect(text).toContain(', plays and pauses');
  expect(text).toMatch(/Replay\n.*,.*Replay: play or pause/);
});

test('before the first event it says what plays', async () => {
  const start = playback({ at: NOON, played: 0, isPlaying: false });
  screen = await openRecorded({
    ...{ columns: 80, rows: 24 },
    replay: [...replayed(), { type: 'restart' }, { type: 'playback', playback: start }],
  });
  expect(screen.text()[3]).toContain('nothing is played yet: , plays, . is one event on');
  await screen.press('m', '@');
  expect(screen.text().join('\n')).toContain('the replay is of 12:00:00 to 12:10:00');
});
