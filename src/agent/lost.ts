import type { LostCounts } from './messages.ts';

/** In words. */
export const CAUSES: Readonly<Record<keyof LostCounts, string>> = {
  processRing: 'kernel ring, process events',
  policyRing: 'kernel ring, policy events',
  processTable: 'kernel process table',
  nested: 'nested programs',
  throttled: 'throttled cgroups',
  recursion: 'recursion',
  queue: 'queue',
  clients: 'slow clients',
  exportFile: 'export file',
};

export const NOTHING_LOST: LostCounts = {
  processRing: 0,
  policyRing: 0,
  processTable: 0,
  nested: 0,
  throttled: 0,
  recursion: 0,
  queue: 0,
  clients: 0,
  exportFile: 0,
};

export function totalLost(lost: LostCounts): number {
  return Object.values(lost).reduce((sum, count) => sum + count, 0);
}

/** `0 lost`, or the number and its causes. */
export function describeLost(lost: LostCounts): string {
  const total = totalLost(lost);
  if (total === 0) return '0 lost';
  const causes = (Object.keys(CAUSES) as (keyof LostCounts)[])
    .filter((cause) => lost[cause] > 0)
    .map((cause) => `${lost[cause]} ${CAUSES[cause]}`);
  return `${total} lost (${causes.join(', ')})`;
}
