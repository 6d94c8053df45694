import { expect, test } from 'vitest';
import { parseCommandLine } from '../../../src/cli/commandLine.ts';

const metrics = (address: string, ...more: string[]) => {
  const words = ['agent', '--config', 'none', '--metrics-server', address, ...more];
  const command = parseCommandLine(words);
  if (command.name !== 'agent') throw new Error('another command');
  return command.options.services.metrics;
};

test('without a host it is the loopback', () => {
  for (const text of [':2112', '2112', 'localhost:2112', '127.0.0.1:2112'])
    expect(metrics(text), text).toMatchObject({ host: '127.0.0.1', port: 2112 });
  expect(metrics('[::1]:2112')).toMatchObject({ host: '::1', port: 2112 });
  expect(metrics('0.0.0.0:9000')).toMatchObject({ host: '0.0.0.0', port: 9000 });
});

test('what is no address', () => {
  for (const text of [
    'x',
    ':',
    ':99999',
    '::1:2112',
    'example.com:2112',
    '1.2.3:80',
    ':80x',
    '[]:1x',
  ])
    expect(() => metrics(text), text).toThrow('--metrics-server must be an address such as :2112');
});

test('labels: only that of binaries makes a difference', () => {
  const perBinary = (...more: string[]) => metrics(':1', ...more)?.perBinary;
  expect(perBinary()).toBe(true);
  expect(perBinary('--metrics-label-filter', 'namespace,binary')).toBe(true);
  expect(perBinary('--metrics-label-filter', 'namespace,pod')).toBe(false);
  expect(() => perBinary('--metrics-label-filter', 'uid')).toThrow('--metrics-label-filter');
});

test('stats: which Trigon, and how it is printed', () => {
  expect(parseCommandLine(['stats', '--pid', '7', '-o', 'json'])).toEqual({
    name: 'stats',
    options: { instance: { socket: undefined, pid: 7 }, output: 'json', all: false },
  });
  expect(() => parseCommandLine(['stats', '-o', 'xml'])).toThrow('--output');
  expect(() => parseCommandLine(['stats', 'x'])).toThrow('one word too many');
  expect(() => parseCommandLine(['stats', '--pid', '7', '--socket', '/s'])).toThrow('give one');
});
