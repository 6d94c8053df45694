import { chmodSync, mkdtempSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createThemeBook, type ThemeBook } from '../../../src/ui/themes/book.ts';
import { loadTheme } from '../../../src/ui/themes/files.ts';
import { until } from '../../driver/until.ts';
import { ROOT } from './samples.ts';

let folder: string;
let book: ThemeBook | undefined;
beforeEach(() => {
  folder = mkdtempSync('/tmp/tgbook-');
});
afterEach(() => {
  book?.close();
  rmSync(folder, { recursive: true, force: true });
});

const open = (depth: ThemeBook['depth'] = 'truecolor', name = 'dark'): ThemeBook => {
  const places = {
    folders: [folder],
    owners: new Set([0, process.getuid?.() ?? 0]),
    shipped: join(ROOT, 'themes'),
  };
  book = createThemeBook({ places, depth, name });
  return book;
};
const mine = () => join(folder, 'mine.yaml');
const title = (color: string) => `extends: dark\nslots: { title: { color: ${color} } }\n`;

test('one object whose slots change: whoever holds it has the theme in use', () => {
  const { theme, use, name } = open();
  const { text } = theme;
  expect(theme).toEqual(loadTheme(ROOT, 'dark'));
  expect(use('light')).toBeUndefined();
  expect(name()).toBe('light');
  expect(theme).toEqual(loadTheme(ROOT, 'light'));
  // By this caches know.
  expect(theme.text).not.toBe(text);
});

test('a slip in one’s own of the usual name does not keep the program from starting', () => {
  writeFileSync(join(folder, 'dark.yaml'), 'slots: {');
  const { theme, use } = open();
  expect(theme).toEqual(loadTheme(ROOT, 'dark'));
  expect(use('dark')).toMatch(/^dark\.yaml: /);
  writeFileSync(join(folder, 'dark.yaml'), 'extends: dark\nslots: { title: { color: red } }');
  expect(use('dark')).toBeUndefined();
  expect(theme.title.open).toBe('\x1b[31m');
});

test('a theme that is wrong: why, and the one before stays', () => {
  writeFileSync(mine(), 'extends: dark\nslots: { title: { color: mauve } }');
  const { theme, use, name } = open();
  expect(use('mine')).toMatch(/^mine\.yaml: title: color: "mauve" is no colour/);
  expect(use('nothing')).toBe('there is no theme nothing');
  expect(name()).toBe('dark');
  expect(theme).toEqual(loadTheme(ROOT, 'dark'));
});

test('without colours it is mono, whatever is asked for', () => {
  const { theme, use, name } = open('none');
  expect(name()).toBe('mono');
  expect(use('light')).toBeUndefined();
  expect(name()).toBe('mono');
  expect(theme).toEqual(loadTheme(ROOT, 'mono', 'none'));
});

test('the list has all of them, and says of those that are wrong why', () => {
  writeFileSync(mine(), 'extends: dark\ndescription: of my own');
  writeFileSync(join(folder, 'bad.yaml'), 'slots: []');
  writeFileSync(join(folder, 'open.yaml'), 'extends: dark');
  chmodSync(join(folder, 'open.yaml'), 0o666);
  const list = open().list();
  const of = (wanted: string) => list.find(({ name }) => name === wanted);
  expect(list.map(({ name }) => name)).toEqual([
    ...['bad', 'colour-blind', 'dark', 'high-contrast', 'light', 'mine', 'mono'],
    ...['open', 'terminal-16'],
  ]);
  expect(of('mine')).toEqual({ name: 'mine', description: 'of my own', problem: undefined });
  expect(of('bad')?.problem).toMatch(/slots must be a mapping/);
  expect(of('open')?.problem).toMatch(/chmod go-w/);
});

test('the ground is painted for the terminal’s depth, and only where the theme wants it', () => {
  const { base, use } = open('256');
  expect(base()).toBe('');
  use('high-contrast');
  expect(base()).toBe('\x1b[38;5;231;48;5;16m');
});

describe('its file', () => {
  const started = () => {
    writeFileSync(mine(), title('red'));
    const one = open();
    expect(one.use('mine')).toBeUndefined();
    const told: string[] = [];
    one.watch({ onReload: () => told.push('reload'), onProblem: (text) => told.push(text) });
    return { theme: one.theme, use: one.use, told };
  };

  test('is read again when it is written, or replaced as editors do', async () => {
    const { theme, told } = started();
    expect(theme.title.open).toBe('\x1b[31m');
    writeFileSync(mine(), title('green'));
    expect(await until(() => theme.title.open === '\x1b[32m')).toBe(true);
    writeFileSync(`${mine()}~`, title('blue'));
    unlinkSync(mine());
    renameSync(`${mine()}~`, mine());
    expect(await until(() => theme.title.open === '\x1b[34m')).toBe(true);
    expect(told.every((text) => text === 'reload')).toBe(true);
  });

  test('that is wrong is told once, and the theme stays', async () => {
    const { theme, told } = started();
    writeFileSync(mine(), 'slots: {');
    expect(await until(() => told.length > 0)).toBe(true);
    expect(told[0]).toContain('mine.yaml');
    expect(theme.title.open).toBe('\x1b[31m');
    writeFileSync(mine(), title('cyan'));
    expect(await until(() => theme.title.open === '\x1b[36m')).toBe(true);
    expect(told).toEqual([told[0], 'reload']);
  });

  test('that is gone: the theme stays', async () => {
    const { theme, told } = started();
    unlinkSync(mine());
    expect(await until(() => told.length > 0)).toBe(true);
    expect(told).toEqual(['there is no theme mine']);
    expect(theme.title.open).toBe('\x1b[31m');
  });

  test('of another theme is not looked at any more', async () => {
    const { theme, use, told } = started();
    expect(use('light')).toBeUndefined();
    writeFileSync(join(folder, 'light.yaml'), title('green'));
    // Its own place comes before ours: what is called light from now on is this.
    writeFileSync(mine(), 'slots: {');
    expect(use('mine')).toMatch(/mine\.yaml/);
    expect(told).toEqual([]);
    expect(theme).toEqual(loadTheme(ROOT, 'light'));
  });
});
