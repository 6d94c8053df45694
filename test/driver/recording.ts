import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { FromAgent, ToAgent } from '../../src/agent/messages.ts';

/** What an agent told a screen, and what it answers when it is asked. Made by scripts/record-session.ts. */
export type Recording = {
  readonly node: string;
  readonly kernel: string;
  readonly users: readonly (readonly [uid: number, name: string])[];
  /** In the order in which they came; `at`: wall clock, ms. */
  readonly messages: readonly { readonly at: number; readonly message: FromAgent }[];
  /** Of these messages nothing is armed before this one. */
  readonly armedAt: number;
  /** What it says when it is asked, by `questionKey`; the number of the request stands for none. */
  readonly answers: Readonly<Record<string, FromAgent>>;
};

/** Recorded on a host of ours in a scene of made-up programs. */
export const SESSION = fileURLToPath(new URL('../fixtures/session.json.gz', import.meta.url));

type Tagged = { $bigint: string } | { $bytes: string } | { $undefined: true };

/** JSON knows no bigint and no buffers; `undefined` stays out of objects but keeps its place in lists. */
function encode(value: unknown): unknown {
  if (typeof value === 'bigint') return { $bigint: String(value) } satisfies Tagged;
  if (value instanceof ArrayBuffer)
    return { $bytes: Buffer.from(value).toString('base64') } satisfies Tagged;
  if (value === undefined) return { $undefined: true } satisfies Tagged;
  if (Array.isArray(value)) return value.map(encode);
  if (typeof value !== 'object' || value === null) return value;
  const known = Object.entries(value).filter(([, part]) => part !== undefined);
  return Object.fromEntries(known.map(([key, part]) => [key, encode(part)]));
}

function decode(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(decode);
  if (typeof value !== 'object' || value === null) return value;
  const tagged = value as Partial<Record<'$bigint' | '$bytes', string>> & { $undefined?: true };
  if (tagged.$bigint !== undefined) return BigInt(tagged.$bigint);
  if (tagged.$bytes !== undefined) {
    const bytes = Buffer.from(tagged.$bytes, 'base64');
    return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  }
  if (tagged.$undefined) return undefined;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, decode(part)]));
}

/** Tells questions apart that differ in more than the number of the request. */
export const questionKey = (message: ToAgent): string =>
  JSON.stringify(encode({ ...message, request: undefined }));

/** Everything in it that is text. */
export function textsOf(recording: Recording): string {
  const text = JSON.stringify(encode(recording));
  const buffers = text.matchAll(/"\$bytes":"([^"]*)"/g);
  return [text, ...[...buffers].map(([, bytes = '']) => Buffer.from(bytes, 'base64'))].join('\n');
}

export function saveRecording(recording: Recording, file = SESSION): void {
  writeFileSync(file, gzipSync(JSON.stringify(encode(recording)), { level: 9 }));
}

export function loadRecording(file = SESSION): Recording {
  return decode(JSON.parse(gunzipSync(readFileSync(file)).toString('utf8'))) as Recording;
}
