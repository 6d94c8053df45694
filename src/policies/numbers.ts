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
