import { SLOTS, type Theme } from '../theme.ts';

/** SGR 7 and 8, which no line on its way to a reader holds for anything else. */
const CURSOR = '\x1b[7m';
const FRAME = '\x1b[8m';

const MARKS: Readonly<Record<string, string>> = { cursor: CURSOR, frame: FRAME };

/** No style but two marks, by which the line with the cursor and what only draws are known before all styles are taken away. */
export const READER_THEME: Theme = Object.fromEntries(
  SLOTS.map((slot) => [slot, { open: MARKS[slot] ?? '' }]),
) as Theme;

export const hasCursor = (line: string): boolean => line.includes(CURSOR);

const FRAMES = /\x1b\[8m.*?\x1b\[0m/g;

/** A finished line without rules, frames and guides; what looks like them in other programs' text stays. */
export const withoutFrames = (line: string): string => line.replace(FRAMES, ' ');
