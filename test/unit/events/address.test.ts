import { expect, test } from 'vitest';
import { formatAddress } from '../../../src/events/address.ts';
import { AF_INET, AF_INET6 } from '../../../src/events/networkNames.ts';
import { address } from '../wire/records.ts';

test.each<[number[], string]>([
  [[0, 0, 0, 0, 0, 0, 0, 0], '::'],
  [[0, 0, 0, 0, 0, 0, 0, 1], '::1'],
  [[1, 0, 0, 0, 0, 0, 0, 0], '1::'],
  [[0xfe80, 0, 0, 0, 0, 0, 0, 1], 'fe80::1'],
  [[0x2001, 0xdb8, 0, 0, 1, 0, 0, 1], '2001:db8::1:0:0:1'],
  [[0x2001, 0xdb8, 0, 1, 0, 0, 0, 1], '2001:db8:0:1::1'],
  [[0x2001, 0xdb8, 0, 1, 1, 1, 1, 1], '2001:db8:0:1:1:1:1:1'],
  [[1, 2, 3, 4, 5, 6, 0, 0], '1:2:3:4:5:6::'],
  [[0, 0, 0, 0, 0, 0xffff, 0x7f00, 1], '::ffff:127.0.0.1'],
  [[0, 0, 0, 0, 0, 0, 0x7f00, 1], '::7f00:1'],
])('%j is %s', (groups, text) => {
  expect(formatAddress(address(...groups), AF_INET6)).toBe(text);
});

test('IPv4, and no internet address at all', () => {
  expect(formatAddress(address(127, 0, 0, 1), AF_INET)).toBe('127.0.0.1');
  expect(formatAddress(address(127, 0, 0, 1), 1)).toBe('invalid IP');
});
