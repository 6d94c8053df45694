import { SLOTS, type Theme } from '../theme.ts';

/** SGR 7, which no line on its way to a reader holds for anything else. */
const MARK = '\x1b[7m';

/** No style but one, by which the line with the cursor is known before all styles are taken away. */
export const READER_THEME: Theme = Object.fromEntries(
  SLOTS.map((slot) => [slot, { open: slot === 'cursor' ? MARK : '' }]),
) as Theme;

export const hasCursor = (line: string): boolean => line.includes(MARK);
