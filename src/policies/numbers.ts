/**
 * A whole number as Tetragon's policies write it: base by prefix (decimal, 0x, 0o or a leading 0, 0b), optional sign.
 * Returns undefined for anything else.
 */
export function parseWholeNumber(text: string): bigint | undefined {
  const match = /^([+-]?)(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9]\d*)$/.exec(text.trim());
  if (!match?.[2]) return undefined;
  const digits = /^0[0-7]/.test(match[2]) ? `0o${match[2].slice(1)}` : match[2];
  const value = BigInt(digits);
  return match[1] === '-' ? -value : value;
}

/** A whole number in decimal only, with an optional sign, as InMap and the port operators have it: `010` is ten. */
export function parseDecimal(text: string): bigint | undefined {
  const match = /^([+-]?)(\d+)$/.exec(text.trim());
  if (!match?.[2]) return undefined;
  const value = BigInt(match[2]);
  return match[1] === '-' ? -value : value;
}

/** Both ends are inclusive. */
export type NumberRange = readonly [bigint, bigint];

/** `min:max`, each end read by `parseEnd`, in the order of the text; undefined for anything else. */
export function parseRange(
  text: string,
  parseEnd: (text: string) => bigint | undefined,
): NumberRange | undefined {
  const ends = text.split(':');
  if (ends.length !== 2) return undefined;
  const [least, most] = ends.map(parseEnd);
  return least === undefined || most === undefined ? undefined : [least, most];
}

/** All numbers of so many bits. */
export const signedRange = (bits: number): NumberRange => [
  -(1n << BigInt(bits - 1)),
  (1n << BigInt(bits - 1)) - 1n,
];
export const unsignedRange = (bits: number): NumberRange => [0n, (1n << BigInt(bits)) - 1n];
