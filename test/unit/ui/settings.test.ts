import { describe, expect, test } from 'vitest';
import {
  DEFAULT_SETTINGS,
  MAX_HISTORY,
  remember,
  type Settings,
} from '../../../src/ui/settings.ts';
import { readSettings, writeSettings } from '../../../src/ui/settingsText.ts';

const FULL: Settings = {
  theme: 'light',
  mouse: true,
  sort: { binaries: { column: 'kills', descending: false } },
  hiddenColumns: { tree: ['user'], stream: [] },
  kernelThreads: true,
  foldedPrograms: ['/usr/bin/bash', '/opt/a b\n\x1b'],
  filters: { shells: 'binary:sh', odd: '"#: [" !x' },
  filterHistory: ['a', 'b'],
  findHistory: ['~'],
  paletteHistory: ['view.tree', 'on protect-etc'],
};

describe('what is written can be read', () => {
  test('all of it', () => {
    expect(readSettings(writeSettings(FULL))).toEqual({ settings: FULL, warnings: [] });
    expect(readSettings(writeSettings(DEFAULT_SETTINGS)).settings).toEqual(DEFAULT_SETTINGS);
    expect(readSettings('').settings).toEqual(DEFAULT_SETTINGS);
  });

  test('however much there is: the newest is kept, and the text stays short', () => {
    const many = Array.from({ length: 5000 }, (_, i) => `${i} ${'x'.repeat(1900)}`);
    const text = writeSettings({
      ...FULL,
      filterHistory: many,
      findHistory: ['y'.repeat(1 << 20)],
    });
    expect(text.length).toBeLessThan(300_000);
    const { filterHistory, findHistory } = readSettings(text).settings;
    expect(filterHistory).toEqual(many.slice(-MAX_HISTORY));
    expect(findHistory).toEqual([]);
  });
});

describe('leniently', () => {
  test('what is of another kind is left out and told; the rest is used', () => {
    const { settings, warnings } = readSettings(
      'mouse: yes please\nkernelThreads: true\nsort: {tree: 7, alerts: {column: count, descending: true}}\nfilterHistory: [a, 7, b]\ntheme: [x]\n',
    );
    expect(settings).toEqual({
      ...DEFAULT_SETTINGS,
      kernelThreads: true,
      sort: { alerts: { column: 'count', descending: true } },
      filterHistory: ['a', 'b'],
    });
    expect(warnings.map((text) => text.split(' ')[0])).toEqual(['theme', 'mouse']);
  });

  test('what a newer version may have written is passed over', () => {
    expect(readSettings('hologram: true\n__proto__: {mouse: true}\n')).toEqual({
      settings: DEFAULT_SETTINGS,
      warnings: [],
    });
  });

  test.each(['- a\n', 'word\n', 'a: [\n', 'a: *b\n'])('%j is none', (text) => {
    expect(() => readSettings(text)).toThrow();
  });
});

test('a history has each entry once, the newest last', () => {
  expect(remember(['a', 'b'], 'a')).toEqual(['b', 'a']);
  expect(remember(['a'], '')).toEqual(['a']);
  const full = Array.from({ length: MAX_HISTORY }, (_, i) => String(i));
  expect(remember(full, 'new')).toEqual([...full.slice(1), 'new']);
});
