import type { PolicyMode } from '../agent/messages.ts';
import type { AttackResult } from './attack.ts';
import { type LabFacts, missing } from './checks.ts';
import type { Lab, LabChoice, LabStep } from './lab.ts';

/** Where a learner is in a lab. Plain data: `advance` makes the next one of it. */
export type LabSession = {
  readonly lab: Lab;
  /** Index of the step; that of the last one when it is over. */
  readonly at: number;
  readonly isOver: boolean;
  /** Hints of the step that were asked for. */
  readonly hints: number;
  /** Of an `ask`: what is marked, and what was answered last. */
  readonly marked: number;
  readonly answered: number | undefined;
  /** Of a `run`. */
  readonly attack: 'not yet' | 'running' | 'ended';
  readonly result: AttackResult | undefined;
  readonly seen: ReadonlySet<string>;
  readonly modes: ReadonlyMap<string, PolicyMode>;
};

export type LabInput =
  /** Go on, if the step's checks hold; first runs the attack of a `run`, and answers an `ask`. */
  | { kind: 'next' }
  | { kind: 'hint' }
  /** Marks the next choice. */
  | { kind: 'choose' }
  /** Runs the attack again. */
  | { kind: 'again' }
  | { kind: 'modes'; modes: ReadonlyMap<string, PolicyMode> }
  /** A policy told of the attack. */
  | { kind: 'seen'; policy: string }
  /** It is over, and all its events have come. */
  | { kind: 'ended'; result: AttackResult };

/** `run`: the script that must be started now. */
export type Advance = { session: LabSession; run: string | undefined };

const FRESH = {
  hints: 0,
  marked: 0,
  answered: undefined,
  attack: 'not yet',
  result: undefined,
  seen: new Set<string>(),
} as const;

export function startSession(lab: Lab): LabSession {
  return { lab, at: 0, isOver: false, modes: new Map(), ...FRESH };
}

/** What an input makes of a session. Pure: whoever calls it does what `run` asks for. */
export function advance(session: LabSession, input: LabInput): Advance {
  const stay = (change: Partial<LabSession>): Advance => ({
    session: { ...session, ...change },
    run: undefined,
  });
  const step = stepOf(session);
  switch (input.kind) {
    case 'next':
      return next(session, step);
    case 'hint':
      return stay({ hints: Math.min(session.hints + 1, step.hints.length) });
    case 'choose':
      if (step.kind !== 'ask') return stay({});
      return stay({ marked: (session.marked + 1) % step.choices.length });
    case 'again':
      return run(session, step);
    case 'modes':
      return stay({ modes: input.modes });
    case 'seen':
      return stay({ seen: new Set([...session.seen, input.policy]) });
    case 'ended':
      return stay(session.attack === 'running' ? { attack: 'ended', result: input.result } : {});
  }
}

function next(session: LabSession, step: LabStep): Advance {
  if (session.isOver) return { session, run: undefined };
  if (step.kind === 'run' && session.attack === 'not yet') return run(session, step);
  if (step.kind === 'ask' && !answerOf(session)?.isRight)
    return { session: { ...session, answered: session.marked }, run: undefined };
  if (unmet(session).length > 0) return { session, run: undefined };
  const isLast = session.at === session.lab.steps.length - 1;
  return {
    session: isLast ? { ...session, isOver: true } : { ...session, ...FRESH, at: session.at + 1 },
    run: undefined,
  };
}

function run(session: LabSession, step: LabStep): Advance {
  if (step.kind !== 'run' || session.attack === 'running') return { session, run: undefined };
  return {
    session: { ...session, attack: 'running', result: undefined, seen: new Set() },
    run: step.script,
  };
}

/** The step that the learner is at. */
export function stepOf({ lab, at }: LabSession): LabStep {
  const step = lab.steps[at];
  if (!step) throw new Error(`lab ${lab.name} has no step ${at}`);
  return step;
}

/** The choice that was answered last. */
export function answerOf(session: LabSession): LabChoice | undefined {
  const step = stepOf(session);
  return step.kind === 'ask' ? step.choices[session.answered ?? -1] : undefined;
}

/** What the step still waits for, in words; empty: it can go on. */
export function unmet(session: LabSession): string[] {
  const step = stepOf(session);
  if (step.kind === 'run' && session.attack === 'not yet') return [];
  if (step.kind === 'run' && session.attack === 'running') return ['the end of the attack'];
  const facts: LabFacts = { ...session, attack: session.result };
  return step.checks.flatMap((check) => missing(check, facts) ?? []);
}
