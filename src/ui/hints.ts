/** Which commands the footer tells of, in the order of their use: what helps in this very moment first. */
import {
  COMMANDS,
  type Command,
  type CommandId,
  isUsable,
  keyLabel,
  keyOf,
  type View,
} from './commands.ts';
import { whyNot } from './features/reach.ts';
import { coverOf } from './overlay.ts';
import type { Panes } from './panes/all.ts';
import type { PaneSize } from './panes/pane.ts';
import { playbackState } from './playback.ts';
import { type AppState, policyById } from './state.ts';
import type { Hint } from './views/chrome.ts';

/** Those of a view that are used most; all others follow as they stand in the table. */
const FIRST: Readonly<Record<View, readonly CommandId[]>> = {
  stream: ['row.detail', 'row.filter', 'stream.pause', 'row.copy', 'row.around', 'stream.follow'],
  tree: ['row.detail', 'row.filter', 'tree.toggle'],
  binaries: ['binary.detail', 'row.filter', 'binary.events'],
  policies: [
    ...(['policy.open', 'policy.toggle', 'policy.arm', 'policy.test', 'policy.search'] as const),
    ...(['policy.edit', 'row.copy', 'sort.pick'] as const),
  ],
  alerts: ['alerts.events', 'row.filter'],
};

/** With these one finds all others, so that they are left out late. */
const GUIDES: ReadonlySet<CommandId> = new Set(['app.help', 'app.quit']);

type Words = Readonly<Partial<Record<CommandId, string | undefined>>>;

/** A hint of several keys; undefined: none of the commands has one. */
function hintOf(text: string, ...ids: CommandId[]): Hint | undefined {
  const keys = ids.map(keyOf).filter((key) => key !== '');
  const [press] = keys;
  return press === undefined
    ? undefined
    : { key: keys.map((key) => keyLabel(key)).join('/'), text, press };
}

/** While anything is armed: before everything else, wherever there are hints. This key can't be taken away. */
export const DISARM_HINT: Hint = { key: '!', text: 'disarm all', press: '!', isPinned: true };

/** Of the commands that do something in what is shown. */
export function commandHints(state: AppState, panes: Panes, size: PaneSize): readonly Hint[] {
  const { view } = state;
  const tagged = countTagged(state);
  const words = wordsOf(state, panes, tagged > 0);
  const rank = ({ id }: Command) => {
    const at = FIRST[view].indexOf(id);
    return at < 0 ? FIRST[view].length : at;
  };
  const isHere = (command: Command) =>
    (command.views?.includes(view) ?? true) &&
    isUsable(command, state.overlay?.kind) &&
    whyNot(command, { state }) === undefined;
  const usual = COMMANDS.filter(isHere)
    .toSorted((one, other) => rank(one) - rank(other))
    .flatMap((command) => {
      const text = command.id in words ? words[command.id] : command.hint;
      const hint = text === undefined ? undefined : hintOf(text, command.id);
      return hint ? [{ ...hint, isGuide: GUIDES.has(command.id) }] : [];
    });
  return [...momentHints(state, panes, size, tagged), ...usual];
}

/** Ways back to what is usual, and on in what was begun. */
function momentHints(state: AppState, panes: Panes, size: PaneSize, tagged: number): Hint[] {
  const { stream } = panes;
  const isStream = state.view === 'stream' && !state.overlay;
  const isAround = isStream && stream.isAround();
  const hints = [
    ...playHints(state),
    isStream && !isAround && stream.isPaused() && hintOf('resume', 'stream.pause'),
    isStream && !isAround && stream.isBehind(size) && hintOf('newest', 'move.last'),
    isAround && hintOf('time', 'around.wider', 'around.narrower'),
    isAround && hintOf('tree/all', 'around.tree'),
    isAround && hintOf('detail', 'row.detail'),
    isAround && hintOf('back', 'app.back'),
    state.find && hintOf('next/previous', 'find.next', 'find.previous'),
    tagged > 0 && hintOf(`copy ${tagged.toLocaleString('en')} tagged`, 'row.copy'),
    tagged > 0 && hintOf('untag', 'row.untag'),
  ];
  return hints.flatMap((hint) => hint || []);
}

/** What a replay waits for, first of all. */
function playHints({ playback, overlay }: AppState): (Hint | undefined)[] {
  if (!playback || overlay) return [];
  const play = playbackState(playback) === 'at the end' ? 'play again' : 'play';
  return [hintOf(playback.isPlaying ? 'pause' : play, 'play.toggle')];
}

/** Rows of the view that are tagged; in what covers it they mean nothing. */
function countTagged({ view, overlay, tags, store, tree }: AppState): number {
  if (overlay) return 0;
  if (view === 'stream') return tags.countEvents(store.first);
  return view === 'tree' ? tags.countProcesses((key) => tree.has(key)) : 0;
}

/** Other words than the table's, by what a key would do now; undefined: it is told of elsewhere, or does nothing. */
function wordsOf(state: AppState, panes: Panes, hasTags: boolean): Words {
  const copy = hasTags ? { 'row.copy': undefined } : {};
  if (state.view === 'policies') return { ...copy, ...policyWords(state, panes) };
  if (state.view !== 'stream' || state.overlay) return copy;
  const { stream } = panes;
  if (stream.isAround())
    return {
      ...copy,
      ...{ 'row.detail': undefined, 'stream.pause': undefined, 'stream.follow': undefined },
    };
  return {
    ...copy,
    // What is played has a pause of its own.
    ...(state.playback ? { 'stream.pause': 'hold view' } : {}),
    ...(stream.isPaused() ? { 'stream.pause': undefined } : {}),
    ...(stream.isFollowing() ? { 'stream.follow': undefined } : {}),
  };
}

function policyWords(state: AppState, panes: Panes): Words {
  const cover = coverOf(state.overlay);
  const entry = panes.policies.selected();
  const selected = entry?.kind === 'policy' ? entry.policy : undefined;
  const policy = cover?.kind === 'policy' ? policyById(state, cover.view.policyId) : selected;
  switch (policy?.mode) {
    case 'off':
      return { 'policy.toggle': 'on' };
    case 'monitor':
      return { 'policy.toggle': 'off' };
    case 'enforce':
      // What is armed must be disarmed before anything else is done with it.
      return {
        ...{ 'policy.toggle': 'disarm', 'policy.arm': undefined },
        ...{ 'policy.edit': undefined, 'policy.test': undefined },
      };
    default:
      return {};
  }
}
