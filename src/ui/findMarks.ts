import { belowOf } from './overlay.ts';
import type { Panes } from './panes/all.ts';
import type { AppState, Overlay } from './state.ts';
import type { Theme } from './theme.ts';
import { highlightLine } from './views/highlight.ts';

/** What stands in the view's place, below what only covers its end. */
function pageOf(overlay: Overlay | undefined): Overlay | undefined {
  const isPage =
    overlay === undefined ||
    overlay.kind === 'detail' ||
    overlay.kind === 'policy' ||
    (overlay.kind === 'dialog' && overlay.dialog.place === 'view');
  return isPage ? overlay : pageOf(belowOf(overlay));
}

/** The view's finished lines with what is looked for marked in them. */
export function markFound(
  lines: string[],
  { find, overlay, view }: Pick<AppState, 'find' | 'overlay' | 'view'>,
  panes: Panes,
  theme: Theme,
): string[] {
  const page = pageOf(overlay);
  // What has keys of its own for n and N has no marks either.
  if (!find || (page?.kind === 'dialog' && !page.dialog.find)) return lines;
  const target = page === undefined ? panes[view].find : undefined;
  const { texts } = find.wantedIn(target?.fields);
  const head = target?.head ?? 0;
  return lines.map((line, row) =>
    row < head ? line : highlightLine(line, texts, theme['find.match']),
  );
}
