import { describe, expect, test } from 'vitest';
import { ArgumentError, readArguments } from '../../soak/options.ts';

const read = (line: string) => readArguments(line.split(' '), 1_234_567_890);

describe('the command line of the soak', () => {
  test('minutes may have fractions; seed and rate have defaults', () => {
    expect(read('--minutes 0.5')).toEqual({ seconds: 30, seed: 567_890, perSecond: 300 });
    expect(read('--minutes=20 --seed 1 --rate 50')).toEqual({
      ...{ seconds: 1200, seed: 1, perSecond: 50 },
    });
  });

  test('20 minutes, unless one says otherwise', () => {
    expect(readArguments([], 5)).toEqual({ seconds: 1200, seed: 5, perSecond: 300 });
  });

  test.each(['--help', '-h', '--minutes 1 --help'])('%s asks for help', (line) => {
    expect(read(line)).toBe('help');
  });

  test.each([
    ['--minutes', 'argument'],
    ['--minutes 0', 'from 0.2'],
    ['--minutes -1', 'ambiguous'],
    ['--minutes 1e9', 'not "1e9"'],
    ['--minutes soon', 'not "soon"'],
    ['--minutes 1 --seed 1.5', '--seed must be a whole number'],
    ['--minutes 1 --rate 5', '--rate must be a number from 10'],
    ['--minutes 1 --sed 1', '--sed'],
    ['--minutes 1 twice', 'twice'],
  ])('%s is refused in words', (line, words) => {
    expect(() => read(line)).toThrow(ArgumentError);
    expect(() => read(line)).toThrow(words);
  });
});
