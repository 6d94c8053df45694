import type { ProcessRef, SignalTarget, TargetAnswer } from '../agent/messages.ts';
import { escapeText, quoteIfNeeded } from '../events/text.ts';
import type { Effects } from './effects.ts';
import type { Look } from './look.ts';
import { escapeNonAscii } from './text/ascii.ts';

/** Processes that a signal is meant for, as far as the agent has said who they are. */
export type SignalGroup = {
  readonly total: number;
  readonly answered: number;
  /** Who may get it, and their names in the same order. */
  readonly targets: readonly ProcessRef[];
  readonly names: readonly string[];
  /** Why the others get none: that they have ended, mostly. */
  readonly refusals: readonly string[];
};

/** Questions that are open at once: see `createTargets`, which forgets the oldest of too many. */
const AT_ONCE = 8;

/** Asks about each; the screen is painted as answers come. `stop`: nobody wants to know any more. */
export function askAbout(
  processes: readonly ProcessRef[],
  effects: Pick<Effects, 'findTarget' | 'repaint'>,
): { group(): SignalGroup; stop(): void } {
  const targets: ProcessRef[] = [];
  const names: string[] = [];
  const refusals: string[] = [];
  let isStopped = false;

  const take = (process: ProcessRef, { target, refusal }: TargetAnswer) => {
    if (refusal !== undefined) refusals.push(refusal);
    else if (target) {
      targets.push(process);
      names.push(nameOf(target));
    }
  };

  const ask = async () => {
    for (let at = 0; at < processes.length && !isStopped; at += AT_ONCE) {
      const some = processes.slice(at, at + AT_ONCE);
      const answers = await Promise.all(some.map((process) => effects.findTarget(process)));
      for (const [index, process] of some.entries()) {
        const answer = answers[index];
        if (answer) take(process, answer);
      }
      effects.repaint();
    }
  };
  void ask();

  return {
    group: () => ({
      ...{ total: processes.length, answered: targets.length + refusals.length },
      ...{ targets, names, refusals },
    }),
    stop() {
      isStopped = true;
    },
  };
}

/** `4711 curl`, harmless. */
function nameOf({ pid, binary }: SignalTarget): string {
  return `${pid} ${quoteIfNeeded(binary.slice(binary.lastIndexOf('/') + 1)) || '?'}`;
}

/** Why no signal can be chosen yet, or at all. */
export function groupProblem({
  total,
  answered,
  targets,
  refusals: [refusal],
}: SignalGroup): string | undefined {
  if (answered < total) return `asking who they are: ${answered} of ${total} …`;
  return targets.length === 0 ? escapeText(refusal ?? 'there is nobody left') : undefined;
}

/** `signal for 2 of 3 tagged processes, 1 gets none: 4711 curl, 4712 sh`: what may be cut off stands last. */
export function groupTitle({ total, targets, names, refusals }: SignalGroup, look: Look): string {
  const refused =
    refusals.length === 0
      ? ''
      : `, ${refusals.length} ${refusals.length === 1 ? 'gets' : 'get'} none`;
  const count = refusals.length === 0 ? `${total}` : `${targets.length} of ${total}`;
  const named = names.slice(0, MOST_NAMED).join(', ');
  const whom = names.length === 0 ? '' : `: ${look.ascii ? escapeNonAscii(named) : named}`;
  const more = names.length > MOST_NAMED ? ' …' : '';
  return `signal for ${count} tagged processes${refused}${whom}${more}`;
}

/** More than the widest title has room for. */
const MOST_NAMED = 30;
