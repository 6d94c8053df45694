/** What the agent says of itself. */
import type { HealthRequest, HealthResponse, InfoResponse } from '../../grpc/messages/agent.ts';
import type { HostAbilities } from '../../policies/plan.ts';

/** It answers, so it runs: what is asked for beside that is nothing that Tetragon knows either. */
export const healthOf = (_request: HealthRequest): HealthResponse => ({
  healthStatus: [
    { event: 'HEALTH_STATUS_TYPE_STATUS', status: 'HEALTH_STATUS_RUNNING', details: 'running' },
  ],
});

/** Tetragon's probes by what is known of the host: others have no counterpart in Trigon. */
const PROBES: Readonly<Record<string, (host: HostAbilities) => boolean>> = {
  override_return: ({ kprobeOverride }) => kprobeOverride,
  kprobe_multi: ({ kprobeMulti }) => kprobeMulti,
  uprobe_multi: ({ uprobeMulti }) => uprobeMulti,
  fmodret: ({ fmodRet }) => fmodRet,
  fmodret_syscall: ({ fmodRetSyscalls }) => fmodRetSyscalls,
  lsm: ({ lsm }) => lsm,
  fentry: ({ fentry }) => fentry,
};

/** @param host undefined: not known yet, so without probes */
export const infoOf = (version: string, host: HostAbilities | undefined): InfoResponse => ({
  version: `trigon ${version}`,
  name: 'trigon',
  probes: host ? Object.entries(PROBES).map(([name, has]) => ({ name, enabled: has(host) })) : [],
  conf: [],
});
