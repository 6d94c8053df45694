import type { CommandName, Option } from './option.ts';

/** Both ends of an agent that runs by itself. */
export const RUNNING_AGENT: readonly CommandName[] = ['monitor', 'agent'];

export const RUNNING_AGENT_OPTIONS: readonly Option[] = [
  {
    name: 'agent-socket',
    commands: RUNNING_AGENT,
    value: 'PATH',
    needs: 'a path, or none',
    help: 'where "trigon agent" listens for screens, and the screen looks for an agent; none: nowhere (default: /run/trigon/agent.sock)',
  },
  {
    name: 'standalone',
    commands: ['monitor'],
    help: 'an agent of its own, also when one runs already',
  },
];
