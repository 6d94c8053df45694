import { reboundKeys, speltKey } from './keymap.ts';

/**
 * All commands, once: key dispatch, the footer's hints, the help screen and the tests' driver read this table.
 */
export type View = 'stream' | 'tree' | 'binaries' | 'policies' | 'alerts';

export type CommandId =
  | 'app.quit'
  | 'app.palette'
  | 'app.mouse'
  | 'app.theme'
  | 'app.doctor'
  | 'app.record'
  | 'app.nodes'
  | 'app.help'
  | 'app.redraw'
  | 'app.suspend'
  | 'app.back'
  | 'view.stream'
  | 'view.tree'
  | 'view.binaries'
  | 'view.policies'
  | 'view.alerts'
  | 'view.next'
  | 'view.previous'
  | 'view.zoom'
  | 'move.up'
  | 'move.down'
  | 'move.pageUp'
  | 'move.pageDown'
  | 'move.halfUp'
  | 'move.halfDown'
  | 'move.first'
  | 'move.last'
  | 'row.detail'
  | 'row.filter'
  | 'filter.named'
  | 'find.open'
  | 'find.next'
  | 'find.previous'
  | 'row.copy'
  | 'row.save'
  | 'row.signal'
  | 'row.around'
  | 'around.wider'
  | 'around.narrower'
  | 'around.tree'
  | 'row.tag'
  | 'tree.tag'
  | 'row.untag'
  | 'row.columns'
  | 'detail.previous'
  | 'detail.next'
  | 'detail.filter'
  | 'detail.difference'
  | 'detail.reveal'
  | 'detail.refresh'
  | 'stream.pause'
  | 'stream.follow'
  | 'stream.mark'
  | 'stream.marks'
  | 'stream.time'
  | 'stream.left'
  | 'stream.right'
  | 'play.toggle'
  | 'play.step'
  | 'play.stepBack'
  | 'play.slower'
  | 'play.faster'
  | 'play.start'
  | 'play.end'
  | 'play.previousMark'
  | 'play.nextMark'
  | 'tree.expand'
  | 'tree.collapse'
  | 'tree.toggle'
  | 'tree.toggleAll'
  | 'tree.parent'
  | 'tree.kernelThreads'
  | 'sort.pick'
  | 'sort.next'
  | 'sort.previous'
  | 'sort.reverse'
  | 'binary.detail'
  | 'binary.events'
  | 'alerts.events'
  | 'policy.toggle'
  | 'policy.open'
  | 'policy.search'
  | 'policy.arm'
  | 'policy.edit'
  | 'policy.test'
  | 'policy.disarmAll'
  | 'lab.next'
  | 'lab.hint'
  | 'lab.choose'
  | 'lab.again'
  | 'lab.up'
  | 'lab.down';

export type Command = {
  id: CommandId;
  title: string;
  category:
    | 'Views'
    | 'Moving'
    | 'Rows'
    | 'Stream'
    | 'Replay'
    | 'Tree'
    | 'Sorting'
    | 'Policies'
    | 'Lab'
    | 'Program';
  /** As the key parser names them; the first is shown. Without any: for the palette alone. */
  keys: readonly string[];
  /** Only in a lab, where its keys go before all others. */
  inLab?: true;
  /** Where it can be used; everywhere when absent. */
  views?: readonly View[];
  /** While a detail covers the view: it works too, or only then; otherwise such commands work there that work everywhere. */
  inDetail?: 'also' | 'only';
  /** Short words for the footer; absent: not shown there. */
  hint?: string;
  /** What the palette also takes for it, typed: `:q`. */
  words?: readonly string[];
  /** What it is also looked for by, in the palette and in help. */
  about?: readonly string[];
  /** What may follow such a word, for help: `:theme NAME`. */
  argument?: string;
};

export const COMMANDS: readonly Command[] = [
  {
    id: 'view.stream',
    title: 'Stream: all events as they come',
    category: 'Views',
    keys: ['1'],
    words: ['stream'],
  },
  {
    id: 'view.tree',
    title: 'Tree: all processes below their parents',
    category: 'Views',
    keys: ['2'],
    words: ['tree'],
  },
  {
    id: 'view.binaries',
    title: 'Binaries: counters of each program',
    category: 'Views',
    keys: ['3'],
    words: ['binaries'],
  },
  {
    id: 'view.policies',
    title: 'Policies: switch and arm',
    category: 'Views',
    keys: ['4'],
    words: ['policies'],
  },
  {
    id: 'view.alerts',
    title: 'Alerts: policy events, one row for all that are alike',
    category: 'Views',
    keys: ['5'],
    words: ['alerts'],
  },
  {
    id: 'view.next',
    title: 'Next view; in a detail its next tab',
    category: 'Views',
    keys: ['tab'],
  },
  {
    id: 'view.previous',
    title: 'Previous view, previous tab',
    category: 'Views',
    keys: ['shift+tab'],
  },
  {
    id: 'view.zoom',
    title: 'Zoom: the view on the whole screen, or back',
    category: 'Views',
    keys: ['z'],
    about: ['full screen', 'maximize'],
  },
  { id: 'move.up', title: 'Up', category: 'Moving', keys: ['up', 'k'] },
  { id: 'move.down', title: 'Down', category: 'Moving', keys: ['down', 'j'] },
  { id: 'move.pageUp', title: 'Page up', category: 'Moving', keys: ['pageup', 'ctrl+b'] },
  { id: 'move.pageDown', title: 'Page down', category: 'Moving', keys: ['pagedown', 'ctrl+f'] },
  { id: 'move.halfUp', title: 'Half a page up', category: 'Moving', keys: ['ctrl+u'] },
  { id: 'move.halfDown', title: 'Half a page down', category: 'Moving', keys: ['ctrl+d'] },
  { id: 'move.first', title: 'To the beginning', category: 'Moving', keys: ['home', 'g'] },
  {
    id: 'move.last',
    title: 'To the end; the stream follows new events again',
    category: 'Moving',
    keys: ['end', 'G'],
  },
  {
    id: 'row.detail',
    title: 'All about the row: fields, arguments, JSON …',
    category: 'Rows',
    keys: ['enter'],
    views: ['stream', 'tree'],
    inDetail: 'also',
    hint: 'detail',
  },
  {
    id: 'alerts.events',
    title: 'The row’s events in the stream',
    category: 'Rows',
    keys: ['enter'],
    views: ['alerts'],
    hint: 'events',
  },
  {
    id: 'binary.detail',
    title: 'All about the program: runs, files, addresses',
    category: 'Rows',
    keys: ['enter'],
    views: ['binaries'],
    hint: 'detail',
  },
  {
    id: 'binary.events',
    title: 'The program’s events in the stream',
    category: 'Rows',
    keys: ['e'],
    views: ['binaries'],
    hint: 'events',
  },
  {
    id: 'row.filter',
    title: 'Filter: word, !word, field:value, a OR b',
    category: 'Rows',
    keys: ['/', 'f4'],
    words: ['filter'],
    argument: 'FILTER',
    views: ['stream', 'tree', 'binaries', 'alerts'],
    hint: 'filter',
    about: ['grep', 'search', 'only'],
  },
  {
    id: 'filter.named',
    title: 'Named filters: take, save, delete',
    category: 'Rows',
    keys: ['f'],
    words: ['filters'],
    argument: 'NAME',
    views: ['stream', 'tree', 'binaries', 'alerts'],
  },
  {
    id: 'find.open',
    title: 'Find a text and jump to it; hides nothing',
    category: 'Rows',
    keys: ['\\'],
    words: ['find'],
    argument: 'TEXT',
    inDetail: 'also',
    about: ['search', 'grep'],
  },
  {
    id: 'find.next',
    title: 'To the next match of the text',
    category: 'Rows',
    keys: ['n'],
    inDetail: 'also',
  },
  {
    id: 'find.previous',
    title: 'To the previous match of the text',
    category: 'Rows',
    keys: ['N'],
    inDetail: 'also',
  },
  {
    id: 'row.copy',
    title: 'Copy the line, JSON, command line …',
    category: 'Rows',
    keys: ['c', 'y'],
    inDetail: 'also',
    hint: 'copy',
    about: ['clipboard', 'yank'],
  },
  {
    id: 'row.save',
    title: 'Save what the view shows, as text or JSON',
    category: 'Rows',
    keys: ['ctrl+s'],
    words: ['save', 'w'],
    argument: 'FILE',
    inDetail: 'also',
    about: ['export', 'write', 'dump', 'file'],
  },
  {
    id: 'row.around',
    title: 'What happened around it: 2 s, same tree',
    category: 'Rows',
    keys: ['w'],
    views: ['stream', 'tree'],
    inDetail: 'also',
    hint: 'around',
    about: ['context', 'before', 'after'],
  },
  {
    id: 'row.signal',
    title: 'Send the process a signal: a menu asks',
    category: 'Rows',
    keys: ['f9', 'X'],
    views: ['stream', 'tree'],
    inDetail: 'also',
    about: ['kill', 'terminate', 'stop', 'SIGTERM', 'SIGKILL'],
  },
  {
    id: 'row.tag',
    title: 'Tag or untag the row: copy and save take tags',
    category: 'Rows',
    keys: ['space'],
    views: ['stream'],
    about: ['select', 'pick'],
  },
  {
    id: 'tree.tag',
    title: 'Tag or untag the row: copy and save take tags',
    category: 'Rows',
    keys: ['T'],
    views: ['tree'],
    about: ['select', 'pick'],
  },
  {
    id: 'row.untag',
    title: 'Untag all rows',
    category: 'Rows',
    keys: ['U'],
    views: ['stream', 'tree'],
  },
  {
    id: 'row.columns',
    title: 'Choose the columns of the view',
    category: 'Rows',
    keys: ['C'],
    words: ['columns'],
    views: ['stream', 'tree', 'binaries', 'policies', 'alerts'],
  },
  {
    id: 'detail.next',
    title: 'On to the next row’s detail',
    category: 'Rows',
    keys: [']'],
    views: ['stream', 'tree'],
    inDetail: 'only',
    hint: 'next',
  },
  {
    id: 'detail.previous',
    title: 'Back to the previous row’s detail',
    category: 'Rows',
    keys: ['['],
    views: ['stream', 'tree'],
    inDetail: 'only',
    hint: 'previous',
  },
  {
    id: 'detail.filter',
    title: 'Filter the stream by the focused field',
    category: 'Rows',
    keys: ['='],
    inDetail: 'only',
  },
  {
    id: 'detail.difference',
    title: 'Environment: all, or what differs from the parent’s',
    category: 'Rows',
    keys: ['d'],
    inDetail: 'only',
  },
  {
    id: 'detail.reveal',
    title: 'Environment: show or hide secrets',
    category: 'Rows',
    keys: ['V'],
    inDetail: 'only',
  },
  {
    id: 'detail.refresh',
    title: 'Open files: read them again',
    category: 'Rows',
    keys: ['r'],
    inDetail: 'only',
  },
  {
    id: 'stream.pause',
    title: 'Pause or resume the view; events still come in',
    category: 'Stream',
    keys: ['p'],
    views: ['stream'],
    hint: 'pause',
    about: ['freeze', 'stop', 'resume', 'continue'],
  },
  {
    id: 'stream.follow',
    title: 'Follow new events, or stop following',
    category: 'Stream',
    keys: ['F'],
    views: ['stream'],
    hint: 'follow',
    about: ['tail'],
  },
  {
    id: 'stream.mark',
    title: 'Mark this place in the stream, or unmark it',
    category: 'Stream',
    keys: ['m'],
    views: ['stream'],
    about: ['bookmark'],
  },
  {
    id: 'stream.marks',
    title: 'Marks: go to one',
    category: 'Stream',
    keys: ["'"],
    words: ['marks'],
    views: ['stream'],
    about: ['bookmarks'],
  },
  {
    id: 'stream.time',
    title: 'Go to a time: 12:03, 12:03:11, -30s',
    category: 'Stream',
    keys: ['@'],
    words: ['goto', 'time'],
    argument: 'TIME',
    views: ['stream'],
  },
  {
    id: 'around.wider',
    title: 'Around an event: twice the time',
    category: 'Stream',
    keys: ['+'],
    views: ['stream'],
  },
  {
    id: 'around.narrower',
    title: 'Around an event: half the time',
    category: 'Stream',
    keys: ['-'],
    views: ['stream'],
  },
  {
    id: 'around.tree',
    title: 'Around an event: the same tree, or all',
    category: 'Stream',
    keys: ['t'],
    views: ['stream'],
  },
  {
    id: 'stream.left',
    title: 'Scroll long lines back',
    category: 'Stream',
    keys: ['left', 'h'],
    views: ['stream'],
  },
  {
    id: 'stream.right',
    title: 'Scroll long lines to their end',
    category: 'Stream',
    keys: ['right', 'l'],
    views: ['stream'],
  },
  {
    id: 'play.toggle',
    title: 'Replay: play or pause',
    category: 'Replay',
    keys: [','],
    words: ['play'],
    about: ['resume', 'recording'],
  },
  {
    id: 'play.step',
    title: 'Replay: one event on',
    category: 'Replay',
    keys: ['.'],
    words: ['step'],
    hint: 'step',
    about: ['next event'],
  },
  {
    id: 'play.stepBack',
    title: 'Replay: one event back',
    category: 'Replay',
    keys: [';'],
    about: ['previous event'],
  },
  {
    id: 'play.slower',
    title: 'Replay: half as fast',
    category: 'Replay',
    keys: ['('],
    about: ['speed'],
  },
  {
    id: 'play.faster',
    title: 'Replay: twice as fast',
    category: 'Replay',
    keys: [')'],
    words: ['speed'],
    argument: 'TIMES',
    about: ['slower'],
  },
  {
    id: 'play.start',
    title: 'Replay: to its first event',
    category: 'Replay',
    keys: ['^'],
    about: ['rewind', 'beginning'],
  },
  {
    id: 'play.end',
    title: 'Replay: all events, up to its end',
    category: 'Replay',
    keys: ['$'],
  },
  {
    id: 'play.previousMark',
    title: 'Replay: to the mark before',
    category: 'Replay',
    keys: ['{'],
    about: ['bookmark'],
  },
  {
    id: 'play.nextMark',
    title: 'Replay: to the next mark',
    category: 'Replay',
    keys: ['}'],
    about: ['bookmark'],
  },
  {
    id: 'tree.toggle',
    title: 'Expand or collapse',
    category: 'Tree',
    keys: ['space'],
    views: ['tree'],
    hint: 'fold',
  },
  { id: 'tree.expand', title: 'Expand', category: 'Tree', keys: ['right', '+'], views: ['tree'] },
  {
    id: 'tree.collapse',
    title: 'Collapse, or go to the parent',
    category: 'Tree',
    keys: ['left', '-'],
    views: ['tree'],
  },
  {
    id: 'tree.toggleAll',
    title: 'Expand or collapse everything',
    category: 'Tree',
    keys: ['*'],
    views: ['tree'],
    hint: 'fold all',
  },
  {
    id: 'tree.parent',
    title: 'To the parent',
    category: 'Tree',
    keys: ['u'],
    views: ['tree'],
    hint: 'parent',
  },
  {
    id: 'tree.kernelThreads',
    title: 'Show or hide kernel threads',
    category: 'Tree',
    keys: ['K'],
    views: ['tree'],
    hint: 'kernel threads',
  },
  {
    id: 'sort.pick',
    title: 'Pick the column to sort by',
    category: 'Sorting',
    keys: ['s', 'f6'],
    words: ['sort'],
    argument: 'COLUMN',
    views: ['tree', 'binaries', 'policies', 'alerts'],
    hint: 'sort',
    about: ['order'],
  },
  {
    id: 'sort.next',
    title: 'Sort by the column to the right',
    category: 'Sorting',
    keys: ['>'],
    views: ['binaries', 'alerts'],
  },
  {
    id: 'sort.previous',
    title: 'Sort by the column to the left',
    category: 'Sorting',
    keys: ['<'],
    views: ['binaries', 'alerts'],
  },
  {
    id: 'sort.reverse',
    title: 'Reverse the order',
    category: 'Sorting',
    keys: ['I'],
    views: ['binaries', 'alerts'],
    hint: 'reverse',
  },
  {
    id: 'policy.open',
    title: 'The policy’s YAML, and how it is had here',
    category: 'Policies',
    keys: ['enter'],
    views: ['policies'],
    hint: 'open',
  },
  {
    id: 'policy.toggle',
    title: 'Switch between off and monitor, or disarm',
    category: 'Policies',
    keys: ['space'],
    views: ['policies'],
    inDetail: 'also',
    hint: 'off/monitor',
    about: ['enable', 'disable', 'monitor'],
  },
  {
    id: 'policy.arm',
    title: 'Arm: the kernel kills or refuses what it matches',
    category: 'Policies',
    keys: ['a'],
    views: ['policies'],
    inDetail: 'also',
    hint: 'arm',
    about: ['enforce', 'block'],
  },
  {
    id: 'policy.test',
    title: 'Test: run its harmless trigger in a sandbox',
    category: 'Policies',
    keys: ['t'],
    views: ['policies'],
    inDetail: 'also',
    hint: 'test',
  },
  {
    id: 'policy.edit',
    title: 'Edit the policy’s parameters',
    category: 'Policies',
    keys: ['e'],
    views: ['policies'],
    inDetail: 'also',
    hint: 'parameters',
    about: ['parameters', 'change', 'config'],
  },
  {
    id: 'policy.search',
    title: 'Search: letters of name, words, hook, MITRE id',
    category: 'Policies',
    keys: ['/', 'f4'],
    words: ['search'],
    views: ['policies'],
    hint: 'search',
  },
  {
    id: 'policy.disarmAll',
    title: 'Disarm everything at once',
    category: 'Policies',
    // Terminals send the second for Esc and `!` in quick succession: the way out of a filter.
    keys: ['!', 'alt+!'],
    words: ['disarm', '!'],
    about: ['panic', 'stop', 'emergency'],
  },
  {
    id: 'lab.next',
    title: 'In a lab: go on, run the attack, answer',
    category: 'Lab',
    inLab: true,
    keys: ['n'],
  },
  { id: 'lab.hint', title: 'In a lab: a hint', category: 'Lab', inLab: true, keys: ['h'] },
  {
    id: 'lab.choose',
    title: 'In a lab: the next choice',
    category: 'Lab',
    inLab: true,
    keys: ['x'],
  },
  {
    id: 'lab.again',
    title: 'In a lab: run the attack again',
    category: 'Lab',
    inLab: true,
    keys: ['r'],
  },
  {
    id: 'lab.up',
    title: 'In a lab: scroll the narrator up',
    category: 'Lab',
    inLab: true,
    keys: [','],
  },
  {
    id: 'lab.down',
    title: 'In a lab: scroll the narrator down',
    category: 'Lab',
    inLab: true,
    keys: ['.'],
  },
  {
    id: 'app.palette',
    title: 'Palette: commands, policies, processes, filters',
    category: 'Program',
    keys: [':'],
    hint: 'command',
    about: ['command'],
  },
  {
    id: 'app.theme',
    title: 'Choose the theme',
    category: 'Program',
    keys: [],
    words: ['theme'],
    argument: 'NAME',
    about: ['light', 'dark', 'colours', 'colors', 'contrast'],
  },
  {
    id: 'app.doctor',
    title: 'Doctor: what this kernel can and can’t do',
    category: 'Program',
    keys: [],
    words: ['doctor'],
    about: ['kernel', 'support', 'lost', 'check', 'version'],
  },
  {
    id: 'app.record',
    title: 'Record the session into a file, or stop that',
    category: 'Program',
    keys: [],
    words: ['record'],
    argument: 'FILE',
    about: ['recording', 'replay', 'keep'],
  },
  {
    id: 'app.nodes',
    title: 'Nodes: the agents that events come from',
    category: 'Program',
    keys: [],
    words: ['nodes'],
    about: ['hosts', 'connections', 'agents'],
  },
  {
    id: 'app.mouse',
    title: 'Mouse on or off; off: the terminal selects text',
    category: 'Program',
    keys: ['M'],
    words: ['mouse'],
    about: ['click', 'wheel', 'select text'],
  },
  {
    id: 'app.help',
    title: 'This help',
    category: 'Program',
    keys: ['?', 'f1'],
    words: ['help', 'h'],
    hint: 'help',
    about: ['keys', 'config', 'shortcuts', 'bindings'],
  },
  {
    id: 'app.redraw',
    title: 'Draw the screen anew',
    category: 'Program',
    keys: ['ctrl+l'],
    words: ['redraw'],
  },
  {
    id: 'app.suspend',
    title: 'Suspend, back to the shell',
    category: 'Program',
    keys: ['ctrl+z'],
    words: ['suspend'],
  },
  {
    id: 'app.back',
    title: 'One level back; never quits',
    category: 'Program',
    keys: ['escape'],
  },
  {
    id: 'app.quit',
    title: 'Quit',
    category: 'Program',
    keys: ['q', 'ctrl+c'],
    words: ['quit', 'q', 'exit'],
    hint: 'quit',
    about: ['leave', 'close'],
  },
];

/** The views in the order of their tabs. */
export const VIEWS: readonly { view: View; title: string; command: CommandId }[] = [
  { view: 'stream', title: 'Stream', command: 'view.stream' },
  { view: 'tree', title: 'Tree', command: 'view.tree' },
  { view: 'binaries', title: 'Binaries', command: 'view.binaries' },
  { view: 'policies', title: 'Policies', command: 'view.policies' },
  { view: 'alerts', title: 'Alerts', command: 'view.alerts' },
];

/** The keys of a command: those that the operator gave it, else those of the table. */
export const keysOf = ({ id, keys }: Command): readonly string[] => reboundKeys(id) ?? keys;

/** The command of a key in a view. In a lab its own commands go first; elsewhere they don't exist. */
export function commandOf(key: string, view: View, isLab = false): Command | undefined {
  const found = COMMANDS.filter(
    (command) => keysOf(command).includes(key) && (command.views?.includes(view) ?? true),
  );
  return (isLab && found.find(({ inLab }) => inLab)) || found.find(({ inLab }) => !inLab);
}

/** Not only in certain views, and not about their rows. */
const isEverywhere = ({ views, inDetail }: Command): boolean =>
  views === undefined && inDetail === undefined;

/** Whether a command works in its view as that is covered now. */
export function isUsable(command: Command, cover: string | undefined): boolean {
  if (cover === undefined) return command.inDetail !== 'only';
  const isDetail = cover === 'detail' || cover === 'policy';
  return isEverywhere(command) || (isDetail && command.inDetail !== undefined);
}

/** The key that the screen shows for a command. */
export function keyOf(id: CommandId): string {
  const command = COMMANDS.find((known) => known.id === id);
  return (command && keysOf(command)[0]) ?? '';
}

const KEY_LABELS: Readonly<Record<string, string>> = {
  pageup: 'PgUp',
  pagedown: 'PgDn',
  escape: 'Esc',
  up: '↑',
  down: '↓',
  left: '←',
  right: '→',
};

const capitalized = (word: string) => `${word[0]?.toUpperCase() ?? ''}${word.slice(1)}`;

/** Keys as people write them: `space` as Space, `ctrl+l` as Ctrl-L. */
export function keyLabel(key: string): string {
  return key
    .split(/\+(?=.)/)
    .map(
      (part) =>
        speltKey(part) ?? KEY_LABELS[part] ?? (part.length === 1 ? part : capitalized(part)),
    )
    .join('-')
    .replace(
      /^(Ctrl|Alt)-([a-z])$/,
      (_all, modifier, letter) => `${modifier}-${letter.toUpperCase()}`,
    );
}

/** How a command is reached, for words on the screen: its first key, or what is typed in the palette when it has none. */
export function keyText(id: CommandId): string {
  const key = keyOf(id);
  if (key !== '') return keyLabel(key);
  return `:${COMMANDS.find((command) => command.id === id)?.words?.[0] ?? id}`;
}
