import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { parseCommandLine } from '../../../src/cli/commandLine.ts';
import { UsageError } from '../../../src/cli/optionValues.ts';

const USUAL = '/run/trigon/agent.sock';

beforeEach(() => {
  vi.stubEnv('TRIGON_AGENT_SOCKET', undefined);
  // Without a command it is the screen only on a terminal.
  vi.spyOn(process, 'stdout', 'get').mockReturnValue(
    Object.create(process.stdout, { isTTY: { value: true } }),
  );
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

function attach(...words: string[]) {
  const command = parseCommandLine([...words, '--config', 'none']);
  if (command.name !== 'monitor') throw new Error(command.name);
  return command.options.attach;
}

function agentSocket(...words: string[]) {
  const command = parseCommandLine(['agent', ...words, '--config', 'none']);
  if (command.name !== 'agent') throw new Error(command.name);
  return command.options.agentSocket;
}

test('where a screen looks for an agent, and an agent for screens', () => {
  expect(attach()).toEqual({ socket: USUAL, isGiven: false, foreign: [] });
  expect(attach('--agent-socket', '/x')).toMatchObject({ socket: '/x', isGiven: true });
  expect(attach('--agent-socket', 'none')).toMatchObject({ socket: undefined, isGiven: false });
  expect(attach('--standalone')).toMatchObject({ socket: undefined, isGiven: false });
  expect(agentSocket()).toBe(USUAL);
  expect(agentSocket('--agent-socket', '/x')).toBe('/x');
  expect(agentSocket('--agent-socket=none')).toBe(undefined);
});

test('the environment says where, but does not insist', () => {
  vi.stubEnv('TRIGON_AGENT_SOCKET', '/y');
  expect(attach()).toMatchObject({ socket: '/y', isGiven: false });
  expect(attach('--standalone').socket).toBe(undefined);
  expect(agentSocket()).toBe('/y');
});

test('options that are settled at an agent’s start, when they stand on the command line', () => {
  vi.stubEnv('TRIGON_METRICS_SERVER', ':2112');
  expect(attach('--theme', 'dark', '--read-only', '--no-state').foreign).toEqual([]);
  expect(
    attach('--policy', 'a', '--policy', 'b', '--enforce', '--node=x', '--no-dns-names').foreign,
  ).toEqual(['policy', 'enforce', 'node', 'no-dns-names']);
});

test('one or the other', () => {
  expect(() => attach('--standalone', '--agent-socket', '/x')).toThrow(UsageError);
});
