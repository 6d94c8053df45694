import { expect, test } from 'vitest';
import { AGENT_SOCKET } from '../../../src/agent/attach/socket.ts';
import { isAgentLikely } from '../../../src/cli/isAgentLikely.ts';

/** On a host where agents listen at these paths. */
const likely = (args: readonly string[], there: readonly string[] = [], env = {}): boolean =>
  isAgentLikely(args, env, (path) => there.includes(path));

test('a screen of its own has an agent, other commands have none or begin it themselves', () => {
  expect(likely([])).toBe(true);
  expect(likely(['--policy', 'a.yaml'])).toBe(true);
  for (const args of [['events'], ['replay', 'x'], ['--help'], ['-V'], ['agent']])
    expect([args, likely(args)]).toEqual([args, false]);
});

test('none where one runs already that the screen attaches to', () => {
  expect(likely([], [AGENT_SOCKET])).toBe(false);
  expect(likely(['--read-only'], [AGENT_SOCKET])).toBe(false);
  expect(likely(['--standalone'], [AGENT_SOCKET])).toBe(true);
  expect(likely([], [AGENT_SOCKET], { TRIGON_STANDALONE: 'true' })).toBe(true);
});

test('its socket may be named on the command line and in the environment', () => {
  expect(likely(['--agent-socket', 'none'], [AGENT_SOCKET])).toBe(true);
  expect(likely(['--agent-socket=/x'], [AGENT_SOCKET])).toBe(true);
  expect(likely(['--agent-socket', '/x'], ['/x'])).toBe(false);
  expect(likely(['--agent-socket', '/x', '--agent-socket=/y'], ['/x'])).toBe(true);
  expect(likely([], [AGENT_SOCKET], { TRIGON_AGENT_SOCKET: 'none' })).toBe(true);
  expect(likely([], ['/x'], { TRIGON_AGENT_SOCKET: '/x' })).toBe(false);
  expect(likely(['--agent-socket'], [AGENT_SOCKET])).toBe(false);
});
