/** The views, as the recorded session leaves them, in all sizes and looks. */
import { expect, test } from 'vitest';
import { keyOf, VIEWS } from '../../src/ui/commands.ts';
import type { RecordedScreen } from '../driver/recorded.ts';
import { expectSound, inScreen, LOOKS, SIZES, sectionOf } from './screen.ts';
import { expectSnapshot, type Section } from './snapshot.ts';

const wordsOf = (screen: RecordedScreen) =>
  screen
    .text()
    .map((row) => row.trimEnd())
    .join('\n');

test('each view in each size and look; mono says the same words as dark', async () => {
  const sections = new Map<string, Section[]>(VIEWS.map(({ view }) => [view, []]));
  for (const size of SIZES) {
    const words = new Map<string, string>();
    for (const look of LOOKS)
      await inScreen(size, look, 'end', async (screen) => {
        for (const { view, command } of VIEWS) {
          await screen.press(keyOf(command));
          expectSound(screen, look, true);
          if (look === 'dark') words.set(view, wordsOf(screen));
          if (look === 'mono') expect(wordsOf(screen)).toBe(words.get(view));
          sections.get(view)?.push(sectionOf(screen, size, look));
        }
      });
  }
  for (const [view, drawn] of sections) expectSnapshot(view, drawn);
});

test('a view without anything armed, and a terminal too small', async () => {
  await inScreen([80, 24], 'dark', 'armed', async (screen) => {
    expectSound(screen, 'dark', false);
    expect(screen.text().join('\n')).not.toContain('ARMED');
    const calm = sectionOf(screen, [80, 24], 'dark', 'calm');
    await screen.press(keyOf('view.zoom'));
    expectSound(screen, 'dark', false);
    const zoomed = sectionOf(screen, [80, 24], 'dark', 'zoomed');
    await screen.resize(30, 8);
    expectSound(screen, 'dark', false);
    expectSnapshot('frame', [calm, zoomed, sectionOf(screen, [30, 8], 'dark', 'too small')]);
  });
});

test('what was drawn after changes of size is what a redraw draws', async () => {
  await inScreen([120, 40], 'dark', 'end', async (screen) => {
    for (const { command } of VIEWS) {
      await screen.press(keyOf(command));
      for (const [columns, rows] of SIZES) await screen.resize(columns, rows);
      const before = screen.cells();
      await screen.press(keyOf('app.redraw'));
      expect(screen.cells()).toEqual(before);
    }
  });
});
