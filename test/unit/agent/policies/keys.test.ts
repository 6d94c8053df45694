import { expect, test } from 'vitest';
import {
  encodeAddressKey,
  encodeExactKey,
  encodeLongKey,
  encodeNumberKey,
  encodePattern,
  encodePrefixKey,
  encodeWorkloadKey,
} from '../../../../src/agent/policies/keys.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const text = (value: string): Uint8Array => Buffer.from(value);

test('texts: set, length, the text, padded with NUL', () => {
  const key = encodeExactKey(0x0102, text('/é'));
  expect(key).toHaveLength(264);
  expect(hex(key.subarray(0, 12))).toBe('02010000030000002fc3a900');
  expect(key.subarray(11).every((byte) => byte === 0)).toBe(true);
  const long = encodeLongKey(1, text('x'.repeat(4095)));
  expect(long).toHaveLength(4104);
  expect(hex(long.subarray(0, 9))).toBe('01000000ff0f000078');
  expect(long.at(-1)).toBe(0);
});

test('prefixes: all bits of the set and of the text count', () => {
  const key = encodePrefixKey(3, text('/etc/'));
  expect(key).toHaveLength(260);
  expect(hex(key.subarray(0, 14))).toBe('48000000030000002f6574632f00');
  expect(hex(encodePrefixKey(3, text('')).subarray(0, 8))).toBe('2000000003000000');
});

test('numbers: big-endian, so that their first bits come first', () => {
  expect(hex(encodeNumberKey(2, { value: 0x0102030405060708n, bits: 64 }))).toBe(
    '6000000002000000' + '0102030405060708' + '0000000000000000',
  );
  expect(hex(encodeNumberKey(2, { value: 1n << 63n, bits: 1 })).slice(0, 34)).toBe(
    '2100000002000000' + '8000000000000000' + '00',
  );
});

test('addresses: IPv4 as IPv6 has it', () => {
  expect(hex(encodeAddressKey(1, Uint8Array.of(10, 0, 0, 0), 8))).toBe(
    '8800000001000000' + '00000000000000000000ffff0a000000',
  );
  const ipv6 = Uint8Array.from({ length: 16 }, (_, at) => at);
  expect(hex(encodeAddressKey(1, ipv6, 64))).toBe(
    '6000000001000000' + '000102030405060708090a0b0c0d0e0f',
  );
});

test('patterns and workloads', () => {
  const pattern = encodePattern(text('abc'));
  expect(hex(pattern.subarray(0, 8))).toBe('0300000061626300');
  expect(hex(encodeWorkloadKey(7, 0x1_0000_0002n))).toBe('02000000010000000700000000000000');
});
