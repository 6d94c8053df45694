import { signalName } from '../../events/signals.ts';
import type { Action, Hook, Selector } from '../model.ts';
import { overrideErrno } from '../override.ts';
import { errorName } from '../words/errors.ts';
import { conjugated, type Form } from './template.ts';

/** What happens to a process, before and behind the words on what it does. */
export type Effect = {
  /** `Kills`, `send SIGUSR1 to`, `Refuses, with EPERM, to let`. */
  lead: string;
  /** `third`: "… any process that writes"; `bare`: "… let any process write". */
  form: Form;
  /** `, and refuses the call with EPERM`. */
  tail: string;
  /** It kills, signals or refuses. */
  acts: boolean;
};

/** What a selector's own actions do. `speech`: of a policy in the third person, or what to do in the bare form. */
export function effectOf(hook: Hook, selector: Selector | undefined, speech: Form): Effect {
  const actions = selector ? [...selector.actions, ...selector.returnActions] : [];
  const isTold = !actions.some(({ action }) => action === 'NoPost');
  // Killing counts most, then a signal: the first becomes the sentence's verb.
  const dealings = dealingsOf(hook, actions).toSorted((a, b) => a.rank - b.rank);
  const first = dealings.find(({ lead }) => lead !== undefined);
  const tails = dealings
    .filter((each) => each !== first)
    .map(
      ({ verb, object }) =>
        `, ${isTold || first ? 'and' : 'but'} ${conjugated(verb, speech)} ${object}`,
    );
  const how = isTold ? manner(actions) : [];
  if (how.length > 0)
    tails.push(`, ${dealings.length > 0 ? 'telling of it ' : ''}${how.join(', ')}`);
  else if (!isTold && first) tails.push(', without telling of it');
  const watch = isTold
    ? `${conjugated('tell', speech)} of`
    : `${conjugated('say', speech)} nothing of`;
  return {
    lead: first?.lead?.(speech) ?? watch,
    form: first?.form ?? 'third',
    tail: tails.join(''),
    acts: first !== undefined,
  };
}

/** Of a hook whose result is a socket that is remembered or forgotten. */
const RESULT_ACTIONS = {
  TrackSock: { verb: 'note', object: 'whose socket it is' },
  UntrackSock: { verb: 'forget', object: 'whose socket it was' },
} as const;

type Dealing = {
  rank: number;
  verb: string;
  object: string;
  /** As the beginning of the sentence; undefined: it never is. */
  lead: ((speech: Form) => string) | undefined;
  form: Form;
};

const besides = (verb: string, object: string): Dealing => ({
  rank: 3,
  verb,
  object,
  lead: undefined,
  form: 'third',
});

export const killing = {
  rank: 0,
  verb: 'kill',
  object: 'it',
  lead: (speech: Form) => (speech === 'bare' ? 'SIGKILL' : 'kills'),
  form: 'third',
} satisfies Dealing;

const signalling = (signal: string): Dealing => ({
  rank: 1,
  verb: 'send',
  object: `it ${signal}`,
  lead: (speech) => `${conjugated('send', speech)} ${signal} to`,
  form: 'third',
});

export const refusing = (error: string) =>
  ({
    rank: 2,
    verb: 'refuse',
    object: `the call with ${error}`,
    lead: (speech: Form) => `${conjugated('refuse', speech)}, with ${error}, to let`,
    form: 'bare',
  }) satisfies Dealing;

function dealingsOf(hook: Hook, actions: readonly Action[]): Dealing[] {
  const result = 'returnArgAction' in hook ? hook.returnArgAction : undefined;
  return [
    ...actions.flatMap((action) => dealing(hook, action)),
    ...(result ? [besides(RESULT_ACTIONS[result].verb, RESULT_ACTIONS[result].object)] : []),
  ];
}

const signalText = (number: number): string => signalName(number) || `signal ${number}`;

function dealing(hook: Hook, action: Action): Dealing[] {
  const { argSig, argError } = action;
  switch (action.action) {
    case 'Sigkill':
      return [killing];
    case 'Signal':
      return [argSig === 9 ? killing : signalling(signalText(argSig ?? 0))];
    case 'Override':
      return [
        hook.kind === 'uprobe'
          ? userOverride(action)
          : refusing(errorName(overrideErrno(argError))),
      ];
    case 'NotifyEnforcer':
      return [
        ...(argSig === undefined ? [] : [argSig === 9 ? killing : signalling(signalText(argSig))]),
        ...(argError === undefined ? [] : [refusing(errorName(overrideErrno(argError)))]),
      ];
    case 'CleanupEnforcerNotification':
      return [besides('take', 'back what the enforcer was told')];
    case 'GetUrl':
      return [besides('fetch', action.argUrl ?? 'a URL')];
    case 'DnsLookup':
      return [besides('look', `up ${action.argFqdn ?? 'a name'}`)];
    case 'Set':
      return [besides('set', `its argument ${action.argIndex ?? 0} to ${action.argValue ?? 0}`)];
    case 'TrackSock':
    case 'UntrackSock': {
      const { verb, object } = RESULT_ACTIONS[action.action];
      return [besides(verb, object)];
    }
    default:
      return [];
  }
}

/** Override of a program's own function. */
function userOverride({ argNewCall, argRegs, argError }: Action): Dealing {
  if (argNewCall !== undefined) return besides('call', `${argNewCall} in its place`);
  if (argRegs.length > 0) return besides('set', `its registers (${argRegs.join(', ')})`);
  return besides('make', `it return ${argError ?? 0}`);
}

/** How events are posted: `at most once a minute for each process`. */
function manner(actions: readonly Action[]): string[] {
  const post = actions.find(({ action }) => action === 'Post');
  if (!post) return [];
  const stacks = [
    ...(post.kernelStackTrace ? ['kernel’s'] : []),
    ...(post.userStackTrace ? ['program’s'] : []),
  ];
  const limit = post.rateLimit;
  return [
    ...(limit ? [`at most once ${time(limit.milliseconds)} ${SCOPES[limit.scope]}`] : []),
    ...(stacks.length > 0 ? [`with the ${stacks.join(' and the ')} stack`] : []),
    ...(post.imaHash ? ['with the hash of the file'] : []),
  ];
}

const SCOPES = {
  thread: 'for each thread',
  process: 'for each process',
  global: 'for all processes together',
} as const;

const UNITS = [
  [3_600_000, 'an', 'hour'],
  [60_000, 'a', 'minute'],
  [1000, 'a', 'second'],
] as const;

function time(milliseconds: number): string {
  for (const [length, article, unit] of UNITS) {
    const count = milliseconds / length;
    if (count === 1) return `${article} ${unit}`;
    if (Number.isInteger(count) && count > 1) return `in ${count} ${unit}s`;
  }
  return `in ${milliseconds} ms`;
}
