/** What became of a policy's action, in words. */
import type { EventExtension } from './types.ts';

/**
 * `killed`, `signalled SIGTERM`, `denied EPERM` (a call that is denied may cost its process a signal besides: the graver one is
 * told); '' when no action was asked for. For what did not happen: `would kill`, `spared: fuse blown`, `failed: …`.
 */
export function outcomeWords({ outcome, outcomeReason = '', ...effect }: EventExtension): string {
  switch (outcome) {
    case 'applied':
      return effectWords(effect, { kill: 'killed', signal: 'signalled', deny: 'denied' });
    case 'withheld':
      return `would ${effectWords(effect, { kill: 'kill', signal: 'signal', deny: 'deny' })}`;
    case 'skipped':
      return `${SPARED.has(outcomeReason) ? 'spared' : 'skipped'}: ${outcomeReason}`;
    case 'failed':
      return `failed: ${outcomeReason}`;
    default:
      return '';
  }
}

/** Reasons for which a process was spared that would have been hit. Logs of other versions may have others. */
const SPARED: ReadonlySet<string> = new Set(['protected process', 'arming expired', 'fuse blown']);

type Verbs = { readonly kill: string; readonly signal: string; readonly deny: string };

function effectWords({ signal, error }: EventExtension, verbs: Verbs): string {
  if (error !== undefined && signal !== 'SIGKILL') return `${verbs.deny} ${error}`;
  if (signal === undefined || signal === 'SIGKILL') return verbs.kill;
  return `${verbs.signal} ${signal}`;
}
