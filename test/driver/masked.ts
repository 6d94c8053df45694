/** Shorter texts stand on any screen. */
const LEAST_TELLING = 8;

/** A program's path, which the screen may have shortened at its beginning, and its arguments, which may hold the secrets of others. */
const COMMAND_LINE = /((?:^|[\s"(])(?:\/[^\s/]|…)\S*)\s+\S.*$/u;

/**
 * The rows of a screen as a message may show them: the host's other programs are on it too. Whatever stands behind a program's path is
 * left out, unless the row has a text that the test typed or waited for.
 */
export function maskRows(rows: readonly string[], known: Iterable<string>): string[] {
  const telling = [...known].filter((text) => text.length >= LEAST_TELLING);
  return rows.map((row) =>
    telling.some((text) => row.includes(text)) ? row : row.replace(COMMAND_LINE, '$1 …'),
  );
}
