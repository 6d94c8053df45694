import { type Move, moveIn } from '../panes/pane.ts';

/** Where one is in a tab. */
export type BodyPlace = {
  /** Which of the entries that can be focused; undefined: where the tab begins. */
  readonly cursor: number | undefined;
  /** The entry's own key, where entries come and go. */
  readonly key?: number | undefined;
  /** Lines that are scrolled off. */
  readonly top: number;
};

export const FIRST_LINE: BodyPlace = { cursor: undefined, top: 0 };

type Stop = {
  readonly start: number;
  readonly height: number;
  readonly key?: number | undefined;
};

/** How a tab lies on the screen. */
export type BodyShape = {
  /** Lines of it all. */
  readonly length: number;
  /** The lines of each entry that can be focused, from the first on. */
  readonly stops: readonly Stop[];
  /** Where the cursor begins. */
  readonly home: number;
};

/** Which entry the cursor is on; -1: there is none. */
export function cursorOf({ cursor, key }: BodyPlace, { stops, home }: BodyShape): number {
  const there = key === undefined ? -1 : stops.findIndex((stop) => stop.key === key);
  return there >= 0 ? there : Math.min(cursor ?? home, stops.length - 1);
}

/** The place after the lines, or the room for them, have changed. */
export function settleBody(place: BodyPlace, shape: BodyShape, room: number): BodyPlace {
  const top = Math.max(0, Math.min(place.top, shape.length - room));
  const cursor = cursorOf(place, shape);
  const stop = shape.stops[cursor];
  if (!stop) return { ...place, top };
  const isInSight = stop.start < top + room && stop.start + stop.height > top;
  return { ...place, top: isInSight ? top : reveal(cursor, shape, top, room) };
}

/** Where a move leads: from entry to entry, and through one that is longer than the screen; without entries from line to line. */
export function moveInBody(
  place: BodyPlace,
  shape: BodyShape,
  move: Move,
  room: number,
): BodyPlace {
  const { top } = settleBody(place, shape, room);
  const cursor = cursorOf(place, shape);
  const stop = shape.stops[cursor];
  if (!stop)
    return { cursor: undefined, top: moveIn(top, Math.max(0, shape.length - room) + 1, move) };
  if ('to' in move || Math.abs(move.by) > 1) return jump(cursor, shape, move, top, room);
  const hidden = move.by > 0 ? stop.start + stop.height - (top + room) : top - stop.start;
  if (hidden > 0)
    return {
      ...{ cursor, key: stop.key },
      top: top + Math.sign(move.by) * Math.min(hidden, Math.max(1, room - 1)),
    };
  const wanted = moveIn(cursor, shape.stops.length, move);
  if (wanted !== cursor) return focus(wanted, shape, top, room, move.by);
  // At an end: on to the lines beyond the last entry, as long as that stays in sight.
  const beyond = move.by > 0 ? Math.max(top, shape.length - room) : 0;
  const isInSight = stop.start < beyond + room && stop.start + stop.height > beyond;
  return { cursor, key: stop.key, top: isInSight ? beyond : top };
}

/** A page, half of one, or to an end: by lines, to the entry that is there. */
function jump(cursor: number, shape: BodyShape, move: Move, top: number, room: number): BodyPlace {
  const { stops } = shape;
  if ('to' in move)
    return focus(moveIn(cursor, stops.length, move), shape, top, room, move.to === 'last' ? 1 : -1);
  const line = (stops[cursor]?.start ?? 0) + move.by;
  const there = stops.findLastIndex(({ start }) => start <= line);
  const wanted = move.by > 0 ? Math.max(there, cursor + 1) : Math.min(there, cursor - 1);
  return focus(moveIn(0, stops.length, { by: wanted }), shape, top, room, move.by);
}

const focus = (
  cursor: number,
  shape: BodyShape,
  top: number,
  room: number,
  direction: number,
): BodyPlace => ({
  ...{ cursor, key: shape.stops[cursor]?.key },
  top: reveal(cursor, shape, top, room, direction),
});

/** The lines above the first entry and below the last one come into sight with it. */
function reveal(
  cursor: number,
  { stops, length }: BodyShape,
  top: number,
  room: number,
  direction = 1,
): number {
  const stop = stops[cursor];
  if (!stop) return top;
  const last = Math.max(0, length - room);
  const start = cursor === 0 ? 0 : stop.start;
  const end = cursor === stops.length - 1 ? length : stop.start + stop.height;
  if (end - start > room) {
    // Too long for the screen: its own end that was come from, nothing around it.
    const own = direction > 0 ? stop.start : stop.start + stop.height - room;
    return Math.min(Math.max(0, stop.height > room ? own : Math.min(stop.start, last)), last);
  }
  return Math.min(Math.max(top, end - room, 0), start);
}
