import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startDisplay } from '../../../src/ui/display.ts';
import { createSettings, DEFAULT_SETTINGS } from '../../../src/ui/settings.ts';
import { type AppState, createState } from '../../../src/ui/state.ts';
import { createThemeBook, type ThemeBook } from '../../../src/ui/themes/book.ts';
import { until } from '../../driver/until.ts';
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

function startState(kept: string, theme?: string): AppState {
  const settings = createSettings({ ...DEFAULT_SETTINGS, theme: kept });
  const state = createState(undefined, false, settings);
  const screen = { write: () => true, onInput: () => () => {} };
  const display = { themes, theme, asksGround: false, pace: { fps: 10 }, isThinLink: false };
  startDisplay(display, state, screen, () => {});
  return state;
}

function start(kept: string, theme?: string): ThemeBook {
  startState(kept, theme);
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

test('what is wrong with the theme stands in help until it is mended', async () => {
  const file = join(folder, 'x.yaml');
  const write = (color: string) =>
    writeFileSync(file, `extends: dark\nslots: { title: { color: ${color} } }\n`);
  write('mauve');
  const broken = startState('dark', file);
  expect(broken.warnings).toEqual([
    expect.stringMatching(/x\.yaml: title: color: "mauve" is no colour.*; this is theme dark$/),
  ]);
  write('red');
  const state = startState('dark', file);
  expect(state.warnings).toEqual([]);
  state.warnings = ['config.yaml:1:1: something else'];
  write('rot');
  await until(() => state.warnings.length === 2);
  expect(state.warnings[1]).toMatch(/"rot" is no colour.*; the theme stays as it was$/);
  write('blue');
  await until(() => state.warnings.length === 1);
  expect(state.warnings).toEqual(['config.yaml:1:1: something else']);
});
