/** The arming dialog as plain data: four steps, each decided by keys. */
import {
  type ArmingChoice,
  type ArmingFacts,
  DEFAULT_FUSE,
  type Fuse,
  type PolicyStatus,
} from '../agent/messages.ts';
import type { AddedAction } from '../policies/addActions.ts';
import { keyText } from './commands.ts';

/** How long a policy may stay armed; undefined: until we quit. */
export const ARM_SECONDS: readonly (number | undefined)[] = [60, 300, 1800, undefined];
/** 5 minutes, unless the operator says otherwise. */
const DEFAULT_TIME = 1;

/** What will be done, whom it would hit, how far it may go, and the name typed, so that it can't happen by a slip. */
export const ARM_STEPS = ['actions', 'radius', 'limits', 'name'] as const;
export type ArmStep = (typeof ARM_STEPS)[number];

/** What can be set in the step 'limits', from top to bottom. */
export const LIMIT_FIELDS = ['time', 'limit', 'seconds'] as const;
export type LimitField = (typeof LIMIT_FIELDS)[number];

export type ArmDialogState = {
  readonly policyId: number;
  /** Number of the question to the agent, by which its answer is known. */
  readonly request: number;
  /** The policy's hooks, selectors and what they do as they were: what is shown must be what is armed. */
  readonly about: string;
  /** undefined: the answer has not come yet. */
  readonly facts: ArmingFacts | undefined;
  readonly step: ArmStep;
  /** By hook and selector: what is added to those that only watch. */
  readonly added: readonly (readonly AddedAction[])[];
  /** Which of the selectors that leave a choice the cursor is on. */
  readonly cursor: number;
  readonly field: LimitField;
  /** Index into ARM_SECONDS. */
  readonly time: number;
  /** The fuse as typed. */
  readonly fuse: { readonly limit: string; readonly seconds: string };
  /** The next digit replaces the number that stands there. */
  readonly isFresh: boolean;
  readonly typed: string;
  /** Why the last Enter did not go on. */
  readonly error: string | undefined;
  /** Lines of the step that are scrolled off; undefined: as the cursor needs it. */
  readonly top: number | undefined;
};

export const openArmDialog = (policyId: number, request = 0, about = ''): ArmDialogState => ({
  policyId,
  request,
  about,
  facts: undefined,
  step: 'actions',
  added: [],
  cursor: 0,
  field: 'time',
  time: DEFAULT_TIME,
  fuse: { limit: String(DEFAULT_FUSE.limit), seconds: String(DEFAULT_FUSE.seconds) },
  isFresh: true,
  typed: '',
  error: undefined,
  top: undefined,
});

/** What stands in the way whatever the kernel can do. */
export type ArmingState = {
  readonly readOnly: boolean;
  /** Policies whose triggers run now. */
  readonly testing: ReadonlySet<number>;
};

/** Why a policy can't be armed now, or undefined. */
export function armingObstacle(
  policy: PolicyStatus,
  { readOnly, testing }: ArmingState,
): string | undefined {
  const { name } = policy;
  if (readOnly) return `${name} stays as it is: trigon was started with --read-only`;
  if (policy.mode === 'enforce') return `${name} is armed already; ! disarms`;
  if (policy.condition === 'load_error')
    return `${name} is not at work: none of its places is watched, so there is nothing to arm`;
  if (policy.mode === 'off')
    return `${name} is off: switch it to monitor first (${keyText('policy.toggle')}), and see what it would hit`;
  if (testing.has(policy.id)) return `${name} is being tested: wait for the result`;
  return undefined;
}

/** What arming the policy is about: another text, and it is another policy. The sentence has which error or signal it is. */
export const aboutOf = ({ sentence, hooks }: PolicyStatus): string =>
  JSON.stringify([
    sentence,
    hooks.map(({ call, selectors }) => [
      call,
      selectors.map(({ words, kills, enforces }) => [words, kills, enforces]),
    ]),
  ]);

/** One selector, and where it stands in the description. */
export type PlacedChoice = {
  readonly hook: number;
  readonly selector: number;
  readonly choice: ArmingChoice;
};

export const placedChoices = (facts: ArmingFacts): PlacedChoice[] =>
  facts.choices.flatMap((choices, hook) =>
    choices.map((choice, selector) => ({ hook, selector, choice })),
  );

/** What can be added to a selector; 'none' always, and nothing else where its own text decides. */
export const offeredActions = ({ own, kill, deny }: ArmingChoice): AddedAction[] => [
  'none',
  ...(own === undefined && kill.reason === undefined ? (['kill'] as const) : []),
  ...(own === undefined && deny.reason === undefined ? (['deny'] as const) : []),
];

/** The selectors that leave a choice. */
export const openChoices = (facts: ArmingFacts): PlacedChoice[] =>
  placedChoices(facts).filter(({ choice }) => offeredActions(choice).length > 1);

/** Whether arming could do anything at all on this host. */
export const canBeArmed = (facts: ArmingFacts): boolean =>
  placedChoices(facts).some(({ choice }) => choice.own !== undefined) ||
  openChoices(facts).length > 0;

export const addedAt = (
  { added }: Pick<ArmDialogState, 'added'>,
  { hook, selector }: Pick<PlacedChoice, 'hook' | 'selector'>,
): AddedAction => added[hook]?.[selector] ?? 'none';

/** What a selector will do, in words; undefined: it only watches. */
export function deedOf(
  dialog: Pick<ArmDialogState, 'added'>,
  placed: PlacedChoice,
): string | undefined {
  const { own, kill, deny } = placed.choice;
  const added = addedAt(dialog, placed);
  return own ?? { none: undefined, kill: kill.words, deny: deny.words }[added];
}

/** The selectors that will act, with what they will do. */
export function deedsOf(
  dialog: Pick<ArmDialogState, 'added' | 'facts'>,
): { placed: PlacedChoice; words: string }[] {
  if (!dialog.facts) return [];
  return placedChoices(dialog.facts).flatMap((placed) => {
    const words = deedOf(dialog, placed);
    return words === undefined ? [] : [{ placed, words }];
  });
}

/** With the agent's answer. `before`: what an earlier arming added, which is offered again where it still can be had. */
export function withFacts(
  dialog: ArmDialogState,
  facts: ArmingFacts,
  before: readonly (readonly AddedAction[])[],
): ArmDialogState {
  const wanted = dialog.facts ? dialog.added : before;
  const added = facts.choices.map((choices, hook) =>
    choices.map((choice, selector): AddedAction => {
      const action = wanted[hook]?.[selector] ?? 'none';
      return offeredActions(choice).includes(action) ? action : 'none';
    }),
  );
  const cursor = Math.min(dialog.cursor, Math.max(0, openChoices(facts).length - 1));
  return { ...dialog, facts, added, cursor };
}

/** A disaster averted late is none: such numbers would switch the fuse off. */
const MOST_ACTIONS = 100_000;
const LONGEST_SECONDS = 3600;

/** The fuse as it was typed, or what is wrong with it. */
export function readFuse({ limit, seconds }: ArmDialogState['fuse']): Fuse | { error: string } {
  const fuse = { limit: Number(limit), seconds: Number(seconds) };
  if (!(fuse.limit >= 1 && fuse.limit <= MOST_ACTIONS))
    return { error: `the fuse's number of actions must be 1 to ${MOST_ACTIONS}` };
  if (!(fuse.seconds >= 1 && fuse.seconds <= LONGEST_SECONDS))
    return { error: `the fuse's seconds must be 1 to ${LONGEST_SECONDS}` };
  return fuse;
}

export function describeTime(seconds: number | undefined): string {
  return seconds === undefined ? 'until quit' : `${seconds / 60} min`;
}
