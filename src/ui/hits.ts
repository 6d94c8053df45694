import type { CommandId } from './commands.ts';
import type { PaneSize } from './panes/pane.ts';
import { displayWidth } from './text/width.ts';
import type { HitSpan } from './views/chrome.ts';

/** What lies at a place on the screen, for the mouse. */
export type Hit =
  | { readonly kind: 'tab'; readonly command: CommandId }
  /** A hint of the footer: as if its key were pressed. */
  | { readonly kind: 'hint'; readonly press: string }
  /** The bar of a replay, at a time: ns since the epoch. */
  | { readonly kind: 'time'; readonly time: bigint }
  /** A line of what stands in the view's place; counted from 0, as the column. */
  | {
      readonly kind: 'view';
      readonly line: number;
      readonly column: number;
      readonly size: PaneSize;
    }
  /** A line of what lies over the end of the view. */
  | {
      readonly kind: 'menu';
      readonly line: number;
      readonly column: number;
      readonly size: PaneSize;
    };

/** What the last paint has put where. The lines of tabs and footer come from the code that draws them. */
export type Shown = {
  readonly rows: number;
  /** Lines above and below the view: the tabs are the second, the footer the last, behind a replay's bar. */
  readonly top: number;
  readonly bottom: number;
  readonly tabs: () => readonly HitSpan<CommandId>[];
  readonly footer: () => readonly HitSpan<string>[];
  /** Nothing without a replay. */
  readonly playback: () => readonly HitSpan<bigint>[];
  /** The view without the narrator. */
  readonly view: PaneSize;
  /** Lines at the view's end that a menu takes. */
  readonly covered: number;
};

const TABS_ROW = 1;

/** @param column from 0, as `row` @returns undefined: nothing that a click does anything to */
export function hitAt(column: number, row: number, shown: Shown): Hit | undefined {
  const { rows, top, view, covered } = shown;
  const line = row - top;
  if (line >= 0 && line < view.height) {
    if (column >= view.width) return undefined;
    const free = view.height - covered;
    const size = { width: view.width, height: view.height };
    if (line >= free) return { kind: 'menu', line: line - free, column, size };
    return { kind: 'view', line, column, size: { ...size, height: free } };
  }
  if (row === TABS_ROW && top > TABS_ROW) {
    const command = spanAt(shown.tabs(), column)?.hit;
    return command && { kind: 'tab', command };
  }
  if (row === rows - 2) {
    const time = spanAt(shown.playback(), column)?.hit;
    return time === undefined ? undefined : { kind: 'time', time };
  }
  if (row !== rows - 1) return undefined;
  const press = spanAt(shown.footer(), column)?.hit;
  return press === undefined ? undefined : { kind: 'hint', press };
}

/** The span over a column of a line. */
function spanAt<T>(spans: readonly HitSpan<T>[], column: number): HitSpan<T> | undefined {
  let end = 0;
  for (const span of spans) {
    end += displayWidth(span.text);
    if (column < end) return span;
  }
  return undefined;
}
