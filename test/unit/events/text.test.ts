import { describe, expect, it } from 'vitest';
import {
  decodeUtf8,
  escapeText,
  joinSafe,
  quote,
  quoteIfNeeded,
} from '../../../src/events/text.ts';

describe('quoteIfNeeded', () => {
  it.each([
    ['', ''],
    ['cilium.io', 'cilium.io'],
    ['-D', '-D'],
    ['say"hi"', 'say"hi"'],
    ['back\\slash', 'back\\slash'],
    ['naïve-日本語-🚀', 'naïve-日本語-🚀'],
    ['two words', '"two words"'],
    ['a "b" c', '"a \\"b\\" c"'],
    ['a\\ b', '"a\\\\ b"'],
    ['\u0007\b\f\n\r\t\v', '"\\a\\b\\f\\n\\r\\t\\v"'],
    ['\u001b[31m', '"\\x1b[31m"'],
    ['\u0000', '"\\x00"'],
    ['\u007f', '"\\x7f"'],
    ['\u009b2J', '"\\u009b2J"'],
    ['\u00a0', '"\\u00a0"'],
    ['\u00ad', '"\\u00ad"'],
    ['\u202egnp.exe', '"\\u202egnp.exe"'],
    ['a\u200db', '"a\\u200db"'],
    ['\u2028', '"\\u2028"'],
    ['\u3000', '"\\u3000"'],
    ['\ue000', '"\\ue000"'],
    ['\u{e0001}', '"\\U000e0001"'],
    ['é b', '"é b"'],
    ['\ufffd', '\ufffd'],
    ['\ud800', '\ufffd'],
  ])('%j becomes %j', (text, expected) => {
    expect(quoteIfNeeded(text)).toBe(expected);
  });
});

describe('escapeText', () => {
  it.each([
    ['plain words "quoted" \\ stay', 'plain words "quoted" \\ stay'],
    ['a\nb\tc', 'a\\nb\\tc'],
    ['\u001b]52;c;AAAA\u0007', '\\x1b]52;c;AAAA\\a'],
    ['ü\u202eü', 'ü\\u202eü'],
    ['x\udc00y', 'x\ufffdy'],
    ['emoji 👩\u200d🚀', 'emoji 👩\\u200d🚀'],
  ])('%j becomes %j', (text, expected) => {
    expect(escapeText(text)).toBe(expected);
  });
});

describe('decodeUtf8', () => {
  it('replaces what is no UTF-8', () => {
    expect(decodeUtf8(Uint8Array.of(0x61, 0xff, 0x62))).toBe('a\ufffdb');
    expect(decodeUtf8(Uint8Array.of(0xc3, 0xa9))).toBe('é');
    expect(decodeUtf8(Uint8Array.of(0xed, 0xa0, 0x80))).not.toMatch(/[\ud800-\udfff]/);
  });
  it('keeps a byte order mark, so that it can be shown', () => {
    expect(escapeText(decodeUtf8(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61)))).toBe('\\ufeffa');
  });
});

it('quote always quotes', () => {
  expect(quote('a')).toBe('"a"');
});

it('joinSafe joins', () => {
  expect(joinSafe([escapeText('a'), escapeText('b')], escapeText(', '))).toBe('a, b');
});
