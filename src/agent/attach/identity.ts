import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as layouts from '../../generated/layouts.ts';

/** What both sides must have in common: packed events and messages are read without looking twice. */
export type Identity = {
  /** Of frames and messages. */
  readonly protocol: number;
  readonly version: string;
  /** Fingerprint of the kernel's records. */
  readonly layouts: string;
};

const PROTOCOL = 1;

/** @param root the project's folder */
export function ownIdentity(root: string): Identity {
  const { version }: { version?: unknown } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  );
  return { protocol: PROTOCOL, version: String(version), layouts: fingerprint(layouts) };
}

export const isSameIdentity = (one: Identity, other: Identity): boolean =>
  one.protocol === other.protocol && one.version === other.version && one.layouts === other.layouts;

function fingerprint(value: unknown): string {
  const text = JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'bigint' ? `${part}n` : part,
  );
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
