import { suggest } from '../../suggest.ts';
import type { Codec } from '../codec.ts';
import { BODY_CODECS, OWN_CODEC } from '../schema.ts';
import type { Event, EventKind } from '../types.ts';
import { AN_EVENT_TYPE, EVENT_KINDS_BY_TYPE } from './conditions.ts';
import { type FieldReader, fieldsOf } from './fields.ts';
import { type PlacedObject, readObjects } from './jsonObjects.ts';
import { addPath, type PathTree, resolvePath, withPaths } from './paths.ts';

/**
 * Tetragon's `--field-filters`: which fields of events are told. Paths are those of a field mask, relative to the event's message
 * (`process.pid`, not `process_exec.process.pid`); through lists they go on in each element, and behind a map stands a key.
 * What stands beside the message (`node_name`, `time`) always stays.
 */

/** Whichever filters are for an event's type, one after the other. The event is not changed: another one is made. */
export type FieldFilter = (event: Event) => Event;

/**
 * Of what is Trigon's own, what says the same as a field of Tetragon's goes with it when that is excluded. The rest has paths of
 * its own (`trigon.outcome`, `process.trigon.sha256`): a filter that includes fields leaves it out unless it is named.
 */
const TWINS: readonly (readonly [path: string, own: string])[] = [
  ...['process', 'parent', 'ancestors'].map(
    (process) => [`${process}.arguments`, `${process}.trigon.argv`] as const,
  ),
  ['return', 'trigon.return'],
  ['kernel_stack_trace', 'trigon.kernel_stack_trace'],
  ['user_stack_trace', 'trigon.user_stack_trace'],
];

/** Of the journal's events nothing is Tetragon's: they stay whole. */
const FILTERED: readonly EventKind[] = (Object.keys(BODY_CODECS) as EventKind[]).filter(
  (kind) => kind !== 'trigon_journal',
);

/** Of `--field-filters`: JSON objects, one a line. @throws FilterError */
export const parseFieldFilters = (text: string): FieldFilter =>
  compilePlaced(readObjects(text, '--field-filters'));

/** Of a GetEvents request, as parsed JSON with protobuf's names of fields. @throws FilterError */
export const compileFieldFilters = (filters: readonly unknown[]): FieldFilter =>
  compilePlaced(filters.map((value, index) => ({ value, place: `field_filters[${index}]` })));

function compilePlaced(objects: readonly PlacedObject[]): FieldFilter {
  const filters = objects.map(compileOne);
  return (event) => filters.reduce((filtered, filter) => filter(filtered), event);
}

/** Trigon's own beside the message. */
const ENVELOPE_OWN = OWN_CODEC as Codec<unknown>;

const codecOf = (kind: EventKind): Codec<unknown> => BODY_CODECS[kind] as Codec<unknown>;

function compileOne({ value, place }: PlacedObject): FieldFilter {
  const reader = fieldsOf(value, place, 'a field filter');
  const named = reader.names('event_set', EVENT_KINDS_BY_TYPE, AN_EVENT_TYPE) ?? [];
  const isInverted = reader.boolean('invert_event_set') ?? false;
  const keeps = readAction(reader) === 'INCLUDE';
  const kinds = FILTERED.filter(
    (kind) => named.length === 0 || named.includes(kind) !== isInverted,
  );
  const tree: PathTree = new Map();
  for (const path of readPaths(reader, kinds)) {
    addPath(tree, path);
    if (!keeps) for (const own of twinsOf(path)) addPath(tree, own);
  }
  reader.end();
  if (tree.size === 0)
    reader.fail('fields', 'is missing: paths such as "process.binary,process.pid"');
  const own: PathTree = new Map([...tree].filter(([step]) => step === 'trigon'));
  return (event) => {
    if (!kinds.includes(event.kind)) return event;
    const { trigon, ...rest } = withPaths(event, codecOf(event.kind), tree, keeps) as Event;
    // It stands beside the message.
    const shown = withPaths({ trigon }, ENVELOPE_OWN, own, keeps) as Pick<Event, 'trigon'>;
    return shown.trigon && Object.keys(shown.trigon).length > 0
      ? ({ ...rest, trigon: shown.trigon } as Event)
      : (rest as Event);
  };
}

function readAction(reader: FieldReader): 'INCLUDE' | 'EXCLUDE' {
  const action = reader.take('action') ?? 'INCLUDE';
  if (action === 'INCLUDE' || action === 0) return 'INCLUDE';
  if (action === 'EXCLUDE' || action === 1) return 'EXCLUDE';
  return reader.fail('action', 'expected INCLUDE or EXCLUDE');
}

/** A field mask: in JSON paths with commas between them; also a list of paths, and a mask's message. */
function readPaths(reader: FieldReader, kinds: readonly EventKind[]): string[][] {
  const given = reader.take('fields');
  const isMask = typeof given === 'object' && given !== null && 'paths' in given;
  const listed = isMask ? given.paths : given;
  const paths = typeof listed === 'string' ? listed.split(',') : (listed ?? []);
  if (!Array.isArray(paths))
    return reader.fail('fields', 'expected paths such as "process.binary,process.pid"');
  const roots = [...kinds.map(codecOf), ENVELOPE_OWN];
  return paths.flatMap((path) => {
    if (typeof path !== 'string') return reader.fail('fields', 'expected paths in quotes');
    if (path.trim() === '') return [];
    const { steps, wrong } = resolvePath(roots, path.trim());
    if (steps) return [steps];
    const isKind = path.trim().startsWith(`${wrong.step}.`) && wrong.step in BODY_CODECS;
    const near = suggest(wrong.step, wrong.known);
    const hint = near ? `did you mean ${near}?` : `there are ${wrong.known.join(', ')}`;
    return reader.fail(
      'fields',
      isKind
        ? `paths begin within the event: "${path.trim().slice(wrong.step.length + 1)}"`
        : `there is no "${wrong.step}" in "${path}"; ${hint}`,
    );
  });
}

/** Paths of Trigon's own fields that a path of Tetragon's takes with it. */
function twinsOf(steps: readonly string[]): string[][] {
  const path = steps.join('.');
  return TWINS.filter(([twin]) => path === twin || path.startsWith(`${twin}.`)).map(([twin, own]) =>
    (own + path.slice(twin.length)).split('.'),
  );
}
