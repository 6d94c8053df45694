import { join } from 'node:path';
import { projectRoot } from '../agent/client.ts';
import { socketOf } from '../agent/control/socketPath.ts';
import type { AgentOptions } from '../agent/messages.ts';
import type { CommonOptions } from './commandLine.ts';

/** The library's policies wait switched off; the operator's own start watching at once. */
export function policySources(options: CommonOptions): AgentOptions['policies'] {
  const library = join(projectRoot(), 'src', 'policies', 'library');
  return [
    ...options.policies.map((path) => ({
      path,
      mode: options.enforce ? ('enforce' as const) : ('monitor' as const),
    })),
    { path: library, mode: 'off' },
  ];
}

/** What options say of policies, for the agent. */
export function policyOptionsOf(
  options: CommonOptions,
): Pick<AgentOptions, 'variables' | 'allowNetworkActions' | 'controlSocket'> {
  return {
    variables: options.variables,
    allowNetworkActions: options.allowNetworkActions,
    controlSocket: options.socket ?? (process.env.TRIGON_SOCKET || socketOf(process.pid)),
  };
}

/** 16 MiB: a second of 45,000 execs. */
export const RING_BYTES = 16 << 20;
