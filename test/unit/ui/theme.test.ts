import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadTheme, SLOTS } from '../../../src/ui/theme.ts';
import { ROOT } from './samples.ts';

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'tgtheme-'));
  mkdirSync(join(root, 'themes'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const themes = readdirSync(join(ROOT, 'themes'))
  .filter((file) => file.endsWith('.yaml'))
  .map((file) => file.replace('.yaml', ''));

test.each(themes)('%s defines every slot and nothing else', (name) => {
  const theme = loadTheme(ROOT, name);
  expect(Object.keys(theme).sort()).toEqual([...SLOTS].sort());
  for (const { open } of Object.values(theme)) expect(open).toMatch(/^(\x1b\[\d+(;\d+)*m)?$/);
});

test('mono has no colours, and what is armed or killed stands out all the same', () => {
  const theme = loadTheme(ROOT, 'mono');
  for (const { open } of Object.values(theme)) expect(open).toMatch(/^(\x1b\[[1247](;[1247])*m)?$/);
  for (const slot of ['frame.armed', 'mode.armed', 'event.killed'] as const)
    expect(theme[slot].open).toContain('7');
});

test('the styles mean what they say', () => {
  const theme = loadTheme(ROOT, 'dark');
  expect(theme.text.open).toBe('');
  expect(theme.title.open).toBe('\x1b[36;1m');
  expect(theme['event.spared'].open).toBe('\x1b[30;43m');
  expect(theme['mode.armed'].open).toBe('\x1b[97;41;1m');
});

describe('a bad file', () => {
  const slots = (): Record<string, unknown> => {
    const dark = load(readFileSync(join(ROOT, 'themes', 'dark.yaml'), 'utf8'));
    return (dark as { slots: Record<string, unknown> }).slots;
  };
  const write = (text: string) => {
    writeFileSync(join(root, 'themes', 'bad.yaml'), text);
    return () => loadTheme(root, 'bad');
  };
  const change = (slot: string, value: unknown) =>
    write(JSON.stringify({ name: 'bad', slots: { ...slots(), [slot]: value } }));

  test.each<[string, () => () => unknown, RegExp]>([
    [
      'a slot is missing',
      () => change('mode.armed', undefined),
      /bad\.yaml: slot mode\.armed is missing/,
    ],
    ['an unknown slot', () => change('mood', {}), /bad\.yaml: unknown slots mood/],
    [
      'an unknown colour',
      () => change('title', { color: 'mauve' }),
      /bad\.yaml: title: unknown colour "mauve"/,
    ],
    [
      'no colour either',
      () => change('title', { color: 'constructor' }),
      /title: unknown colour "constructor"/,
    ],
    [
      'an unknown attribute',
      () => change('title', { blink: true }),
      /bad\.yaml: title: unknown attribute "blink"/,
    ],
    [
      'a wrong value',
      () => change('title', { bold: 'yes' }),
      /bad\.yaml: title: bold must be true or false/,
    ],
    ['no mapping', () => change('title', 'red'), /bad\.yaml: title: must be a mapping/],
    ['a list', () => write('[]'), /bad\.yaml: must be a mapping/],
    ['no slots', () => write('name: bad'), /bad\.yaml: slots: must be a mapping/],
    ['no YAML', () => write('slots: {'), /bad\.yaml: /],
  ])('%s', (_what, make, message) => {
    expect(make()).toThrow(message);
  });

  test('a file that does not exist', () => {
    expect(() => loadTheme(root, 'none')).toThrow(/none\.yaml/);
  });
});
