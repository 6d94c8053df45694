/** Rows `from` to `to` (both included) show what is wanted, `by` rows further down: positive when the content moves up. */
export type Scroll = { readonly from: number; readonly to: number; readonly by: number };

/** Fewer rows saved than this are not worth the sequences. */
const LEAST_SAVED = 3;

/**
 * Finds a stretch of rows whose content has moved up or down as a whole, as lists do that follow new events: the terminal can
 * scroll it by a few bytes instead of being sent every row again.
 *
 * @param wanted what each row is to show, whole rows only; undefined: a row that can't be moved
 * @param shown what it shows now, by the same measure
 * @param first row that may be moved, and `last`: what stands around a list must not be moved with it
 */
export function findScroll(
  wanted: readonly (string | undefined)[],
  shown: readonly (string | undefined)[],
  first: number,
  last: number,
): Scroll | undefined {
  const isSame = (y: number) => wanted[y] === shown[y];
  const canMove = (y: number) => wanted[y] !== undefined && shown[y] !== undefined;
  let from = first;
  let to = last;
  while (from < to && (isSame(from) || !canMove(from))) from++;
  while (to > from && (isSame(to) || !canMove(to))) to--;
  for (let y = from; y <= to; y++) if (!canMove(y)) return undefined;
  const up = distance(wanted[from], shown, from, to);
  const down = distance(shown[from], wanted, from, to);
  const candidates: Scroll[] = [
    { from, to, by: up },
    { from, to, by: -down },
  ];
  return candidates.find(({ by }) => by !== 0 && isWorthIt(wanted, shown, { from, to, by }));
}

/** How far below `from` the line stands; 0: nowhere. Blank lines stand everywhere. */
function distance(
  line: string | undefined,
  rows: readonly (string | undefined)[],
  from: number,
  to: number,
): number {
  if (line === undefined || line === '') return 0;
  for (let y = from + 1; y <= to; y++) if (rows[y] === line) return y - from;
  return 0;
}

/** Most of what stays must really be the same: the row with the cursor is not. */
function isWorthIt(
  wanted: readonly (string | undefined)[],
  shown: readonly (string | undefined)[],
  { from, to, by }: Scroll,
): boolean {
  const stays = to - from + 1 - Math.abs(by);
  let same = 0;
  for (let at = 0; at < stays; at++) {
    const y = by > 0 ? from + at : from + at - by;
    if (wanted[y] !== '' && wanted[y] === shown[y + by]) same++;
  }
  return same >= LEAST_SAVED && same * 2 > stays;
}

/**
 * The bytes that scroll it; new rows are blank in the terminal's own style. By margins (DECSTBM), line feeds at the lower and
 * reverse indexes at the upper one: older than the scrolling sequences (SU, SD), so that also the Linux console has them
 * (console_codes(4)). The cursor ends at the top left.
 */
export function scrollSequence({ from, to, by }: Scroll): string {
  const margins = `\x1b[0m\x1b[${from + 1};${to + 1}r`;
  const moves =
    by > 0 ? `\x1b[${to + 1}H${'\n'.repeat(by)}` : `\x1b[${from + 1}H${'\x1bM'.repeat(-by)}`;
  return `${margins}${moves}\x1b[r`;
}
