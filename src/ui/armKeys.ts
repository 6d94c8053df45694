/** What keys do in the arming dialog. */
import type { Fuse, PolicyStatus } from '../agent/messages.ts';
import type { AddedActions } from '../policies/addActions.ts';
import {
  ARM_SECONDS,
  ARM_STEPS,
  type ArmDialogState,
  addedAt,
  canBeArmed,
  deedsOf,
  LIMIT_FIELDS,
  offeredActions,
  openChoices,
  readFuse,
} from './arming.ts';

/** What a key made of the dialog. */
export type ArmKeyStep =
  | { kind: 'open'; dialog: ArmDialogState }
  | { kind: 'closed' }
  | { kind: 'arm'; seconds: number | undefined; added: AddedActions; fuse: Fuse };

/** How the step's lines stand on the screen: the first that is shown, the highest that can be, and how many fit. */
export type ArmScroll = { readonly top: number; readonly last: number; readonly room: number };

const open = (dialog: ArmDialogState): ArmKeyStep => ({ kind: 'open', dialog });

export function armKey(
  dialog: ArmDialogState,
  policy: PolicyStatus,
  { key, text }: { key: string; text: string },
  scroll: ArmScroll,
): ArmKeyStep {
  if (key === 'escape') return back(dialog);
  const { facts, step } = dialog;
  if (!facts || !canBeArmed(facts)) return open(scrolled(dialog, key, scroll));
  if (key === 'enter') return next(dialog, policy);
  if (step === 'name') {
    if (key === 'left') return back(dialog);
    if (key === 'backspace') return open(eraseLetter(dialog));
    if (key === 'ctrl+u') return open({ ...dialog, typed: '', error: undefined });
    return open(text === '' ? scrolled(dialog, key, scroll) : typeName(dialog, text));
  }
  if (step === 'radius') return key === 'left' ? back(dialog) : open(scrolled(dialog, key, scroll));
  return open((step === 'actions' ? actionKey : limitKey)(dialog, key, scroll));
}

/** Pasted or typed letters of the name. */
export const typeName = (dialog: ArmDialogState, text: string): ArmDialogState =>
  dialog.step === 'name'
    ? { ...dialog, typed: dialog.typed + text, error: undefined, top: undefined }
    : dialog;

const eraseLetter = (dialog: ArmDialogState): ArmDialogState => ({
  ...dialog,
  typed: [...dialog.typed].slice(0, -1).join(''),
  error: undefined,
});

function stepBy(dialog: ArmDialogState, by: number): ArmDialogState | undefined {
  const step = ARM_STEPS[ARM_STEPS.indexOf(dialog.step) + by];
  return step && { ...dialog, step, error: undefined, top: undefined, isFresh: true };
}

function back(dialog: ArmDialogState): ArmKeyStep {
  const before = stepBy(dialog, -1);
  return before ? open({ ...before, typed: '' }) : { kind: 'closed' };
}

function next(dialog: ArmDialogState, policy: PolicyStatus): ArmKeyStep {
  const fuse = readFuse(dialog.fuse);
  const error = mistakeIn(dialog, policy, fuse);
  if (error !== undefined) return open({ ...dialog, error });
  const after = stepBy(dialog, 1);
  if (after) return open(after);
  if ('error' in fuse) return open({ ...dialog, error: fuse.error });
  return { kind: 'arm', seconds: ARM_SECONDS[dialog.time], added: dialog.added, fuse };
}

/** Why the step can't be left yet. */
function mistakeIn(
  dialog: ArmDialogState,
  { name }: PolicyStatus,
  fuse: ReturnType<typeof readFuse>,
): string | undefined {
  switch (dialog.step) {
    case 'actions':
      return deedsOf(dialog).length === 0
        ? 'Nothing would be done: choose SIGKILL or Override for a selector with ←→'
        : mixingMistake(dialog);
    case 'limits':
      return 'error' in fuse ? fuse.error : undefined;
    case 'name':
      return dialog.typed === name ? undefined : `That is not the policy's name, which is ${name}`;
    case 'radius':
      return undefined;
  }
}

/** Some hosts can kill or refuse at a place, and not both. */
const mixingMistake = ({ added, facts }: ArmDialogState): string | undefined =>
  facts?.mixing.find(
    (reason, hook) =>
      reason !== undefined && added[hook]?.includes('kill') && added[hook].includes('deny'),
  );

/** ↑↓ choose a selector, and scroll beyond the last; ←→ and Space choose what it does. */
function actionKey(dialog: ArmDialogState, key: string, scroll: ArmScroll): ArmDialogState {
  const choices = dialog.facts ? openChoices(dialog.facts) : [];
  const at = choices[dialog.cursor];
  const up = key === 'up' || key === 'k';
  const down = key === 'down' || key === 'j';
  const cursor = dialog.cursor + (up ? -1 : down ? 1 : 0);
  if ((up || down) && choices[cursor]) return { ...dialog, cursor, top: undefined };
  const by = { left: -1, h: -1, right: 1, l: 1, space: 1 }[key];
  if (!at || by === undefined) return scrolled(dialog, key, scroll);
  const offered = offeredActions(at.choice);
  const index = offered.indexOf(addedAt(dialog, at)) + by;
  const count = offered.length;
  // Space goes round; arrows stop at the ends.
  const wanted = offered[key === 'space' ? index % count : Math.min(Math.max(index, 0), count - 1)];
  const added = dialog.added.map((actions, hook) =>
    hook === at.hook && wanted ? actions.with(at.selector, wanted) : actions,
  );
  return { ...dialog, added, error: undefined };
}

const MOST_DIGITS = 6;

/** ↑↓ choose a field; ←→ change it, digits are typed into the fuse's. */
function limitKey(dialog: ArmDialogState, key: string, scroll: ArmScroll): ArmDialogState {
  const { field, fuse } = dialog;
  const rows = { up: -1, k: -1, down: 1, j: 1, tab: 1, 'shift+tab': -1 }[key];
  // Of another agent's policy the time is all there is to say.
  if (rows !== undefined && !dialog.facts?.foreign) {
    const moved = LIMIT_FIELDS[LIMIT_FIELDS.indexOf(field) + rows];
    return { ...dialog, field: moved ?? field, isFresh: true, top: undefined };
  }
  const by = { left: -1, h: -1, right: 1, l: 1 }[key];
  if (field === 'time') {
    if (by === undefined) return scrolled(dialog, key, scroll);
    const time = Math.min(Math.max(dialog.time + by, 0), ARM_SECONDS.length - 1);
    return { ...dialog, time };
  }
  const set = (text: string, isFresh = false): ArmDialogState => ({
    ...dialog,
    fuse: { ...fuse, [field]: text },
    isFresh,
    error: undefined,
  });
  if (by !== undefined) return set(String(Math.max(1, Number(fuse[field]) + by)), true);
  if (key === 'backspace') return set(fuse[field].slice(0, -1));
  if (/^\d$/.test(key))
    return set(((dialog.isFresh ? '' : fuse[field]) + key).slice(0, MOST_DIGITS));
  return scrolled(dialog, key, scroll);
}

function scrolled(dialog: ArmDialogState, key: string, scroll: ArmScroll): ArmDialogState {
  const page = Math.max(1, scroll.room - 1);
  const by = { up: -1, k: -1, down: 1, j: 1, pageup: -page, pagedown: page }[key];
  if (by === undefined) return dialog;
  return { ...dialog, top: Math.min(Math.max(scroll.top + by, 0), scroll.last) };
}
