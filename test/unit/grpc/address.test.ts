import { expect, test } from 'vitest';
import { parseGrpcAddress } from '../../../src/grpc/address.ts';

test.each([
  ['unix:///run/trigon/tetragon.sock', { kind: 'unix', path: '/run/trigon/tetragon.sock' }],
  ['unix:/run/x.sock', { kind: 'unix', path: '/run/x.sock' }],
  ['localhost:54321', { kind: 'tcp', host: 'localhost', port: 54321 }],
  ['[::1]:1', { kind: 'tcp', host: '::1', port: 1 }],
  [':65535', { kind: 'tcp', host: '0.0.0.0', port: 65535 }],
])('%s', (text, expected) => {
  expect(parseGrpcAddress(text)).toEqual(expected);
});

test.each([
  '',
  'localhost',
  'localhost:',
  'localhost:0',
  'localhost:65536',
  'unix://x',
  '::1:5',
  'a b:1',
])('refuses "%s"', (text) => {
  expect(() => parseGrpcAddress(text)).toThrow(/is no address/);
});
