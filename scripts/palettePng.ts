import { crc32, deflateSync, inflateSync } from 'node:zlib';

/** Pictures of a terminal have few colours: with a palette their files are a third as large. */

const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex');
const MOST_COLORS = 256;
/** Bits of each channel that tell colours apart while they are counted. */
const COUNTED_BITS = 5;

type Pixels = { width: number; height: number; rgba: Buffer };

/**
 * The same picture with at most 256 colours.
 *
 * @param png 8 bits of red, green, blue and alpha, not interlaced, as rsvg-convert writes it
 */
export function toPalette(png: Buffer): Buffer {
  const { width, height, rgba } = decode(png);
  const palette = choosePalette(rgba);
  const nearest = new Map<number, number>();
  const rows = Buffer.alloc(height * (width + 1));
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const color = rgba.readUInt32BE((y * width + x) * 4);
      let index = nearest.get(color);
      if (index === undefined) {
        index = indexOfNearest(palette, color);
        nearest.set(color, index);
      }
      rows[y * (width + 1) + 1 + x] = index;
    }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3, 0, 0, 0], 8);
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('PLTE', Buffer.from(palette.flatMap((color) => channels(color).slice(0, 3)))),
    chunk('tRNS', Buffer.from(palette.map((color) => color & 0xff))),
    chunk('IDAT', deflateSync(rows, { level: 9, memLevel: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

const channels = (color: number) =>
  [color >>> 24, (color >>> 16) & 0xff, (color >>> 8) & 0xff, color & 0xff] as const;

/** The most frequent colours, those that are nearly alike counted together under their most frequent one. */
function choosePalette(rgba: Buffer): number[] {
  const counts = new Map<number, number>();
  for (let at = 0; at < rgba.length; at += 4) {
    const color = rgba.readUInt32BE(at);
    counts.set(color, (counts.get(color) ?? 0) + 1);
  }
  const alike = new Map<number, { color: number; count: number }>();
  const mask = 0x01010101 * (0xff & ~((1 << (8 - COUNTED_BITS)) - 1));
  for (const [color, count] of [...counts].sort(([, a], [, b]) => b - a)) {
    const known = alike.get(color & mask);
    if (known) known.count += count;
    else alike.set(color & mask, { color, count });
  }
  return [...alike.values()]
    .sort((a, b) => b.count - a.count)
    .slice(0, MOST_COLORS)
    .map(({ color }) => color);
}

function indexOfNearest(palette: readonly number[], color: number): number {
  const wanted = channels(color);
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  for (const [index, candidate] of palette.entries()) {
    const distance = channels(candidate).reduce(
      (sum, value, at) => sum + (value - (wanted[at] ?? 0)) ** 2,
      0,
    );
    if (distance < least) [best, least] = [index, distance];
  }
  return best;
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}

function decode(png: Buffer): Pixels {
  let width = 0;
  let height = 0;
  const data: Buffer[] = [];
  for (let at = SIGNATURE.length; at < png.length; ) {
    const length = png.readUInt32BE(at);
    const type = png.toString('latin1', at + 4, at + 8);
    const body = png.subarray(at + 8, at + 8 + length);
    if (type === 'IHDR') {
      [width, height] = [body.readUInt32BE(0), body.readUInt32BE(4)];
      if (body.subarray(8).toString('hex') !== '0806000000')
        throw new Error('not a picture with 8 bits of red, green, blue and alpha');
    }
    if (type === 'IDAT') data.push(body);
    at += length + 12;
  }
  return { width, height, rgba: unfilter(inflateSync(Buffer.concat(data)), width, height) };
}

const BYTES = 4;

/** PNG's filters (W3C PNG, section 9): each byte is told as its difference from neighbours. */
function unfilter(rows: Buffer, width: number, height: number): Buffer {
  const stride = width * BYTES;
  const out = Buffer.alloc(stride * height);
  for (let y = 0; y < height; y++) {
    const filter = rows[y * (stride + 1)] ?? 0;
    for (let x = 0; x < stride; x++) {
      const left = x < BYTES ? 0 : (out[y * stride + x - BYTES] ?? 0);
      const up = y === 0 ? 0 : (out[(y - 1) * stride + x] ?? 0);
      const corner = x < BYTES || y === 0 ? 0 : (out[(y - 1) * stride + x - BYTES] ?? 0);
      const guess = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter] ?? 0;
      out[y * stride + x] = ((rows[y * (stride + 1) + 1 + x] ?? 0) + guess) & 0xff;
    }
  }
  return out;
}

function paeth(left: number, up: number, corner: number): number {
  const estimate = left + up - corner;
  const [toLeft, toUp, toCorner] = [left, up, corner].map((value) =>
    Math.abs(estimate - value),
  ) as [number, number, number];
  if (toLeft <= toUp && toLeft <= toCorner) return left;
  return toUp <= toCorner ? up : corner;
}
