import { displayWidth, eachGrapheme, truncateColumns } from './width.ts';

/** Cuts a text into pieces of at most `width` columns, wherever that is: joined they are the text again. */
export function wrapColumns(text: string, width: number): string[] {
  const pieces: string[] = [];
  let piece = '';
  let used = 0;
  eachGrapheme(text, (cluster, columns) => {
    if (used + columns > width && piece !== '') {
      pieces.push(piece);
      piece = '';
      used = 0;
    }
    piece += cluster;
    used += columns;
    return true;
  });
  return [...pieces, piece];
}

/** Breaks a text at spaces into lines of at most `width` columns, and inside a word that is longer than a line. */
export function wrapWords(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && displayWidth(longer) > width) {
      lines.push(line);
      line = word;
    } else {
      line = longer;
    }
    for (let rest = line; displayWidth(rest) > width && width > 1; rest = line) {
      const part = truncateColumns(rest, width);
      lines.push(part);
      line = rest.slice(part.length);
    }
  }
  if (line !== '') lines.push(line);
  return lines;
}
