/**
 * All commands, once: key dispatch, the footer's hints, the help screen and the tests' driver read this table.
 */
export type View = 'stream' | 'policies';

export type CommandId =
  | 'app.quit'
  | 'app.help'
  | 'app.redraw'
  | 'app.suspend'
  | 'app.back'
  | 'view.stream'
  | 'view.policies'
  | 'view.next'
  | 'view.previous'
  | 'move.up'
  | 'move.down'
  | 'move.pageUp'
  | 'move.pageDown'
  | 'move.halfUp'
  | 'move.halfDown'
  | 'move.first'
  | 'move.last'
  | 'stream.pause'
  | 'stream.follow'
  | 'policy.toggle'
  | 'policy.arm'
  | 'policy.disarmAll';

export type Command = {
  id: CommandId;
  title: string;
  category: 'Views' | 'Moving' | 'Stream' | 'Policies' | 'Program';
  /** As the key parser names them; the first is shown. */
  keys: readonly string[];
  /** Where it can be used; everywhere when absent. */
  views?: readonly View[];
  /** Short words for the footer; absent: not shown there. */
  hint?: string;
};

export const COMMANDS: readonly Command[] = [
  { id: 'view.stream', title: 'Stream: all events as they come', category: 'Views', keys: ['1'] },
  { id: 'view.policies', title: 'Policies: switch and arm', category: 'Views', keys: ['4'] },
  { id: 'view.next', title: 'Next view', category: 'Views', keys: ['tab'] },
  { id: 'view.previous', title: 'Previous view', category: 'Views', keys: ['shift+tab'] },
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
    id: 'stream.pause',
    title: 'Pause or resume the view; events still come in',
    category: 'Stream',
    keys: ['p'],
    views: ['stream'],
    hint: 'pause',
  },
  {
    id: 'stream.follow',
    title: 'Follow new events, or stop following',
    category: 'Stream',
    keys: ['F'],
    views: ['stream'],
    hint: 'follow',
  },
  {
    id: 'policy.toggle',
    title: 'Switch the policy between off and monitor',
    category: 'Policies',
    keys: ['space'],
    views: ['policies'],
    hint: 'off/monitor',
  },
  {
    id: 'policy.arm',
    title: 'Arm the policy: the kernel kills what it matches',
    category: 'Policies',
    keys: ['a'],
    views: ['policies'],
    hint: 'arm',
  },
  {
    id: 'policy.disarmAll',
    title: 'Disarm everything at once',
    category: 'Policies',
    keys: ['!'],
    hint: 'disarm all',
  },
  { id: 'app.help', title: 'This help', category: 'Program', keys: ['?', 'f1'], hint: 'help' },
  { id: 'app.redraw', title: 'Draw the screen anew', category: 'Program', keys: ['ctrl+l'] },
  { id: 'app.suspend', title: 'Suspend, back to the shell', category: 'Program', keys: ['ctrl+z'] },
  {
    id: 'app.back',
    title: 'One level back; never quits',
    category: 'Program',
    keys: ['escape'],
  },
  { id: 'app.quit', title: 'Quit', category: 'Program', keys: ['q', 'ctrl+c'], hint: 'quit' },
];

/** The views in the order of their tabs. */
export const VIEWS: readonly { view: View; title: string; command: CommandId }[] = [
  { view: 'stream', title: 'Stream', command: 'view.stream' },
  { view: 'policies', title: 'Policies', command: 'view.policies' },
];

/** The command of a key in a view. */
export function commandOf(key: string, view: View): Command | undefined {
  return COMMANDS.find(
    (command) => command.keys.includes(key) && (command.views?.includes(view) ?? true),
  );
}

/** Not only in certain views. */
export const isEverywhere = (command: Command): boolean => command.views === undefined;

/** The key that the screen shows for a command. */
export function keyOf(id: CommandId): string {
  return COMMANDS.find((command) => command.id === id)?.keys[0] ?? '';
}

const KEY_LABELS: Readonly<Record<string, string>> = {
  pageup: 'PgUp',
  pagedown: 'PgDn',
  escape: 'Esc',
  up: '↑',
  down: '↓',
};

const capitalized = (word: string) => `${word[0]?.toUpperCase() ?? ''}${word.slice(1)}`;

/** Keys as people write them: `space` as Space, `ctrl+l` as Ctrl-L. */
export function keyLabel(key: string): string {
  return key
    .split(/\+(?=.)/)
    .map((part) => KEY_LABELS[part] ?? (part.length === 1 ? part : capitalized(part)))
    .join('-')
    .replace(
      /^(Ctrl|Alt)-([a-z])$/,
      (_all, modifier, letter) => `${modifier}-${letter.toUpperCase()}`,
    );
}
