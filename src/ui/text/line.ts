import { isPrintableAscii, neutralize } from './controls.ts';
import { displayWidth, truncateColumns } from './width.ts';

/** A style as the painter sees it: the SGR sequence that switches it on, '' for the terminal's own. */
export type Style = { readonly open: string };

/** A run of text in one style; without a style it is painted in the terminal's own. */
export type Span = { readonly text: string; readonly style?: Style | undefined };

/** Ends every styled run, so that no style ever leaks into the next run or row. */
export const STYLE_END = '\x1b[0m';

/**
 * One screen line of at most `width` columns from styled spans. Neighbours in the same style share one
 * SGR sequence; nothing is padded to the right edge; control characters become U+FFFD.
 */
export const renderLine = (spans: readonly Span[], width: number): string => {
  let line = '';
  let open = '';
  let room = width;
  for (const span of spans) {
    if (room <= 0) break;
    if (span.text === '') continue;
    let text = span.text;
    let taken = text.length;
    let isCut = false;
    if (isPrintableAscii(text)) {
      if (taken > room) {
        text = text.slice(0, room);
        taken = room;
      }
    } else {
      const safe = neutralize(text);
      text = truncateColumns(safe, room);
      isCut = text.length < safe.length;
      taken = displayWidth(text);
    }
    const wanted = span.style?.open ?? '';
    if (wanted !== open) {
      if (open !== '') line += STYLE_END;
      line += wanted;
      open = wanted;
    }
    line += text;
    // A wide character that did not fit ends the line: later spans must not move up into its place.
    room = isCut ? 0 : room - taken;
  }
  return open === '' ? line : line + STYLE_END;
};
