import type { Codec, MessageField } from '../codec.ts';

/** Paths into messages as a tree; `all`: all of what is there. */
export type PathTree = Map<string, PathTree | 'all'>;

/** @param steps names of fields as on the wire, from the message inwards */
export function addPath(tree: PathTree, [step, ...rest]: readonly string[]): void {
  if (step === undefined) return;
  const below = tree.get(step);
  if (below === 'all') return;
  if (rest.length === 0) {
    tree.set(step, 'all');
    return;
  }
  const branch: PathTree = below ?? new Map();
  tree.set(step, branch);
  addPath(branch, rest);
}

type Wrong = { readonly step: string; readonly known: readonly string[] };

/**
 * A path's steps as they stand on the wire. Names may be written in snake_case or camelCase.
 *
 * @param roots messages of which one has to have it
 * @returns the first step that none of them has, with those that there are
 */
export function resolvePath(
  roots: readonly Codec<unknown>[],
  path: string,
): { steps: string[]; wrong?: undefined } | { steps?: undefined; wrong: Wrong } {
  const steps: string[] = [];
  let codecs = roots;
  for (const step of path.split('.')) {
    // Any key of a map.
    if (codecs.some(({ shape }) => shape.kind === 'textMap')) {
      steps.push(step);
      codecs = [];
      continue;
    }
    const members = codecs.flatMap(membersOf);
    const found = members.filter(({ name }) => plain(name) === plain(step));
    const [first] = found;
    if (!first) return { wrong: { step, known: [...new Set(members.map(({ name }) => name))] } };
    steps.push(first.name);
    codecs = found.flatMap(({ codec }) => codec ?? []);
  }
  return { steps };
}

const plain = (name: string): string => name.replaceAll('_', '').toLowerCase();

type Member = { readonly name: string; readonly codec: Codec<unknown> | undefined };

function membersOf(codec: Codec<unknown>): Member[] {
  const { shape } = codec;
  switch (shape.kind) {
    case 'list':
      return membersOf(shape.element);
    case 'message':
      return shape.fields.map(({ wireName, codec: of }) => ({ name: wireName, codec: of }));
    case 'oneof':
      return [
        ...Object.entries(shape.members).map(([name, of]) => ({ name, codec: of })),
        { name: 'label', codec: undefined },
      ];
    default:
      return [];
  }
}

/**
 * A value with, or without, what the paths lead to. Properties that the codec doesn't know stay.
 *
 * @param keeps whether the paths lead to what stays, or to what goes
 */
export function withPaths(
  value: unknown,
  codec: Codec<unknown>,
  tree: PathTree,
  keeps: boolean,
): unknown {
  const { shape } = codec;
  switch (shape.kind) {
    case 'list':
      return (value as readonly unknown[]).map((one) => withPaths(one, shape.element, tree, keeps));
    case 'message':
      return messageWithPaths(value as Properties, shape.fields, tree, keeps);
    case 'oneof':
      return memberWithPaths(value as Argument, shape.members, tree, keeps);
    case 'textMap':
      return Object.fromEntries(
        Object.entries(value as Properties).filter(([key]) => tree.has(key) === keeps),
      );
    default:
      // A path that leads into a message of another event.
      return value;
  }
}

type Properties = Readonly<Record<string, unknown>>;

function messageWithPaths(
  message: Properties,
  fields: readonly MessageField[],
  tree: PathTree,
  keeps: boolean,
): Properties {
  const changed: Record<string, unknown> = { ...message };
  for (const { property, wireName, presence, codec } of fields) {
    const value = message[property];
    const below = tree.get(wireName);
    if (value === undefined || (below === undefined ? !keeps : below === 'all' && keeps)) continue;
    if (below !== undefined && below !== 'all')
      changed[property] = withPaths(value, codec, below, keeps);
    else if (presence === 'plain') changed[property] = codec.zero();
    else delete changed[property];
  }
  return changed;
}

/** An argument: its value under the name of its kind. One without a value still keeps its place. */
type Argument = { readonly kind: string; readonly value?: unknown; readonly label?: string };

function memberWithPaths(
  { kind, value, label }: Argument,
  members: Readonly<Record<string, Codec<unknown>>>,
  tree: PathTree,
  keeps: boolean,
): Argument {
  const labelled = label !== undefined && tree.has('label') === keeps ? { label } : {};
  const below = tree.get(kind);
  const codec = members[kind];
  if (below === undefined ? keeps : below === 'all' && !keeps)
    return { kind: 'unknown', ...labelled };
  if (below === undefined || below === 'all' || !codec) return { kind, value, ...labelled };
  return { kind, value: withPaths(value, codec, below, keeps), ...labelled };
}
