import { expect, test } from 'vitest';
import { createGroundProbe } from '../../../src/ui/terminal/groundProbe.ts';

const answersTo = (...chunks: string[]): unknown[] => {
  const answers: unknown[] = [];
  const feed = createGroundProbe((rgb) => answers.push(rgb));
  for (const chunk of chunks) feed(Buffer.from(chunk));
  return answers;
};

test.each<[string, string[], unknown[]]>([
  ['as xterm answers', ['\x1b]11;rgb:1414/1616/1b1b\x1b\\'], [[20, 22, 27]]],
  ['ended by BEL', ['\x1b]11;rgb:ffff/ffff/ffff\x07'], [[255, 255, 255]]],
  ['with two digits', ['\x1b]11;rgb:ff/80/00\x1b\\'], [[255, 128, 0]]],
  ['with opacity', ['\x1b]11;rgba:ffff/0000/0000/8000\x1b\\'], [[255, 0, 0]]],
  ['in pieces', ['x\x1b]11;rgb:14', '14/1616/1b', '1b\x1b', '\\y'], [[20, 22, 27]]],
  ['between keys', ['abc\x1b[A', '\x1b]11;rgb:0/0/0\x07', 'q'], [[0, 0, 0]]],
  ['twice', ['\x1b]11;rgb:0/0/0\x07\x1b]11;rgb:f/f/f\x07', '\x1b]11;rgb:f/f/f\x07'], [[0, 0, 0]]],
  ['another question', ['\x1b]10;rgb:0/0/0\x07'], []],
  ['nothing of the kind', ['q', 'x'.repeat(500)], []],
  ['rubbish', ['\x1b]11;rgb:zz/0/0\x07', '\x1b]11;#000000\x07'], []],
])('%s', (_what, chunks, wanted) => {
  expect(answersTo(...chunks)).toEqual(wanted);
});
