import { randomInt } from 'node:crypto';

/**
 * Hashes of 32 bits. What is hashed may be chosen by whoever we watch: they only tell where to look, and what is found there is
 * compared.
 */
export const SEED = randomInt(2 ** 31);

/**
 * Secret as well: with a multiplier that is known (MurmurHash3's, say) somebody can make thousands of texts that have one hash
 * whatever the seed, and with them long searches.
 */
const MULTIPLIER = randomInt(2 ** 31) * 2 + 1;

/** One round. What came before is added turned, so that a difference which the multiplication takes away is still there. */
export const mix = (hash: number, word: number): number =>
  (Math.imul(hash ^ word, MULTIPLIER) + ((hash << 7) | (hash >>> 25))) | 0;

export function hashText(text: string): number {
  let hash = SEED;
  for (let at = 0; at < text.length; at++) hash = mix(hash, text.charCodeAt(at));
  return hash;
}

/** Four bytes a round; the last ones together with how many there were. */
export function hashBytes(hash: number, view: DataView, from: number, to: number): number {
  let mixed = mix(hash, to - from);
  let at = from;
  for (; at + 4 <= to; at += 4) mixed = mix(mixed, view.getInt32(at, true));
  let rest = 0;
  for (; at < to; at++) rest = (rest << 8) | view.getUint8(at);
  return mix(mixed, rest);
}

export function isSameBytes(
  one: DataView,
  oneAt: number,
  other: DataView,
  otherAt: number,
  length: number,
): boolean {
  let at = 0;
  for (; at + 4 <= length; at += 4)
    if (one.getInt32(oneAt + at, true) !== other.getInt32(otherAt + at, true)) return false;
  for (; at < length; at++)
    if (one.getUint8(oneAt + at) !== other.getUint8(otherAt + at)) return false;
  return true;
}
