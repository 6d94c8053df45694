import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseCommandLine } from '../../../src/cli/commandLine.ts';
import { displayOf } from '../../../src/cli/display.ts';
import type { LookOptions } from '../../../src/cli/lookOptions.ts';
import type { Display } from '../../../src/ui/display.ts';

let home: string;
const opened: Display[] = [];
beforeEach(() => {
  home = mkdtempSync('/tmp/tgdisplay-');
  mkdirSync(join(home, 'trigon', 'themes'), { recursive: true });
});
afterEach(() => {
  for (const { themes } of opened.splice(0)) themes.close();
  rmSync(home, { recursive: true, force: true });
});

const lookOf = (...words: string[]): LookOptions => {
  const command = parseCommandLine(['lab', 'recon', ...words]);
  if (command.name !== 'lab' || command.options.command !== 'start') throw new Error('no lab');
  return command.options;
};
const display = (words: string[], env: Record<string, string> = {}): Display => {
  const made = displayOf(lookOf(...words), { XDG_CONFIG_HOME: home, ...env });
  opened.push(made);
  return made;
};
const XTERM = { TERM: 'xterm-256color' };
const DARK = { ...XTERM, COLORFGBG: '15;0' };

test.each<[string, string[], Record<string, string>, string, string]>([
  ['that has not said what is behind its text', [], XTERM, 'terminal-16', '256'],
  ['dark, as it says itself', [], { ...XTERM, COLORFGBG: '15;0' }, 'dark', '256'],
  ['light, as it says itself', [], { ...XTERM, COLORFGBG: '0;15' }, 'light', '256'],
  ['of sixteen colours', [], { TERM: 'linux' }, 'terminal-16', '16'],
  ['without colours', [], { ...XTERM, NO_COLOR: '1' }, 'mono', 'none'],
  ['told to have sixteen', ['--colors', '16'], XTERM, 'terminal-16', '16'],
  ['on a thin link', ['--low-bandwidth'], XTERM, 'terminal-16', '16'],
  ['on a thin link, all the same', ['--low-bandwidth', '--colors', '256'], DARK, 'dark', '256'],
  ['on a thin link, without colours', ['--low-bandwidth'], { TERM: 'dumb' }, 'mono', 'none'],
])('a terminal %s', (_what, words, env, name, depth) => {
  const { themes } = display(words, env);
  expect([themes.name(), themes.depth]).toEqual([name, depth]);
});

test.each<[string, string[], Record<string, string>, boolean]>([
  ['xterm', [], XTERM, true],
  ['one that has said it', [], DARK, false],
  ['one with its own sixteen colours only', ['--colors', '16'], XTERM, false],
  ['one without colours', ['--colors', 'none'], XTERM, false],
  ['the console', [], { TERM: 'linux' }, false],
])('is the background asked for? %s', (_what, words, env, asksGround) => {
  expect(display(words, env).asksGround).toBe(asksGround);
});

test.each<[string[], Display['pace'], boolean]>([
  [[], { fps: 10, bytesPerSecond: undefined }, false],
  [['--fps', '30'], { fps: 30, bytesPerSecond: undefined }, false],
  [['--bandwidth', '20'], { fps: 10, bytesPerSecond: 20_000 }, false],
  [['--low-bandwidth'], { fps: 2, bytesPerSecond: 4000 }, true],
  [['--low-bandwidth', '--fps', '1', '--bandwidth', '1'], { fps: 1, bytesPerSecond: 1000 }, true],
])('%j', (words, pace, isThinLink) => {
  expect(display(words, XTERM)).toMatchObject({ pace, isThinLink });
});

test('a theme of one’s own is asked for by name; one that is not there is an error', () => {
  writeFileSync(join(home, 'trigon', 'themes', 'mine.yaml'), 'extends: dark');
  expect(display(['--theme', 'mine'], XTERM).theme).toBe('mine');
  const file = join(home, 'trigon', 'themes', 'mine.yaml');
  expect(display(['--theme', file], XTERM).theme).toBe(file);
  expect(() => display(['--theme', './not-there.yaml'], XTERM)).toThrow(
    /no file "\.\/not-there\.yaml"; there are colour-blind, dark/,
  );
  expect(() => display(['--theme', `${file}/x.yaml`], XTERM)).toThrow('there is no file');
  expect(() => display(['--theme', 'lihgt.yaml'], XTERM)).toThrow('did you mean light?');
  expect(() => display(['--theme', 'mono1'], XTERM)).toThrow('did you mean mono?');
  expect(() => display(['--theme', 'sepia'], XTERM)).toThrow(
    /no theme "sepia"; there are colour-blind, dark, high-contrast, light, mine, mono, terminal-16/,
  );
});
