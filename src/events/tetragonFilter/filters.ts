import { escapeText } from '../text.ts';
import type { Event } from '../types.ts';
import type { CelCompiler } from './cel.ts';
import { type Condition, type FilterAbilities, readConditions } from './conditions.ts';
import type { Descendants } from './descendants.ts';
import { type FieldReader, fieldsOf } from './fields.ts';
import { type PlacedObject, readObjects } from './jsonObjects.ts';

/**
 * Tetragon's export filters: `--export-allowlist` and `--export-denylist`, and the lists of a GetEvents request. In a filter all
 * fields must hold, of each list one entry; of filters, one.
 */

/** What filters with `pid_set` must be told of processes. */
export type ProcessNews = Pick<Descendants, 'start' | 'onFork' | 'onExit'>;

export type FilterOptions = {
  readonly abilities: FilterAbilities;
  /** Told, once for each expression, of the first event that a CEL expression fails on. Such an event doesn't match. */
  readonly onError?: ((message: string) => void) | undefined;
};

export type EventFilter = ProcessNews & {
  /** Whether it is to be told: allowed, or nothing says what is allowed, and not denied. */
  wants(event: Event): boolean;
};

/** Filters as they were given, read but not compiled. */
export type FilterLists = {
  readonly allow: readonly PlacedObject[];
  readonly deny: readonly PlacedObject[];
};

/** Of `--export-allowlist` and `--export-denylist`: JSON objects, one a line. @throws FilterError when it is no JSON */
export const readFilterLists = (allow: string, deny: string): FilterLists => ({
  allow: readObjects(allow, '--export-allowlist'),
  deny: readObjects(deny, '--export-denylist'),
});

/** Of a GetEvents request, as parsed JSON with protobuf's names of fields. */
export const requestFilterLists = (
  allowList: readonly unknown[],
  denyList: readonly unknown[],
): FilterLists => ({
  allow: allowList.map((value, index) => ({ value, place: `allow_list[${index}]` })),
  deny: denyList.map((value, index) => ({ value, place: `deny_list[${index}]` })),
});

/** @throws FilterError when one of them is wrong: then none is used */
export async function compileFilters(
  { allow, deny }: FilterLists,
  options: FilterOptions,
): Promise<EventFilter> {
  const cel = [...allow, ...deny].some(usesCel)
    ? (await import('./cel.ts')).createCelCompiler()
    : undefined;
  const allowed = allow.map((one) => compileOne(one, options, cel));
  const denied = deny.map((one) => compileOne(one, options, cel));
  const followed = [...allowed, ...denied].flatMap(({ descendants }) => descendants ?? []);
  return {
    wants: (event) =>
      (allowed.length === 0 || allowed.some(({ matches }) => matches(event))) &&
      !denied.some(({ matches }) => matches(event)),
    start(processes) {
      for (const one of followed) one.start(processes);
    },
    onFork(pid, creator) {
      for (const one of followed) one.onFork(pid, creator);
    },
    onExit(pid) {
      for (const one of followed) one.onExit(pid);
    },
  };
}

const usesCel = ({ value }: PlacedObject): boolean =>
  typeof value === 'object' &&
  value !== null &&
  ('cel_expression' in value || 'celExpression' in value);

type CompiledFilter = {
  readonly matches: Condition;
  readonly descendants: Descendants | undefined;
};

function compileOne(
  { value, place }: PlacedObject,
  { abilities, onError }: FilterOptions,
  cel: CelCompiler | undefined,
): CompiledFilter {
  const reader = fieldsOf(value, place, 'a filter');
  const { conditions, descendants } = readConditions(reader, abilities);
  const expression = readExpressions(reader, cel, onError);
  reader.end();
  if (expression) conditions.push(expression);
  return { matches: (event) => conditions.every((holds) => holds(event)), descendants };
}

/** The last one, for it costs the most. */
function readExpressions(
  reader: FieldReader,
  cel: CelCompiler | undefined,
  onError: ((message: string) => void) | undefined,
): Condition | undefined {
  const sources = reader.strings('cel_expression');
  if (!sources || !cel) return undefined;
  const expressions = sources.map((source): Condition => {
    try {
      return tolerant(cel.compile(source), (reason) =>
        onError?.(`${reader.place}, cel_expression: ${reason}`),
      );
    } catch (error) {
      return reader.fail('cel_expression', error instanceof Error ? error.message : String(error));
    }
  });
  return (event) => expressions.some((holds) => holds(event));
}

/** An expression that fails on an event doesn't match it, and says so once. */
function tolerant(evaluate: Condition, onError: (reason: string) => void): Condition {
  let hasFailed = false;
  return (event) => {
    try {
      return evaluate(event);
    } catch (error) {
      // It may quote the event.
      if (!hasFailed) onError(escapeText(error instanceof Error ? error.message : String(error)));
      hasFailed = true;
      return false;
    }
  };
}
