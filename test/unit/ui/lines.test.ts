import { describe, expect, test } from 'vitest';
import { escapeNonAscii, toAscii } from '../../../src/ui/text/ascii.ts';
import { displayWidth } from '../../../src/ui/text/width.ts';
import {
  countsText,
  modeText,
  policyDetailLines,
  policyListLines,
  problemLines,
  watches,
  wrapWords,
} from '../../../src/ui/views/policyLines.ts';
import { DARK, hook, NO_COUNTS, plain, policy } from './samples.ts';

const NOW = 1_700_000_000_000;

describe('policies', () => {
  const many = [
    policy({ mode: 'off', title: 'Writes to files below /etc' }),
    policy({ name: 'a-policy-with-a-name-longer-than-its-column', mode: 'monitor' }),
    policy({
      mode: 'enforce',
      armedUntil: NOW + 59_000,
      counts: { ...NO_COUNTS, matched: 123_456_789_012 },
    }),
    policy({
      file: '/tmp/\x1b]0;x\x07.yaml',
      hooks: [hook(['主机'.repeat(80), `path is /${'x'.repeat(4000)}`])],
    }),
  ];

  test('no line is wider than the terminal, or holds a control character', () => {
    for (let width = 60; width <= 200; width++) {
      const lines = [
        ...policyListLines(many, 1, NOW, DARK, width),
        ...many.flatMap((one) => policyDetailLines(one, DARK, width)),
        ...problemLines(['/tmp/\x1b[2J.yaml:1:2: spec: '.padEnd(500, 'x')], DARK, width),
      ].map(plain);
      for (const line of lines) {
        expect(displayWidth(line)).toBeLessThanOrEqual(width);
        expect(line).not.toMatch(/\p{Cc}/u);
      }
    }
  });

  test('the selected line goes over the whole width', () => {
    const lines = policyListLines(many, 2, NOW, DARK, 100);
    expect(displayWidth(plain(lines[3] ?? ''))).toBe(100);
  });

  test('a long path is broken, not cut: what will be killed can be read', () => {
    const text = policyDetailLines(many[3] ?? policy(), DARK, 80)
      .map((line) => plain(line).trim())
      .join('');
    expect(text).toContain('x'.repeat(4000));
  });

  test('on a narrow terminal there is no column of cut words', () => {
    expect(plain(policyListLines(many, 0, NOW, DARK, 80)[0] ?? '')).not.toContain('Watches');
    expect(plain(policyListLines(many, 0, NOW, DARK, 120)[0] ?? '')).toContain('Watches');
  });

  test('modes in words', () => {
    expect(modeText(policy({ mode: 'off' }), NOW)).toBe('off');
    expect(modeText(policy(), NOW)).toBe('monitor');
    expect(modeText(policy({ fuseBlown: true }), NOW)).toBe('fuse blown');
    expect(modeText(policy({ mode: 'enforce' }), NOW)).toBe('ARMED');
    expect(modeText(policy({ mode: 'enforce', armedUntil: NOW + 61_000 }), NOW)).toBe(
      'ARMED 01:01',
    );
  });

  test('what it watches: its title, else its selectors', () => {
    expect(watches(policy({ title: 'Writes' }))).toBe('Writes');
    expect(watches(policy({ hooks: [hook(['a', 'b']), hook(['c'])] }))).toBe('a; b; c');
  });

  test('counters: rare ones only where they happened', () => {
    expect(countsText({ ...NO_COUNTS, matched: 3, wouldAct: 2 })).toBe(
      'seen 3, would act 2, killed 0',
    );
    expect(countsText({ ...NO_COUNTS, sparedProtected: 1, failed: 2 })).toBe(
      'seen 0, would act 0, killed 0, spared as protected 1, failed 2',
    );
  });
});

describe('wrapWords', () => {
  test('breaks at spaces, and inside what is longer than a line', () => {
    expect(wrapWords('', 10)).toEqual([]);
    expect(wrapWords('one two three', 7)).toEqual(['one two', 'three']);
    expect(wrapWords('abcdefghij', 4)).toEqual(['abcd', 'efgh', 'ij']);
    expect(wrapWords('to abcdefghij ok', 6)).toEqual(['to', 'abcdef', 'ghij', 'ok']);
    expect(wrapWords('主机主机', 5)).toEqual(['主机', '主机']);
  });

  test('nothing is lost, and every line fits', () => {
    const text = 'the quick 主机 brown fox/with/a/path/that/is/long jumps';
    for (let width = 2; width < 60; width++) {
      const lines = wrapWords(text, width);
      expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
      for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(width);
    }
  });
});

describe('ASCII', () => {
  test('our symbols become lookalikes of the same width', () => {
    expect(toAscii('─━│┌┼┘ ● ⬢ … · × ’ ‹p› ▏ ↑↓←→')).toBe("-=|+++ * # ~ - x ' <p> | ^v<>");
    expect(toAscii('plain \x1b[1mbold\x1b[0m\n')).toBe('plain \x1b[1mbold\x1b[0m\n');
  });

  test('anything else becomes question marks, as many as it has columns', () => {
    for (const text of ['naïve', '主机', '🚀', '👨‍👩‍👧', 'e\u0301', '\uFFFD']) {
      expect(toAscii(text)).toMatch(/^[ -~]*$/);
      expect(toAscii(text)).toHaveLength(displayWidth(text));
    }
  });

  test("other programs' text still says what was there", () => {
    expect(escapeNonAscii('naïve ś 🚀 \uFFFD')).toBe('na\\u00efve \\u015b \\U0001f680 \\ufffd');
    expect(escapeNonAscii('plain')).toBe('plain');
  });
});
