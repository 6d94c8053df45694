import { expect, test } from 'vitest';
import { shellCommands } from '../driver/shellWords.ts';

const words = (script: string) => shellCommands(script).map((command) => command.words);

test('words, quotes, lines that go on, comments', () => {
  expect(words('a \'b c\' "d \\"e\\"" f\\ g # h\n\ni --j=k\\\n l')).toEqual([
    ['a', 'b c', 'd "e"', 'f g'],
    ['i', '--j=k', 'l'],
  ]);
  expect(words('a \'{"b":1}\n{"c":2}\'')).toEqual([['a', '{"b":1}\n{"c":2}']]);
  expect(words("a b#c ''")).toEqual([['a', 'b#c', '']]);
});

test('files of redirections are no words, and stay in the text', () => {
  expect(shellCommands('a b > c.txt # d\ne 2>> f < g')).toEqual([
    { words: ['a', 'b'], text: 'a b > c.txt', isPiped: false },
    { words: ['e'], text: 'e 2>> f < g', isPiped: false },
  ]);
});

test('both sides of a pipe are piped; && and ; only part', () => {
  expect(shellCommands('a | b -; c && d').map(({ text, isPiped }) => [text, isPiped])).toEqual([
    ['a', true],
    ['b -', true],
    ['c', false],
    ['d', false],
  ]);
});

test('what isn’t understood is no silence', () => {
  for (const script of ['a $(b)', 'a `b`', "a 'b", 'cat <<EOF\nb\nEOF'])
    expect(() => shellCommands(script)).toThrow();
});
