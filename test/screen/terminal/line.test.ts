import { describe, expect, test } from 'vitest';
import { renderLine, STYLE_END } from '../../../src/ui/text/line.ts';

const red = { open: '\x1b[31m' };
const alsoRed = { open: '\x1b[31m' };
const none = { open: '' };

describe('renderLine', () => {
  test('writes no escape sequence for unstyled text', () => {
    expect(renderLine([{ text: 'a' }, { text: 'b', style: none }], 10)).toBe('ab');
  });

  test('closes each style and merges neighbours in the same one', () => {
    const spans = [
      { text: 'a', style: red },
      { text: 'b', style: alsoRed },
      { text: '', style: none },
      { text: 'c', style: red },
      { text: 'd' },
    ];
    expect(renderLine(spans, 10)).toBe(`\x1b[31mabc${STYLE_END}d`);
  });

  test('ends a styled line with a reset', () => {
    expect(renderLine([{ text: 'abc', style: red }], 2)).toBe(`\x1b[31mab${STYLE_END}`);
  });

  test('does not pad', () => {
    expect(renderLine([{ text: 'ab' }], 80)).toBe('ab');
  });

  test('nothing moves up into the place of a wide character that did not fit', () => {
    expect(renderLine([{ text: 'a漢' }, { text: 'b' }], 2)).toBe('a');
  });

  test('no style is opened without text to show in it', () => {
    expect(renderLine([{ text: 'ab' }, { text: 'c', style: red }], 2)).toBe('ab');
  });

  test.each([
    ['C0', '\x1b[2J\r\n\t\b\0'],
    ['DEL', '\x7f'],
    ['C1', '\x9b2J\x85\x9d'],
    ['bidi', '\u202e\u2066\u2069\u200f\u061c'],
    ['zero width', '\u200b\u200c\u200d\u2060\ufeff\u00ad'],
    ['line separators', '\u2028\u2029'],
    ['invisible letters', '\u3164\u115f'],
    ['tags', '\u{e0041}'],
    ['lone surrogates', '\ud800x\udc00'],
  ])('replaces %s', (_name, hostile) => {
    const line = renderLine([{ text: `a${hostile}z` }], 80);
    expect(line).toMatch(/^a[\ufffd[2Jx]+z$/u);
  });

  test('keeps emoji presentation and accents', () => {
    expect(renderLine([{ text: '⚙️ é e\u0301 🚀' }], 80)).toBe('⚙️ é e\u0301 🚀');
  });
});
