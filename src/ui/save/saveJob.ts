import type { SaveFormat } from './formats.ts';
import type { SaveFile } from './saveFile.ts';

export type Saved = { readonly rows: number; readonly bytes: number };

/** Keys and events wait no longer than this. */
const SLICE_MS = 8;
const MAX_CHUNK = 256 << 10;

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/**
 * Writes the rows piece by piece, so that the screen goes on meanwhile.
 *
 * @param isCancelled asked between the pieces
 * @returns undefined: cancelled @throws what writing throws
 */
export async function writeRows(
  { head, lines }: Pick<SaveFormat, 'head' | 'lines'>,
  file: Pick<SaveFile, 'write'>,
  onProgress: (rows: number) => void,
  isCancelled: () => boolean,
): Promise<Saved | undefined> {
  let rows = 0;
  let bytes = 0;
  let chunk = head.map((line) => `${line}\n`).join('');
  let since = performance.now();
  const flush = async () => {
    const data = Buffer.from(chunk);
    chunk = '';
    bytes += data.length;
    await file.write(data);
    onProgress(rows);
    await turn();
    since = performance.now();
  };
  for (const line of lines()) {
    chunk += `${line}\n`;
    rows += 1;
    if (chunk.length < MAX_CHUNK && performance.now() - since < SLICE_MS) continue;
    await flush();
    if (isCancelled()) return undefined;
  }
  await flush();
  return isCancelled() ? undefined : { rows, bytes };
}
