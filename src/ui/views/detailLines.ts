import { escapeText } from '../../events/text.ts';
import { keyOf, keyText } from '../commands.ts';
import type { Focus } from '../detail/focus.ts';
import { type BodyPlace, cursorOf, settleBody } from '../detail/place.ts';
import type { DetailState } from '../detail.ts';
import { renderLine } from '../text/line.ts';
import { truncateColumns } from '../text/width.ts';
import type { Hint } from './chrome.ts';
import { detailBody } from './detail/body.ts';
import { type DetailLook, shown } from './detail/item.ts';
import { tabAt, tabSpans } from './detail/tabSpans.ts';
import { plainLine } from './streamRow.ts';

/** Lines above the body: the tabs, what it is about, and air where there is room for it. */
const headHeight = (height: number): number => (height < 12 ? 2 : 3);

/** Lines of the body that fit. */
export const detailRoom = (height: number): number => Math.max(1, height - headHeight(height));

/** The detail as the view's place shows it. */
export function detailLines(detail: DetailState, height: number, look: DetailLook): string[] {
  const body = detailBody(detail, look);
  const room = detailRoom(height);
  const { top } = settleBody(detail.place, body, room);
  const focused = body.focusable[cursorOf(detail.place, body)];
  const lines: string[] = [];
  const first = Math.max(
    0,
    body.starts.findLastIndex((start) => start <= top),
  );
  for (let index = first; index < body.items.length; index++) {
    const item = body.items[index];
    const start = body.starts[index] ?? 0;
    if (!item || start >= top + room) break;
    const own = item.render(item === focused);
    lines.push(...own.slice(Math.max(0, top - start), top + room - start));
  }
  return [...headLines(detail, look, headHeight(height)), ...lines];
}

/** All lines of the tab, without a cursor. */
export const detailText = (detail: DetailState, look: DetailLook): string[] =>
  detailBody(detail, look).items.flatMap((item) => item.render(false));

/** What the cursor is on; undefined: on nothing that anything can be done with. */
export function detailFocus(detail: DetailState, look: DetailLook): Focus | undefined {
  const body = detailBody(detail, look);
  return body.focusable[cursorOf(detail.place, body)]?.focus;
}

/** What stands in a place of the detail: a tab, so many on from the open one, or an entry of it. */
export type DetailHit =
  | { readonly kind: 'tab'; readonly by: number }
  | { readonly kind: 'entry'; readonly place: BodyPlace; readonly isFocused: boolean };

/** @param line and column from 0 */
export function detailHit(
  detail: DetailState,
  line: number,
  column: number,
  { height, ...look }: DetailLook & { readonly height: number },
): DetailHit | undefined {
  if (line === 0) {
    const by = tabAt(detail, column, look);
    return by === undefined ? undefined : { kind: 'tab', by };
  }
  const body = detailBody(detail, look);
  const { top } = settleBody(detail.place, body, detailRoom(height));
  const wanted = top + line - headHeight(height);
  const cursor = body.stops.findIndex(
    (stop) => stop.start <= wanted && wanted < stop.start + stop.height,
  );
  if (line < headHeight(height) || cursor < 0) return undefined;
  return {
    kind: 'entry',
    place: { cursor, key: body.stops[cursor]?.key, top },
    isFocused: cursor === cursorOf(detail.place, body),
  };
}

/** For the right end of the footer. */
export function detailPosition(detail: DetailState, height: number, look: DetailLook): string {
  const body = detailBody(detail, look);
  const room = detailRoom(height);
  if (body.length <= room) return '';
  const { top } = settleBody(detail.place, body, room);
  return `lines ${top + 1}–${top + room} of ${body.length} `;
}

/** What the tab's own keys do. */
export function detailHints(detail: DetailState, look: DetailLook): Hint[] {
  const focus = detailFocus(detail, look);
  const hint = (id: Parameters<typeof keyOf>[0], text: string): Hint => ({
    ...{ key: keyText(id), text, press: keyOf(id) },
  });
  const hasSecrets = detail.tab === 'json' && detail.subject.process?.environmentVariables;
  return [
    ...(hasSecrets ? [hint('detail.reveal', detail.isRevealed ? 'hide' : 'secrets')] : []),
    ...(focus?.opens ? [hint('row.detail', 'open')] : []),
    ...(focus?.filter ? [hint('detail.filter', 'filter by it')] : []),
    ...(detail.tab === 'files' ? [hint('detail.refresh', 'read again')] : []),
    ...(detail.tab === 'environment'
      ? [
          hint('detail.difference', detail.isDifference ? 'all' : 'diff'),
          hint('detail.reveal', detail.isRevealed ? 'hide' : 'secrets'),
        ]
      : []),
  ];
}

function headLines(detail: DetailState, look: DetailLook, height: number): string[] {
  const { theme, width } = look;
  const { event, pid, process } = detail.subject;
  const name = process ? ` ${process.binary} ${process.arguments}` : '';
  const about = event
    ? plainLine(event, look.ascii)
    : shown(`process ${pid}${escapeText(name)}`, look);
  const text = truncateColumns(about, width - 2, {
    ellipsis: look.ascii ? '..' : '…',
  });
  return [
    renderLine(tabSpans(detail, look), width),
    renderLine([{ text: ` ${text}`, style: theme['text.strong'] }], width),
    ...(height > 2 ? [''] : []),
  ];
}
