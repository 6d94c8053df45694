import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * Reads single emoji as PNG pictures out of the installed Noto Color Emoji, since rsvg-convert draws
 * bitmap fonts as grey shapes. The tables are those of the OpenType specification: cmap format 12
 * (code point → glyph), CBLC (glyph → place) and CBDT (the pictures).
 */
type EmojiFont = {
  readonly file: Buffer;
  readonly cmap: number;
  readonly cblc: number;
  readonly cbdt: number;
};

const tableOf = (file: Buffer, tag: string): number | undefined => {
  const count = file.readUInt16BE(4);
  for (let i = 0; i < count; i++) {
    const record = 12 + i * 16;
    if (file.toString('latin1', record, record + 4) === tag) return file.readUInt32BE(record + 8);
  }
  return undefined;
};

const openFont = (): EmojiFont | undefined => {
  try {
    const path = execFileSync('fc-match', ['-f', '%{file}', 'Noto Color Emoji'], {
      encoding: 'utf8',
    });
    const file = readFileSync(path);
    const [cmap, cblc, cbdt] = ['cmap', 'CBLC', 'CBDT'].map((tag) => tableOf(file, tag));
    if (cmap === undefined || cblc === undefined || cbdt === undefined) return undefined;
    return { file, cmap, cblc, cbdt };
  } catch {
    // No fontconfig or no such font: the caller draws text instead.
    return undefined;
  }
};

const glyphOf = ({ file, cmap }: EmojiFont, codePoint: number): number | undefined => {
  const tables = file.readUInt16BE(cmap + 2);
  for (let i = 0; i < tables; i++) {
    const table = cmap + file.readUInt32BE(cmap + 8 + i * 8);
    if (file.readUInt16BE(table) !== 12) continue;
    const groups = file.readUInt32BE(table + 12);
    for (let group = 0; group < groups; group++) {
      const at = table + 16 + group * 12;
      const first = file.readUInt32BE(at);
      if (codePoint < first || codePoint > file.readUInt32BE(at + 4)) continue;
      return file.readUInt32BE(at + 8) + codePoint - first;
    }
  }
  return undefined;
};

/** Where the bytes of a glyph begin in the file, and in which of the CBDT formats they are. */
const placeOf = (
  { file, cblc, cbdt }: EmojiFont,
  glyph: number,
): { readonly at: number; readonly format: number } | undefined => {
  const array = cblc + file.readUInt32BE(cblc + 8);
  const count = file.readUInt32BE(cblc + 16);
  for (let i = 0; i < count; i++) {
    const first = file.readUInt16BE(array + i * 8);
    const last = file.readUInt16BE(array + i * 8 + 2);
    if (glyph < first || glyph > last) continue;
    const table = array + file.readUInt32BE(array + i * 8 + 4);
    const indexFormat = file.readUInt16BE(table);
    const format = file.readUInt16BE(table + 2);
    const base = cbdt + file.readUInt32BE(table + 4);
    const index = glyph - first;
    if (indexFormat === 1) return { at: base + file.readUInt32BE(table + 8 + index * 4), format };
    if (indexFormat === 3) return { at: base + file.readUInt16BE(table + 8 + index * 2), format };
  }
  return undefined;
};

/** Bytes of glyph metrics before the picture's length, by CBDT format. */
const METRICS: Readonly<Record<number, number>> = { 17: 5, 18: 8, 19: 0 };

let font: EmojiFont | undefined;
let isOpened = false;

/** The picture of an emoji of one code point (a variation selector aside); undefined without one. */
export const emojiPng = (emoji: string): Buffer | undefined => {
  const points = Array.from(emoji, (character) => character.codePointAt(0) ?? 0);
  const [codePoint, ...others] = points.filter((point) => point !== 0xfe0f);
  if (codePoint === undefined || others.length > 0) return undefined;
  if (!isOpened) font = openFont();
  isOpened = true;
  if (font === undefined) return undefined;
  const glyph = glyphOf(font, codePoint);
  const place = glyph === undefined ? undefined : placeOf(font, glyph);
  const skip = place === undefined ? undefined : METRICS[place.format];
  if (place === undefined || skip === undefined) return undefined;
  const start = place.at + skip + 4;
  return font.file.subarray(start, start + font.file.readUInt32BE(start - 4));
};
