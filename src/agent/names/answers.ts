import { isIPv4, SocketAddress } from 'node:net';
import type { decode } from 'dns-packet';

/** What an answer of a DNS server says: the name that was asked for, and an address of it as events show it. */
export type NamedAddress = { readonly address: string; readonly name: string };

/**
 * Decodes messages: `decode` of the package dns-packet, which is loaded only where answers are watched.
 * It checks all bounds, lets names point backwards only, and throws at what is wrong.
 */
export type DecodeDns = typeof decode;

/** More addresses of one name say nothing more. */
const MOST_ADDRESSES = 64;
/** Links of aliases from the question to its addresses. */
const MOST_ALIASES = 16;

/**
 * The addresses in a message, by the name of its question: aliases (CNAME) on the way there are followed and not shown, as nobody
 * asked for them. The message is hostile: what isn't a whole answer without an error says nothing, and never throws.
 */
export function readAnswer(message: Uint8Array, decodeDns: DecodeDns): NamedAddress[] {
  let packet: ReturnType<DecodeDns>;
  try {
    packet = decodeDns(Buffer.from(message.buffer, message.byteOffset, message.byteLength));
  } catch {
    return [];
  }
  const { type, rcode, questions = [], answers = [] } = packet as Decoded;
  const [question, other] = questions;
  if (type !== 'response' || rcode !== 'NOERROR' || !question || other) return [];
  if (question.type !== 'A' && question.type !== 'AAAA') return [];
  const name = question.name.toLowerCase();
  if (!isHostName(name)) return [];
  const owners = namesOf(name, answers);
  const found = new Set<string>();
  for (const record of answers) {
    if (found.size === MOST_ADDRESSES) break;
    if (record.type !== question.type || !owners.has(record.name.toLowerCase())) continue;
    const address = addressOf(record);
    if (address !== undefined) found.add(address);
  }
  return [...found].map((address) => ({ address, name }));
}

/** What the package's types leave out, and only what is looked at: of records of other types `data` is anything. */
type Decoded = {
  readonly type?: string;
  readonly rcode?: string;
  readonly questions?: readonly { readonly type: string; readonly name: string }[];
  readonly answers?: readonly DnsRecord[];
};
type DnsRecord = { readonly type: string; readonly name: string; readonly data?: unknown };

/** The name and what it is an alias of, and so on. */
function namesOf(name: string, answers: readonly DnsRecord[]): ReadonlySet<string> {
  const aliases = new Map<string, string>();
  for (const { type, name: owner, data } of answers)
    if (type === 'CNAME' && typeof data === 'string')
      aliases.set(owner.toLowerCase(), data.toLowerCase());
  const names = new Set([name]);
  for (let next = aliases.get(name); next !== undefined; next = aliases.get(next)) {
    if (names.has(next) || names.size > MOST_ALIASES) break;
    names.add(next);
  }
  return names;
}

const MOST_NAME = 253;
/** Letters, digits and hyphens, and the underscore of service names: what has anything else is no name of a host. */
const HOST_NAME = /^[a-z0-9_](?:[a-z0-9_-]{0,62})(?:\.[a-z0-9_-]{1,63})*$/;

/** @param name in lower case, without the last dot */
export const isHostName = (name: string): boolean =>
  name.length <= MOST_NAME && HOST_NAME.test(name);

/** As events show it; undefined: of no use, or no address. */
function addressOf({ type, data }: DnsRecord): string | undefined {
  // Block lists answer with the address of nobody.
  if (typeof data !== 'string' || data === '0.0.0.0' || data === '::') return undefined;
  // Of one that is cut off the package makes a text all the same.
  if (type === 'A') return isIPv4(data) ? data : undefined;
  try {
    // The package shortens addresses in another way than RFC 5952 has it.
    return new SocketAddress({ family: 'ipv6', address: data }).address;
  } catch {
    return undefined;
  }
}
