/** Keys of the kernel side's value sets (bpf/policy.h). Pure: bytes in, bytes out. */
import {
  tg_exact_key as EXACT_KEY,
  tg_long_key as LONG_KEY,
  tg_pattern as PATTERN,
  tg_prefix_key as PREFIX_KEY,
  tg_trie_key as TRIE_KEY,
  tg_workload_key as WORKLOAD_KEY,
} from '../../generated/layouts.ts';
import type { Prefix } from './ranges.ts';

/** A trie's key begins with the set's number: so many bits of it always count. */
const SET_BITS = 32;

export const encodeExactKey = (set: number, text: Uint8Array): Uint8Array =>
  encodeTextKey(EXACT_KEY, set, text);

export const encodeLongKey = (set: number, text: Uint8Array): Uint8Array =>
  encodeTextKey(LONG_KEY, set, text);

function encodeTextKey(
  layout: typeof EXACT_KEY | typeof LONG_KEY,
  set: number,
  text: Uint8Array,
): Uint8Array {
  const bytes = new Uint8Array(layout.size);
  const view = new DataView(bytes.buffer);
  view.setUint32(layout.at.set, set, true);
  view.setUint32(layout.at.length, text.length, true);
  bytes.set(text, layout.at.text);
  return bytes;
}

export function encodePrefixKey(set: number, text: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(PREFIX_KEY.size);
  const view = new DataView(bytes.buffer);
  view.setUint32(PREFIX_KEY.at.bits, SET_BITS + text.length * 8, true);
  view.setUint32(PREFIX_KEY.at.set, set, true);
  bytes.set(text, PREFIX_KEY.at.text);
  return bytes;
}

/** A range's prefix: big-endian, so that the bits that count come first. */
export function encodeNumberKey(set: number, { value, bits }: Prefix): Uint8Array {
  const key = trieKey(set, bits);
  new DataView(key.buffer).setBigUint64(TRIE_KEY.at.data, value, false);
  return key;
}

/** Where IPv4 addresses lie among the IPv6 ones: ::ffff:a.b.c.d (RFC 4291, section 2.5.5.2). */
const IPV4_BITS = 96;

/** @param address 4 or 16 bytes; bits behind `prefix` don't count. */
export function encodeAddressKey(set: number, address: Uint8Array, prefix: number): Uint8Array {
  const isIpv4 = address.length === 4;
  const key = trieKey(set, isIpv4 ? IPV4_BITS + prefix : prefix);
  if (isIpv4) key.set([0xff, 0xff], TRIE_KEY.at.data + 10);
  key.set(address, TRIE_KEY.at.data + (isIpv4 ? 12 : 0));
  return key;
}

function trieKey(set: number, bits: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(TRIE_KEY.size);
  const view = new DataView(bytes.buffer);
  view.setUint32(TRIE_KEY.at.bits, SET_BITS + bits, true);
  view.setUint32(TRIE_KEY.at.set, set, true);
  return bytes;
}

export function encodeWorkloadKey(set: number, cgroup: bigint): Uint8Array {
  const bytes = new Uint8Array(WORKLOAD_KEY.size);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(WORKLOAD_KEY.at.cgroup, cgroup, true);
  view.setUint32(WORKLOAD_KEY.at.set, set, true);
  return bytes;
}

export function encodePattern(text: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(PATTERN.size);
  new DataView(bytes.buffer).setUint32(PATTERN.at.length, text.length, true);
  bytes.set(text, PATTERN.at.text);
  return bytes;
}
