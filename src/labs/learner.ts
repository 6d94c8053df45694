import { DEFAULT_FUSE, type PolicyStatus, type ToAgent } from '../agent/messages.ts';
import type { LabCheck, LabStep } from './lab.ts';
import { answerOf, type LabInput, type LabSession, stepOf } from './session.ts';

/** Long enough for the step behind, short enough if something goes wrong. */
const ARMED_SECONDS = 60;

/** What a learner who makes no mistake does next: tells the agent, or presses keys; nothing while the step must be waited for. */
export type Move =
  | { kind: 'tell'; messages: ToAgent[] }
  | { kind: 'press'; inputs: Extract<LabInput, { kind: 'next' | 'choose' }>[] }
  | { kind: 'wait' };

/** @param isDone what the step's checks ask for has been told already */
export function nextMove(
  session: LabSession,
  policies: readonly PolicyStatus[],
  isDone: boolean,
): Move {
  const step = stepOf(session);
  if (step.kind === 'ask' && !answerOf(session)?.isRight) return answer(session, step);
  if (step.kind === 'do' && !isDone)
    return { kind: 'tell', messages: step.checks.flatMap((check) => obey(check, policies)) };
  return session.attack === 'running'
    ? { kind: 'wait' }
    : { kind: 'press', inputs: [{ kind: 'next' }] };
}

function answer({ marked }: LabSession, { choices }: Extract<LabStep, { kind: 'ask' }>): Move {
  const right = choices.findIndex(({ isRight }) => isRight);
  const times = (right - marked + choices.length) % choices.length;
  return {
    kind: 'press',
    inputs: [
      ...Array.from({ length: times }, () => ({ kind: 'choose' as const })),
      { kind: 'next' },
    ],
  };
}

/** Arms only policies that the reader found to be confined to the attack. */
function obey(check: LabCheck, policies: readonly PolicyStatus[]): ToAgent[] {
  if (check.kind === 'disarmed') return [{ type: 'disarm-all' }];
  if (!('policy' in check)) return [];
  const policy = policies.find(({ name }) => name === check.policy);
  if (!policy) return [];
  const { id } = policy;
  switch (check.kind) {
    case 'watching':
      return [{ type: 'set-mode', policy: id, mode: 'monitor' }];
    case 'off':
      return [{ type: 'set-mode', policy: id, mode: 'off' }];
    case 'armed':
      return [
        { type: 'set-mode', policy: id, mode: 'monitor' },
        {
          type: 'arm',
          policy: id,
          seconds: ARMED_SECONDS,
          added: added(policy),
          fuse: DEFAULT_FUSE,
        },
      ];
    default:
      return [];
  }
}

/** A policy that only watches is armed as Sigkill. */
const added = ({ enforces, hooks }: PolicyStatus) =>
  enforces ? [] : hooks.map(({ selectors }) => selectors.map(() => 'kill' as const));
