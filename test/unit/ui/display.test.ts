import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startDisplay } from '../../../src/ui/display.ts';
import { createSettings, DEFAULT_SETTINGS } from '../../../src/ui/settings.ts';
import { createState } from '../../../src/ui/state.ts';
import { createThemeBook, type ThemeBook } from '../../../src/ui/themes/book.ts';
import { ROOT } from './samples.ts';

let folder = '';
let themes: ThemeBook;
beforeEach(() => {
  folder = mkdtempSync('/tmp/tgdisplay-');
  const places = { folders: [], owners: new Set([0]), shipped: join(ROOT, 'themes') };
  themes = createThemeBook({ places, depth: 'truecolor', name: 'dark' });
});
afterEach(() => {
  themes.close();
  rmSync(folder, { recursive: true });
});

function start(kept: string, theme?: string): ThemeBook {
  const settings = createSettings({ ...DEFAULT_SETTINGS, theme: kept });
  const state = createState(undefined, false, settings);
  const screen = { write: () => true, onInput: () => () => {} };
  const display = { themes, theme, asksGround: false, pace: { fps: 10 }, isThinLink: false };
  startDisplay(display, state, screen, () => {});
  return themes;
}

test('settings name a theme; a path in them, which is followed with root’s rights, is none', () => {
  const file = join(folder, 'x.yaml');
  writeFileSync(file, 'extends: light\n');
  expect(start('light').name()).toBe('light');
  themes.use('dark');
  expect(start(file).name()).toBe('dark');
  expect(start('dark', file).name()).toBe(file);
});
