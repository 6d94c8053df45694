import type { Span } from '../text/line.ts';
import { sparkline } from '../text/sparkline.ts';
import type { Theme } from '../theme.ts';

/** Narrower terminals have no room for it. */
const LEAST_WIDTH = 76;
const MOST_BARS = 60;

/** `execs/s 12 ▁▂▅`: what the view is about per second, and its last minute as far as a quarter of the width shows it. */
export function viewRateSpans(
  { what, meter }: { what: string; meter: { perSecond: number; history: readonly number[] } },
  { theme, width, ascii }: { theme: Theme; width: number; ascii: boolean },
): Span[] {
  if (width < LEAST_WIDTH || what === '') return [];
  const bars = meter.history.slice(-Math.min(MOST_BARS, Math.floor(width / 4)));
  return [
    { text: ` ${what} ${meter.perSecond} `, style: theme['text.dim'] },
    { text: `${sparkline(bars, ascii)} `, style: theme['status.live'] },
  ];
}
