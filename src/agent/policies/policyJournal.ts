import type { JournalEntry, Operator } from '../journal.ts';
import type { PolicyDescription } from '../messages.ts';
import type { PolicyEngine, PolicyPlace } from './engine.ts';

/** Who is at work while policies change. */
export type Actor = Pick<JournalEntry, 'via'> & {
  by?: Operator | undefined;
  /** What it is called when something is disarmed meanwhile. */
  ended?: 'disarmed' | 'time-over' | 'lapsed';
  /** Why, in words, when something is disarmed meanwhile. */
  reason?: string;
};

/** Finds out what has become of the policies, however it came to be, and writes it down. */
export type PolicyJournal = {
  /** Whatever changes while the action runs is its actor's doing; also when it throws. */
  during<T>(actor: Actor, action: () => T): T;
  /** What the action changes is told otherwise and means the same: nobody's doing. */
  unnoticed(action: () => void): void;
};

type Engine = Pick<PolicyEngine, 'describe' | 'policyOf'>;

/** What the journal remembers of a policy. */
type Seen = Pick<PolicyDescription, 'name' | 'file' | 'mode' | 'armedUntil' | 'added'> & {
  place: PolicyPlace;
};

/** Names come from policy files. */
const MAX_NAME = 128;

/** @param engine as it is at the moment: it begins as one without policies */
export function createPolicyJournal(
  engine: () => Engine,
  publish: (entry: JournalEntry) => void,
  now: () => number = Date.now,
): PolicyJournal {
  let seen = new Map<number, Seen>();

  const look = () =>
    new Map(
      engine()
        .describe()
        .map((policy): [number, PolicyDescription & Seen] => [
          policy.id,
          { ...policy, place: engine().policyOf(policy.id).place },
        ]),
    );

  const writeDown = ({ via, by, ended = 'disarmed', reason = '' }: Actor) => {
    const current = look();
    const tell = ({ name }: Seen, action: JournalEntry['action'], detail = '') =>
      publish({ time: now(), action, policy: name.slice(0, MAX_NAME), detail, via, by });

    for (const [id, before] of seen) {
      if (current.get(id)?.name === before.name) continue;
      if (before.mode === 'enforce') tell(before, 'disarmed', 'removed');
      tell(before, 'removed', before.file);
    }
    for (const [id, policy] of current) {
      const known = seen.get(id);
      const before = known?.name === policy.name ? known : undefined;
      // Those that are there from the start are listed elsewhere.
      if (!before && via !== 'start') tell(policy, 'added', policy.file);
      if (before && before.place !== policy.place) tell(policy, 'changed', policy.file);
      const was = before?.mode ?? (policy.mode === 'enforce' ? 'monitor' : policy.mode);
      const isAnew = before?.armedUntil !== policy.armedUntil || before?.added !== policy.added;
      if (policy.mode === 'enforce' && (was !== 'enforce' || isAnew))
        tell(policy, 'armed', armingText(policy, now()));
      if (was === 'enforce' && policy.mode !== 'enforce')
        tell(
          policy,
          policy.fuseBlown ? 'fuse-blown' : ended,
          policy.mode === 'off' ? 'switched off' : reason || 'back to monitor',
        );
      else if (was !== policy.mode && policy.mode !== 'enforce') tell(policy, policy.mode);
    }
    seen = current;
  };

  return {
    during(actor, action) {
      try {
        return action();
      } finally {
        writeDown(actor);
      }
    },
    unnoticed(action) {
      action();
      seen = look();
    },
  };
}

/** `SIGKILL, 5 min`: what it does from now on, and for how long. */
function armingText({ hooks, added, armedUntil }: PolicyDescription, now: number): string {
  const extra = added.flat();
  const selectors = hooks.flatMap((hook) => hook.selectors);
  const acts = [
    ...(selectors.some(({ kills }) => kills) || extra.includes('kill') ? ['SIGKILL'] : []),
    ...(extra.includes('deny') ? ['EPERM'] : []),
    ...(selectors.some(({ kills, enforces }) => enforces && !kills) && !extra.includes('deny')
      ? ['its own actions']
      : []),
  ];
  return [...acts, timeText(armedUntil, now)].join(', ');
}

function timeText(armedUntil: number | undefined, now: number): string {
  if (armedUntil === undefined) return 'until Trigon ends';
  const seconds = Math.max(1, Math.round((armedUntil - now) / 1000));
  return seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`;
}
