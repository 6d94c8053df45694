import { stripVTControlCharacters } from 'node:util';
import type { BodyPlace, BodyShape } from './detail/place.ts';
import { sourceLook } from './detail/sourceLook.ts';
import type { PageText } from './dialog.ts';
import type { Ui } from './features/ui.ts';
import { setOverlay } from './overlay.ts';
import type { FindRows } from './panes/pane.ts';
import { type Overlay, policyById } from './state.ts';
import { detailBody } from './views/detail/body.ts';
import { detailRoom, detailText } from './views/detailLines.ts';
import { policyViewSide } from './views/policyViewLines.ts';

type Page = { readonly rows: FindRows; readonly page: string };
type Context = Pick<Ui, 'state' | 'effects' | 'look'>;

/** A page of text that covers the view, line by line; undefined: what covers it is none. */
export function findPage(overlay: Overlay, context: Context): Page | undefined {
  if (overlay.kind === 'detail') return detailPage(overlay, context);
  if (overlay.kind === 'dialog') {
    const text = overlay.dialog.find?.(context.effects.size());
    return text && linePage(text, context);
  }
  return overlay.kind === 'policy' ? policyPage(overlay, context) : undefined;
}

function linePage({ page, lines, top, scrollTo }: PageText, { state }: Context): Page {
  const last = state.find?.line;
  const isSame = last?.page === page && last.at < lines.length;
  return {
    page,
    rows: {
      ...{ first: 0, next: lines.length, isFollowing: false },
      // Nothing found yet: from the first line that is seen on.
      at: isSame ? last.at : top - 1,
      subject(position) {
        const line = lines[position];
        return line === undefined
          ? undefined
          : { field: () => '', text: () => stripVTControlCharacters(line) };
      },
      goTo: scrollTo,
    },
  };
}

/** Where the line stands in the room: what is above it helps to understand it. */
const above = (room: number): number => Math.floor(room / 3);

function detailPage({ detail }: Extract<Overlay, { kind: 'detail' }>, context: Context): Page {
  const { width, height } = context.effects.size();
  const look = { ...context.look, width, ...sourceLook(context.state) };
  const shape = detailBody(detail, look);
  const room = detailRoom(height);
  const lines: PageText = {
    page: `detail ${detail.request} ${detail.tab}`,
    lines: detailText(detail, look),
    top: detail.place.top,
    scrollTo(line) {
      const { overlay } = context.state;
      if (overlay?.kind === 'detail')
        setOverlay(context.state, {
          ...overlay,
          detail: { ...overlay.detail, place: placeOfLine(line, shape, room) },
        });
    },
  };
  return linePage(lines, context);
}

/** The cursor is on the entry that the line belongs to. */
function placeOfLine(line: number, { stops }: BodyShape, room: number): BodyPlace {
  const cursor = stops.findLastIndex(({ start }) => start <= line);
  const top = Math.max(0, line - above(room));
  return cursor < 0 ? { cursor: undefined, top } : { cursor, key: stops[cursor]?.key, top };
}

function policyPage(
  { view }: Extract<Overlay, { kind: 'policy' }>,
  context: Context,
): Page | undefined {
  const { state, effects, look } = context;
  const policy = policyById(state, view.policyId);
  if (!policy) return undefined;
  const lookNow = { theme: look.theme, now: state.clock() };
  const { lines, height, top } = policyViewSide(view, policy, lookNow, effects.size());
  const page: PageText = {
    page: `policy ${view.policyId} ${view.side}`,
    ...{ lines, top },
    scrollTo(line) {
      const { overlay } = state;
      if (overlay?.kind !== 'policy') return;
      const wanted = Math.min(
        Math.max(0, line - above(height)),
        Math.max(0, lines.length - height),
      );
      const tops = { ...overlay.view.tops, [view.side]: wanted };
      setOverlay(state, { kind: 'policy', view: { ...overlay.view, tops } });
    },
  };
  return linePage(page, context);
}
