import type { LabInput, LabSession } from '../../labs/session.ts';
import type { CommandId } from '../commands.ts';
import { renderLine } from '../text/line.ts';
import type { Theme } from '../theme.ts';
import { narratorLines } from '../views/narratorLines.ts';
import type { PaneSize } from './pane.ts';

/** The narrator of a lab on the screen. */
export type NarratorState = {
  session: LabSession;
  /** Lines that are scrolled off; Infinity: to the end. Settled by the next paint. */
  top: number;
};

/** A rectangle of what the frame leaves; rows and columns count from its corner. */
export type NarratorPlace = PaneSize & { row: number; column: number };

const SIDE_FROM_COLUMNS = 120;
const WIDEST = 64;
const HIGHEST = 14;
const SHARE = 0.4;

/** Where the narrator stands beside or below the view. */
export function narratorPlace({ width, height }: PaneSize): NarratorPlace {
  if (width >= SIDE_FROM_COLUMNS) {
    const own = Math.min(WIDEST, Math.floor(width / 3));
    return { row: 0, column: width - own, width: own, height };
  }
  const own = Math.min(HIGHEST, Math.ceil(height * SHARE));
  return { row: height - own, column: 0, width, height: own };
}

/** What the narrator leaves of the room. */
export function besideNarrator(size: PaneSize): PaneSize {
  const { row, column } = narratorPlace(size);
  return column > 0 ? { ...size, width: column } : { ...size, height: row };
}

/** The finished lines of the narrator's place. Settles where it is scrolled to. */
export function narratorPaneLines(
  state: NarratorState,
  place: NarratorPlace,
  theme: Theme,
): string[] {
  const isBeside = place.column > 0;
  const border = isBeside ? 1 : 0;
  const width = place.width - border;
  const { head, body, foot } = narratorLines(state.session, { theme, width, isRoomy: isBeside });
  const rule = isBeside
    ? []
    : [renderLine([{ text: '─'.repeat(width), style: theme.frame }], width)];
  const room = place.height - rule.length - head.length - foot(false).length;
  const last = Math.max(0, body.length - room);
  state.top = Math.max(0, Math.min(state.top, last));
  const shown = body.slice(state.top, state.top + room);
  const blank = Array.from({ length: Math.max(0, room - shown.length) }, () => '');
  const lines = [...rule, ...head, ...shown, ...blank, ...foot(last > 0)];
  if (!isBeside) return lines;
  const edge = renderLine([{ text: '│', style: theme.frame }], 1);
  return lines.map((line) => edge + line);
}

const INPUTS: Readonly<
  Partial<Record<CommandId, LabInput & { kind: 'next' | 'hint' | 'choose' | 'again' }>>
> = {
  'lab.next': { kind: 'next' },
  'lab.hint': { kind: 'hint' },
  'lab.choose': { kind: 'choose' },
  'lab.again': { kind: 'again' },
};

/** What a key means for the lab; undefined: nothing. */
export const labInputOf = (id: CommandId) => INPUTS[id];

/** False: not a key that scrolls. */
export function scrollNarrator(state: NarratorState, id: CommandId): boolean {
  if (id !== 'lab.up' && id !== 'lab.down') return false;
  state.top += id === 'lab.up' ? -3 : 3;
  return true;
}
