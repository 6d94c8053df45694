/** Network addresses as events show them. */
import { AF_INET, AF_INET6 } from './networkNames.ts';

/**
 * The 16 bytes of an address as text. IPv4 addresses lie as `::ffff:a.b.c.d` and are shown plain for AF_INET; an IPv6 socket's
 * are shown by RFC 5952, mapped ones as `::ffff:a.b.c.d`. Families without IP addresses are `invalid IP`, as Tetragon has it.
 */
export function formatAddress(bytes: Uint8Array, family: number): string {
  if (family === AF_INET) return bytes.subarray(12, 16).join('.');
  return family === AF_INET6 ? formatIpv6(bytes) : 'invalid IP';
}

function formatIpv6(bytes: Uint8Array): string {
  const groups = Array.from(
    { length: 8 },
    (_, index) => ((bytes[index * 2] ?? 0) << 8) | (bytes[index * 2 + 1] ?? 0),
  );
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (isMapped) return `::ffff:${bytes.subarray(12, 16).join('.')}`;
  const hex = groups.map((group) => group.toString(16));
  const { start, length } = longestZeros(groups);
  // One zero alone is not worth a `::` (RFC 5952, 4.2.2).
  if (length < 2) return hex.join(':');
  return `${hex.slice(0, start).join(':')}::${hex.slice(start + length).join(':')}`;
}

/** The first of the longest runs of zero groups. */
function longestZeros(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < groups.length; start++) {
    let length = 0;
    while (groups[start + length] === 0) length += 1;
    if (length > best.length) best = { start, length };
  }
  return best;
}
