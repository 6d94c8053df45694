/** Nothing is told by a colour alone: without any, each state still has its word or sign. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openRecorded, type RecordedScreen } from '../../driver/recorded.ts';

const SIZE = { columns: 160, rows: 50 };
let bare: RecordedScreen;
beforeAll(async () => {
  bare = await openRecorded({ ...SIZE, theme: 'mono' });
});
afterAll(() => bare.close());

test.each<[string, string, RegExp[]]>([
  ['the stream', '1', [/DENIED EPERM/, /● live/, /lost 0/, /1 ARMED \d\d:\d\d/, /━ ARMED ━/]],
  ['the tree', '2', [/\(exit 2\)/, /\(SIGTERM\)/, /!\d/]],
  ['the binaries', '3', [/Execs▼/, /Kills/, /Denied/]],
  ['the policies', '4', [/ARMED \d\d:\d\d\s+crit/, /monitor\s+high/, /off\s+med/]],
  ['the alerts', '5', [/critical/, /high/, /medium/, /Killed/, /Denied/]],
])('%s', async (_what, key, words) => {
  await bare.press(key);
  const text = bare.text().join('\n');
  for (const word of words) expect(text).toMatch(word);
  const colors = bare
    .cells()
    .flat()
    .filter(({ fg, bg }) => fg.kind !== 'default' || bg.kind !== 'default');
  expect(colors).toEqual([]);
});

/** Blanks at the end may be written or erased. */
const wordsOf = (screen: RecordedScreen): string[] => screen.text().map((row) => row.trimEnd());

test('the words are the same in every theme', async () => {
  for (const key of ['1', '2', '3', '4', '5']) {
    await bare.press(key);
    const words = wordsOf(bare);
    const other = await openRecorded({ ...SIZE, theme: 'colour-blind' });
    await other.press(key);
    expect(wordsOf(other)).toEqual(words);
    expect(
      other
        .cells()
        .flat()
        .some(({ fg }) => fg.kind === 'rgb'),
    ).toBe(true);
    other.close();
  }
});
