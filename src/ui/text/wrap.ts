import { eachGrapheme } from './width.ts';

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
