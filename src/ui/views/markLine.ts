import { escapeText } from '../../events/text.ts';
import type { Mark } from '../store/marks.ts';
import { secondsText } from '../store/timeText.ts';
import { escapeNonAscii } from '../text/ascii.ts';
import { renderLine } from '../text/line.ts';
import type { Theme } from '../theme.ts';

/** `mark 1 12:03:11 name`: the name is the operator's, from a keyboard or a paste. */
export function markLabel({ number, time, name }: Mark, ascii: boolean): string {
  const safe = ascii ? escapeNonAscii(escapeText(name)) : escapeText(name);
  const at = secondsText(BigInt(time) * 1_000_000n);
  return `mark ${number} ${at}${safe === '' ? '' : ` ${safe}`}`;
}

/** A mark between two rows of the stream: `── mark 1 12:03:11 ──`, as wide as the screen. */
export function markLine(
  mark: Mark,
  { theme, width, ascii }: { theme: Theme; width: number; ascii: boolean },
): string {
  const dash = ascii ? '-' : '─';
  return renderLine(
    [
      { text: dash.repeat(2), style: theme['status.paused'] },
      { text: ` ${markLabel(mark, ascii)} `, style: theme['text.strong'] },
      { text: dash.repeat(width), style: theme['status.paused'] },
    ],
    width,
  );
}
