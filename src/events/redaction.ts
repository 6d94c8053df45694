import { RE2JS } from 're2js';
import { type JoinedPlace, joinArguments, placesInJoined } from './arguments.ts';
import type { EnvironmentVariable } from './types.ts';

/**
 * What nobody gets to see of command lines and environments: Tetragon's redaction filters. Arguments of policy events are not
 * looked at, as in Tetragon: what a hook was called with is what its policy asked for.
 */

/** Tetragon's `--redaction-filters`. */
export type RedactionFilter = {
  /** Of the processes it is about, by `process.binary`; empty: of all. RE2. */
  readonly binaryRegex: readonly string[];
  /** Text of their capture groups becomes `*****`; of groups within each other, the outer one's. RE2. */
  readonly redact: readonly string[];
};

/** What stands in the place of a hidden text, however long it was. */
const REDACTED = '*****';

/**
 * Each function returns what it was given, the same object, when nothing of it is to be hidden. A text in which more is found than
 * there is time for is hidden whole: any process may have such command lines, and time spent on them is missing elsewhere.
 */
export type Redaction = {
  /** Time begins to run for what comes until the next call: to be called with each record. */
  begin(): void;
  /**
   * Patterns see argv[1..] as Tetragon's `arguments` has them, and argv[0] on its own. A hidden text that spans several arguments
   * makes them one; one that takes in a quote, which only an argument with spaces has, hides this argument whole.
   */
  argv(binary: string, argv: readonly string[]): readonly string[];
  /** Patterns see each variable on its own, as `NAME=value`. */
  environment(
    binary: string,
    variables: readonly EnvironmentVariable[],
  ): readonly EnvironmentVariable[];
};

/** In a text, from `start` up to, not including, `end`. */
type Range = { readonly start: number; readonly end: number };

/** Ms for a record. Each find may cost time in proportion to the text's length (8 KB: 0.1 ms and more), so a text of finds its square. */
const MOST_MS = 25;
/** Characters that are always looked through, one find after the other: this thread may have had to wait meanwhile, which says nothing about the text. */
const FREE_CHARACTERS = 256 << 10;

/** The time that may be spent on a record. */
type Budget = {
  /** Before a find in a text of this length. */
  isOver(length: number): boolean;
  /** A text is hidden whole for lack of it. */
  overrun(): void;
};

/**
 * @param onOverrun a text was hidden whole because there was too much in it: told the first time
 * @param now ms, of a clock that only goes forward
 * @returns undefined when there are no filters
 * @throws Error when a regular expression is wrong
 */
export function createRedaction(
  filters: readonly RedactionFilter[],
  onOverrun: () => void = () => {},
  now: () => number = () => performance.now(),
): Redaction | undefined {
  if (filters.length === 0) return undefined;
  let end = Number.POSITIVE_INFINITY;
  let looked = 0;
  let isTold = false;
  const budget: Budget = {
    isOver(length) {
      looked += length;
      return looked > FREE_CHARACTERS && now() > end;
    },
    overrun() {
      if (isTold) return;
      isTold = true;
      onOverrun();
    },
  };
  const compiled = filters.map(({ binaryRegex, redact }) => ({
    binaries: binaryRegex.map((source) => RE2JS.compile(source)),
    patterns: redact.map((source) => RE2JS.compile(source)),
  }));
  const patternsFor = (binary: string): RE2JS[] =>
    compiled
      .filter(
        ({ binaries }) => binaries.length === 0 || binaries.some((regex) => regex.test(binary)),
      )
      .flatMap(({ patterns }) => patterns);
  return {
    begin() {
      end = now() + MOST_MS;
      looked = 0;
    },
    argv: (binary, argv) =>
      patternsFor(binary).reduce((words, pattern) => redactArguments(words, pattern, budget), argv),
    environment(binary, variables) {
      const patterns = patternsFor(binary);
      const redacted = variables.map((variable) => redactVariable(variable, patterns, budget));
      return redacted.some((variable, index) => variable !== variables[index])
        ? redacted
        : variables;
    },
  };
}

/** How many groups a pattern captures: without one it hides nothing. @throws Error when it is wrong */
export const groupsOf = (source: string): number => RE2JS.compile(source).groupCount();

function redactVariable(
  variable: EnvironmentVariable,
  patterns: readonly RE2JS[],
  budget: Budget,
): EnvironmentVariable {
  const before = `${variable.key}=${variable.value}`;
  const text = patterns.reduce((shown, pattern) => redactText(shown, pattern, budget), before);
  if (text === before) return variable;
  const equals = text.indexOf('=');
  return equals < 0
    ? { key: text, value: '' }
    : { key: text.slice(0, equals), value: text.slice(equals + 1) };
}

function redactText(text: string, pattern: RE2JS, budget: Budget): string {
  let redacted = '';
  let at = 0;
  const ranges = hiddenRanges(text, pattern, budget);
  if (ranges === 'all') return REDACTED;
  for (const { start, end } of ranges) {
    redacted += text.slice(at, start) + REDACTED;
    at = end;
  }
  return redacted + text.slice(at);
}

/** In their order; none overlaps another. `all`: they can't all be found, for lack of time. */
function hiddenRanges(text: string, pattern: RE2JS, budget: Budget): Range[] | 'all' {
  const ranges: Range[] = [];
  const matcher = pattern.matcher(text);
  const groups = matcher.groupCount();
  let last = 0;
  let matched = -1;
  while (groups > 0) {
    if (budget.isOver(text.length)) {
      budget.overrun();
      return 'all';
    }
    if (!matcher.find()) break;
    // As in Go: an empty match right behind the last one is none.
    const isBehind = matcher.start() === matched && matcher.end() === matched;
    matched = matcher.end();
    for (let group = 1; group <= groups && !isBehind; group++) {
      const start = matcher.start(group);
      // A group that took no part starts at -1; one within the last one is hidden already.
      if (start < last) continue;
      last = matcher.end(group);
      ranges.push({ start, end: last });
    }
  }
  return ranges;
}

function redactArguments(
  argv: readonly string[],
  pattern: RE2JS,
  budget: Budget,
): readonly string[] {
  const [name, ...rest] = argv;
  if (name === undefined) return argv;
  const shownName = redactText(name, pattern, budget);
  const shown = redactJoined(argv, pattern, budget);
  return shownName === name && shown === undefined ? argv : [shownName, ...(shown ?? rest)];
}

/** argv[1..] without what is hidden; undefined: nothing is. */
function redactJoined(
  argv: readonly string[],
  pattern: RE2JS,
  budget: Budget,
): string[] | undefined {
  const ranges = hiddenRanges(joinArguments(argv), pattern, budget);
  if (ranges === 'all') return [REDACTED];
  if (ranges.length === 0) return undefined;
  const places = placesInJoined(argv);
  const shown: string[] = [];
  /** The argument under work, what was made of it so far, and how much of its text has been dealt with. */
  let index = 0;
  let made = '';
  let done = 0;
  const text = () => argv[index + 1] ?? '';
  const goTo = (next: number) => {
    for (; index < next; index++) {
      shown.push(made + text().slice(done));
      made = '';
      done = 0;
    }
  };
  for (const range of ranges) {
    const first = placeAt(places, range.start, index);
    const last = placeAt(places, range.end, first);
    const from = inText(places[first], range, 'start');
    const to = inText(places[last], range, 'end');
    goTo(first);
    // A quote took in all of an argument of which a part is hidden already.
    made = from < done ? REDACTED : made + text().slice(done, from) + REDACTED;
    index = last;
    done = Math.max(to, first === last ? done : 0);
  }
  goTo(argv.length - 1);
  return shown;
}

/** The first argument, from a known one on, that ends at the position or behind it: the last one where there is none. */
function placeAt(places: readonly JoinedPlace[], position: number, from: number): number {
  let index = from;
  while (index < places.length - 1 && (places[index]?.to ?? 0) < position) index += 1;
  return index;
}

/** Where in its argument's text a range starts or ends. */
function inText(place: JoinedPlace | undefined, range: Range, edge: keyof Range): number {
  if (!place) return 0;
  const takesQuote =
    place.start > place.from &&
    ((range.start < place.start && range.end > place.from) ||
      (range.end > place.end && range.start < place.to));
  const length = place.end - place.start;
  if (takesQuote) return edge === 'start' ? 0 : length;
  return Math.min(Math.max(range[edge] - place.start, 0), length);
}
