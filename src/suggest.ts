/** Letters that may differ. */
const MOST = 2;

/** A word that was probably meant: at most two letters differ, or the beginning is right. undefined: none. */
export function suggest(typed: string, known: readonly string[]): string | undefined {
  const near = known
    // Others are further away: a text of a file may be as long as the file.
    .filter((word) => Math.abs(word.length - typed.length) <= MOST)
    .map((word) => ({ word, distance: distanceOf(typed, word) }))
    .filter(({ word, distance }) => distance <= Math.min(MOST, word.length - 1))
    .sort((a, b) => a.distance - b.distance)[0]?.word;
  return near ?? (typed.length > 1 ? known.find((word) => word.startsWith(typed)) : undefined);
}

/** How many letters must be put in, taken out or changed (Levenshtein). */
function distanceOf(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (const [line, letter] of [...from].entries()) {
    const next = [line + 1];
    for (const [column, other] of [...to].entries()) {
      const change = (row[column] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(change, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
