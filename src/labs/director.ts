import type { PolicyMode } from '../agent/messages.ts';
import type { PackedEvent } from '../events/wire/packed.ts';
import { type Attack, type AttackResult, startAttack } from './attack.ts';
import type { Lab } from './lab.ts';
import { advance, type LabInput, type LabSession, startSession } from './session.ts';
import { createTraces, type Traces } from './traces.ts';

/** A lab at work: keeps its session, runs its attacks, and looks for them in the events. */
export type Director = {
  readonly session: LabSession;
  readonly isWatching: boolean;
  /** What the learner wants. */
  input(input: Extract<LabInput, { kind: 'next' | 'hint' | 'choose' | 'again' }>): void;
  /** New events, in their order; only while `isWatching`. */
  onEvent(event: PackedEvent): void;
  /** The policies as the agent told of them last. */
  onPolicies(policies: readonly { name: string; mode: PolicyMode }[]): void;
  /** Ends an attack that runs. */
  close(): void;
};

type Options = {
  lab: Lab;
  /** Path of build/act. */
  program: string;
  /** Value of `${LAB}`. */
  folder: string;
  /** Name of the policy that an event is of; undefined: of none. */
  policyOf(event: PackedEvent): string | undefined;
  /** The session is another. */
  onChange(): void;
};

/** How long the events of an attack that is over may take to come; they are late only when some were lost. */
const PATIENCE_MS = 3000;

export function createDirector({ lab, program, folder, policyOf, onChange }: Options): Director {
  let session = startSession(lab);
  let attack: Attack | undefined;
  let traces: Traces | undefined;
  let result: AttackResult | undefined;
  let patience: NodeJS.Timeout | undefined;

  const take = (input: LabInput) => {
    const before = session;
    const { session: after, run } = advance(session, input);
    session = after;
    if (run !== undefined) start(run);
    if (session !== before) onChange();
  };

  const start = (name: string) => {
    const started = startAttack(program, lab.scripts.get(name) ?? [], folder);
    attack = started;
    traces = createTraces(started.pid);
    result = undefined;
    void started.ended.then((ended) => {
      if (attack !== started) return;
      result = ended;
      patience = setTimeout(finish, PATIENCE_MS);
      if (traces?.areComplete) finish();
    });
  };

  const finish = () => {
    if (!result) return;
    clearTimeout(patience);
    attack = undefined;
    traces = undefined;
    take({ kind: 'ended', result });
  };

  return {
    get session() {
      return session;
    },
    get isWatching() {
      return traces !== undefined;
    },
    input: take,
    onEvent(event) {
      if (!traces?.isOurs(event)) return;
      const policy = policyOf(event);
      if (policy !== undefined && !session.seen.has(policy)) take({ kind: 'seen', policy });
      if (traces.areComplete) finish();
    },
    onPolicies(policies) {
      const { modes } = session;
      const isSame =
        modes.size === policies.length &&
        policies.every(({ name, mode }) => modes.get(name) === mode);
      if (!isSame)
        take({ kind: 'modes', modes: new Map(policies.map(({ name, mode }) => [name, mode])) });
    },
    close() {
      clearTimeout(patience);
      attack?.stop();
      attack = undefined;
      traces = undefined;
    },
  };
}
