import { afterEach, expect, test, vi } from 'vitest';
import { parseCommandLine } from '../../../src/cli/commandLine.ts';
import { policyOptionsOf } from '../../../src/cli/policySources.ts';

afterEach(() => vi.unstubAllEnvs());

function socketOf(...argv: string[]): string | undefined {
  const command = parseCommandLine(['events', '--config', 'none', ...argv]);
  if (command.name !== 'events') throw new Error(`not ${command.name}`);
  return policyOptionsOf(command.options).controlSocket;
}

test('the control socket: the option, else the variable, else one of its own; none is nowhere', () => {
  vi.stubEnv('TRIGON_SOCKET', '');
  expect(socketOf()).toBe(`/run/trigon/${process.pid}.sock`);
  expect(socketOf('--socket', 'none')).toBeUndefined();
  vi.stubEnv('TRIGON_SOCKET', 'none');
  expect(socketOf()).toBeUndefined();
  expect(socketOf('--socket', '/tmp/a.sock')).toBe('/tmp/a.sock');
});
