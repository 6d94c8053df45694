import type { PolicyMode } from '../agent/messages.ts';
import type { AttackResult } from './attack.ts';
import type { LabCheck } from './lab.ts';

/** What a lab's checks are about, as of now. */
export type LabFacts = {
  /** Modes of the loaded policies, by name. */
  modes: ReadonlyMap<string, PolicyMode>;
  /** Policies that told of the attack's processes since it began last. */
  seen: ReadonlySet<string>;
  /** undefined: it hasn't run in this step, or still runs. */
  attack: AttackResult | undefined;
};

/** What is missing, in words for the learner; undefined: it holds. */
export function missing(check: LabCheck, { modes, seen, attack }: LabFacts): string | undefined {
  switch (check.kind) {
    case 'seen':
      return seen.has(check.policy) ? undefined : `an event of ${check.policy} about the attack`;
    case 'unseen':
      if (seen.has(check.policy)) return `no event of ${check.policy}: there was one`;
      return attack ? undefined : 'the end of the attack';
    case 'watching':
      return isOn(modes.get(check.policy)) ? undefined : `${check.policy} in monitor`;
    case 'armed':
      return modes.get(check.policy) === 'enforce' ? undefined : `${check.policy} armed`;
    case 'off':
      return isOn(modes.get(check.policy)) ? `${check.policy} switched off` : undefined;
    case 'disarmed': {
      const armed = [...modes].filter(([, mode]) => mode === 'enforce').map(([name]) => name);
      return armed.length > 0 ? `nothing armed: ${armed.join(', ')} is` : undefined;
    }
    case 'attack':
      if (!attack) return 'the end of the attack';
      return attack.ending === check.ending
        ? undefined
        : `the attack ${ENDING_WORDS[check.ending]}: it ${attack.words}`;
  }
}

const isOn = (mode: PolicyMode | undefined): boolean => mode === 'monitor' || mode === 'enforce';

const ENDING_WORDS = {
  done: 'done to its end',
  killed: 'killed',
  denied: 'refused',
} as const;
