import type { Fact } from '../../events/facts.ts';
import type {
  LostCounts,
  PolicyDescription,
  PolicyState,
  RecordedMark,
  TreeProcess,
} from '../messages.ts';

/**
 * A recording: JSON lines, compressed with zstd in many frames. Events are lines as Tetragon's export has them; between them stand
 * lines of ours, `{"trigon_recorded":{"kind":…}}`, which readers of Tetragon's logs skip as no event. A writer that is killed leaves
 * no `end`, and may leave a part of a frame: whoever reads takes what is whole.
 */
export type RecordingLine =
  /** The first. `startedAt`: ms since the epoch. */
  | { kind: 'begin'; version: 1; node: string; kernel: string; startedAt: number }
  /** Processes that ran when it began, a few hundred a line. */
  | { kind: 'processes'; processes: readonly TreeProcess[] }
  /** Policies that changed or went. `all`: ids of those there are, any other has gone. */
  | {
      kind: 'policies';
      changed: readonly PolicyDescription[];
      removed: readonly number[];
      all?: readonly number[];
    }
  /** Their counters, when they changed. */
  | { kind: 'states'; states: readonly PolicyState[] }
  /** Events that were lost so far, when that changed. */
  | { kind: 'lost'; lost: LostCounts }
  | { kind: 'facts'; facts: readonly Fact[] }
  | { kind: 'mark'; mark: RecordedMark; isSet: boolean }
  /** These are all there are. */
  | { kind: 'marks'; marks: readonly RecordedMark[] }
  /** The last, of a recording that was ended in order. */
  | { kind: 'end'; events: number };

const KEY = 'trigon_recorded';
const PREFIX = `{"${KEY}":`;

/** 64-bit integers are written so: JSON's numbers would lose digits. */
type Written = { readonly $int: string };

const write = (_key: string, value: unknown): unknown =>
  typeof value === 'bigint' ? ({ $int: String(value) } satisfies Written) : value;

const read = (_key: string, value: unknown): unknown =>
  isWritten(value) ? BigInt(value.$int) : value;

const isWritten = (value: unknown): value is Written =>
  typeof value === 'object' &&
  value !== null &&
  '$int' in value &&
  typeof value.$int === 'string' &&
  /^-?\d{1,20}$/.test(value.$int);

/** Without the line's end. */
export const encodeRecordingLine = (line: RecordingLine): string =>
  JSON.stringify({ [KEY]: line }, write);

/** Whether a line is one of ours, and no event. */
export const isRecordingLine = (line: string): boolean => line.startsWith(PREFIX);

/**
 * Undoes {@link encodeRecordingLine}. What stands in it is checked no further than that it has a kind: replay/recordedShapes.ts does.
 *
 * @throws SyntaxError when it is cut off or no JSON
 */
export function decodeRecordingLine(line: string): RecordingLine {
  const value: unknown = JSON.parse(line, read);
  const body = (value as { readonly [KEY]?: { readonly kind?: unknown } } | null)?.[KEY];
  if (typeof body?.kind !== 'string') throw new SyntaxError('no kind of line is named');
  return body as RecordingLine;
}
