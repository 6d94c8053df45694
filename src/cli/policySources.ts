import { libraryFolder } from '../agent/client.ts';
import { socketOf } from '../agent/control/socketPath.ts';
import type { AgentOptions } from '../agent/messages.ts';
import type { CommonOptions } from './commandLine.ts';
import { findOperator } from './operator.ts';
import { policyFolders, policyOwners } from './policyFolders.ts';

/** The library's policies wait switched off; the operator's own, named or in their folders, start watching at once. */
export function policySources(options: CommonOptions): AgentOptions['policies'] {
  return [
    ...options.policies.map((path) => ({
      path,
      mode: options.enforce ? ('enforce' as const) : ('monitor' as const),
      origin: 'option' as const,
    })),
    ...policyFolders(options.policyPath),
    { path: libraryFolder(), mode: 'off', origin: 'library' },
  ];
}

/** What options say of policies, for the agent. */
export function policyOptionsOf(
  options: CommonOptions,
): Pick<
  AgentOptions,
  'variables' | 'allowNetworkActions' | 'controlSocket' | 'operator' | 'readOnly' | 'policyOwners'
> {
  return {
    operator: findOperator(),
    readOnly: options.readOnly,
    policyOwners: policyOwners(),
    variables: options.variables,
    allowNetworkActions: options.allowNetworkActions,
    controlSocket: controlSocketOf(options.socket),
  };
}

/** Where this Trigon listens for `trigon policy`. undefined: nowhere. */
function controlSocketOf(option: string | undefined): string | undefined {
  const given = option ?? (process.env.TRIGON_SOCKET || socketOf(process.pid));
  return given === 'none' ? undefined : given;
}
