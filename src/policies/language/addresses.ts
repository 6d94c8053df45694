import { isIP } from 'node:net';

/** A network: an address with the length of its prefix. 4 bytes for IPv4, 16 for IPv6; bits behind the prefix are 0. */
export type Network = { address: Uint8Array; prefix: number };

/** An address (the network of it alone) or a CIDR, v4 or v6; undefined for anything else. */
export function parseNetwork(text: string): Network | undefined {
  const [host = '', length, ...rest] = text.trim().split('/');
  const bytes = parseAddress(host);
  if (!bytes || rest.length > 0) return undefined;
  const bits = bytes.length * 8;
  if (length === undefined) return { address: bytes, prefix: bits };
  if (!/^\d{1,3}$/.test(length) || Number(length) > bits) return undefined;
  const prefix = Number(length);
  return { address: bytes.map((byte, index) => byte & maskByte(prefix - index * 8)), prefix };
}

/** The upper bits of a byte. */
const maskByte = (bits: number): number => (0xff00 >> Math.min(Math.max(bits, 0), 8)) & 0xff;

function parseAddress(text: string): Uint8Array | undefined {
  switch (isIP(text)) {
    case 4:
      return Uint8Array.from(text.split('.'), Number);
    case 6:
      // A zone (`fe80::1%eth0`) is no part of what packets carry.
      return text.includes('%') ? undefined : ipv6Bytes(text);
    default:
      return undefined;
  }
}

/** Of a text that isIP() has found right. */
function ipv6Bytes(text: string): Uint8Array {
  const [before = '', after] = text.split('::');
  const head = groupBytes(before);
  const tail = groupBytes(after ?? '');
  const bytes = new Uint8Array(16);
  bytes.set(head);
  bytes.set(tail, 16 - tail.length);
  return bytes;
}

const groupBytes = (text: string): number[] =>
  text === ''
    ? []
    : text.split(':').flatMap((group) => {
        if (group.includes('.')) return group.split('.').map(Number);
        const number = Number.parseInt(group, 16);
        return [number >> 8, number & 0xff];
      });
