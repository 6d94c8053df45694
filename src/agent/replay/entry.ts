import { decodeEvent } from '../../events/json.ts';
import type { Event } from '../../events/types.ts';
import { decodeRecordingLine, isRecordingLine, type RecordingLine } from '../recording/format.ts';
import type { Line } from './lines.ts';
import { isWellFormed } from './recordedShapes.ts';

/** What a line of a log or a recording is. */
export type Entry =
  | { readonly kind: 'event'; readonly event: Event }
  | { readonly kind: 'recorded'; readonly line: RecordingLine }
  | { readonly kind: 'blank' }
  /** The last line, of which only a part was written. */
  | { readonly kind: 'cut' }
  /** `reason` may quote the line: hostile. */
  | { readonly kind: 'bad'; readonly reason: string };

const NO_SUCH_LINE: Entry = { kind: 'bad', reason: 'not as Trigon writes it' };
const BYTE_ORDER_MARK = '\uFEFF';

export function readEntry({ bytes, number, isTooLong, isUnended }: Line): Entry {
  if (isTooLong) return { kind: 'bad', reason: 'longer than 8 MiB' };
  const whole = bytes.toString('utf8');
  const text = number === 1 && whole.startsWith(BYTE_ORDER_MARK) ? whole.slice(1) : whole;
  if (text.trim() === '') return { kind: 'blank' };
  try {
    if (isRecordingLine(text)) {
      const line = decodeRecordingLine(text);
      return isWellFormed(line) ? { kind: 'recorded', line } : NO_SUCH_LINE;
    }
    return { kind: 'event', event: decodeEvent(text) };
  } catch (error) {
    if (isUnended) return { kind: 'cut' };
    return { kind: 'bad', reason: error instanceof Error ? error.message : String(error) };
  }
}
