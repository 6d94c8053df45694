import { suggest } from '../suggest.ts';
import { COMMANDS, type Command, type CommandId, VIEWS } from './commands.ts';
import { formatKey, parseKey } from './terminal/keys.ts';

/** What the operator wrote: a command and the keys it shall have. */
export type Binding = { readonly command: string; readonly keys: readonly string[] };

/** Which of the bindings, which of its keys (undefined: the whole of it), and why it isn't used. */
export type BindingProblem = {
  readonly binding: number;
  readonly key: number | undefined;
  readonly text: string;
};

export type CheckedBindings = {
  /** For `rebindKeys`. */
  readonly keys: ReadonlyMap<CommandId, readonly string[]>;
  readonly problems: readonly BindingProblem[];
};

/**
 * Keys that always mean the same, whatever else a command is given: the way out of a program that has the keyboard, one level back,
 * and disarming, which must not have to be remembered.
 */
const FIXED: ReadonlyMap<string, CommandId> = new Map([
  ['ctrl+c', 'app.quit'],
  ['escape', 'app.back'],
  ['!', 'policy.disarmAll'],
  ['alt+!', 'policy.disarmAll'],
]);

/** Terminals send the same byte for these as for a key of their own (ECMA-48: HT, LF, CR, BS, ESC). */
const SAME_BYTE: ReadonlyMap<string, string> = new Map([
  ['ctrl+i', 'Tab'],
  ['ctrl+j', 'Enter'],
  ['ctrl+m', 'Enter'],
  ['ctrl+h', 'Backspace'],
  ['ctrl+[', 'Esc'],
]);

/** What kills, arms or changes a policy must not lie where a slip of the hand on Ctrl-C or Ctrl-D finds it. */
const DESTRUCTIVE: ReadonlySet<CommandId> = new Set([
  'row.signal',
  'policy.arm',
  'policy.toggle',
  'policy.edit',
  'policy.test',
]);

type Wanted = { readonly binding: number; readonly key: number; readonly spec: string };

/** Checks bindings against the command table and each other: what is wrong is left out, the rest is used. */
export function checkBindings(bindings: readonly Binding[]): CheckedBindings {
  const problems: BindingProblem[] = [];
  const wanted = new Map<CommandId, Wanted[]>();
  for (const [binding, { command: id, keys }] of bindings.entries()) {
    const command = COMMANDS.find((known) => known.id === id);
    if (!command) {
      problems.push({ binding, key: undefined, text: unknownCommand(id) });
      continue;
    }
    const fixed = [...FIXED].find(([, owner]) => owner === command.id)?.[0];
    if (keys.length === 0 && fixed !== undefined)
      problems.push({ binding, key: undefined, text: `${id} can't be without a key` });
    const good: Wanted[] = [];
    for (const [key, written] of keys.entries()) {
      const spec = specOf(written);
      const text = spec === undefined ? unknownKey(written) : keyProblem(spec, command);
      if (text !== undefined) problems.push({ binding, key, text });
      else if (spec !== undefined) good.push({ binding, key, spec });
    }
    // Nothing good among them: the command keeps its own.
    if (good.length > 0 || keys.length === 0) wanted.set(command.id, good);
  }
  for (let clash = firstClash(wanted); clash; clash = firstClash(wanted)) {
    problems.push(clash.problem);
    const { id, key } = clash;
    const rest = (wanted.get(id) ?? []).filter((other) => other !== key);
    if (rest.length > 0) wanted.set(id, rest);
    else wanted.delete(id);
  }
  const keys = new Map(
    [...wanted].map(([id, of]) => [id, withFixed(id, [...new Set(of.map(({ spec }) => spec))])]),
  );
  return { keys, problems };
}

/** The name that the key parser gives it. */
function specOf(written: string): string | undefined {
  const key = parseKey(written);
  return key && formatKey(key);
}

const unknownKey = (written: string): string =>
  `"${written}" is no key; keys are written as ctrl+l, shift+tab, space, f9 or G`;

function unknownCommand(id: string): string {
  const near = suggest(
    id,
    COMMANDS.map((command) => command.id),
  );
  return `there is no command "${id}"${near ? `; did you mean "${near}"?` : ': docs/keys.md lists them'}`;
}

/** Why the command can't have the key, or undefined. */
function keyProblem(spec: string, { id }: Command): string | undefined {
  const owner = FIXED.get(spec);
  if (owner !== undefined && owner !== id) return `${spec} always is ${owner}`;
  const twin = SAME_BYTE.get(spec);
  if (twin !== undefined) return `terminals send the same for ${spec} as for ${twin}`;
  if (DESTRUCTIVE.has(id) && /^ctrl\+[a-z]$/.test(spec))
    return `${id} must not be on a Ctrl letter: a slip would be too easy`;
  return undefined;
}

function withFixed(id: CommandId, keys: readonly string[]): readonly string[] {
  const fixed = [...FIXED].flatMap(([key, owner]) => (owner === id ? [key] : []));
  return [...keys, ...fixed.filter((key) => !keys.includes(key))];
}

type Clash = { readonly id: CommandId; readonly key: Wanted; readonly problem: BindingProblem };

/** The first key that the operator gave to a command while another one has it in the same view. */
function firstClash(wanted: ReadonlyMap<CommandId, readonly Wanted[]>): Clash | undefined {
  // The later of two bindings gives way.
  for (const [id, keys] of [...wanted].reverse()) {
    const command = COMMANDS.find((known) => known.id === id);
    for (const key of command ? [...keys].reverse() : []) {
      const other = COMMANDS.find(
        (known) =>
          known.id !== id &&
          command !== undefined &&
          meet(known, command) &&
          (wanted.get(known.id)?.map(({ spec }) => spec) ?? known.keys).includes(key.spec),
      );
      if (!other) continue;
      const where = VIEWS.find(
        ({ view }) => (command?.views ?? [view]).includes(view) && inView(other, view),
      );
      const text = `${key.spec} is the key of ${other.id}${where && (command?.views || other.views) ? ` in ${where.title}` : ''} already`;
      return { id, key, problem: { binding: key.binding, key: key.key, text } };
    }
  }
  return undefined;
}

const inView = ({ views }: Command, view: (typeof VIEWS)[number]['view']): boolean =>
  views?.includes(view) ?? true;

/** Both can be meant by a key: in some view, and in a lab or outside. A lab's own commands go first, so they take no key away. */
const meet = (a: Command, b: Command): boolean =>
  a.inLab === b.inLab && VIEWS.some(({ view }) => inView(a, view) && inView(b, view));
