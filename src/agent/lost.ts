import type { LostCounts } from './messages.ts';

const CAUSES: Readonly<Record<keyof LostCounts, string>> = {
  processRing: 'kernel ring, process events',
  policyRing: 'kernel ring, policy events',
  processTable: 'kernel process table',
  nested: 'nested programs',
  recursion: 'recursion',
  queue: 'queue',
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
