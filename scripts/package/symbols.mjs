/** The oldest glibc that what we pass on must run with, and whether a file keeps to it. */
import path from 'node:path';
import { UserError } from '../lib.mjs';
import { run } from './places.mjs';

/** Node's own. */
export const OLDEST_GLIBC = '2.28';

const isNewer = (one, other) => new Intl.Collator('en', { numeric: true }).compare(one, other) > 0;

/** What a shared object takes from glibc: [symbol, version]. */
export function glibcSymbols(file) {
  const table = run('objdump', ['-T', file]);
  return [...table.matchAll(/\(?GLIBC_([\d.]+)\)?\s+(\S+)$/gm)].map(([, version, name]) => [
    name,
    version,
  ]);
}

/** @throws UserError when the file asks for a newer glibc, or for a library that isn't allowed */
export function checkShared(file, libraries) {
  const newer = glibcSymbols(file).filter(([, version]) => isNewer(version, OLDEST_GLIBC));
  const name = path.basename(file);
  if (newer.length > 0) {
    const words = newer.map(([symbol, version]) => `${symbol} (${version})`).join(', ');
    throw new UserError(`${name} needs a newer glibc than ${OLDEST_GLIBC}: ${words}`);
  }
  const needed = [...run('objdump', ['-p', file]).matchAll(/NEEDED\s+(\S+)/g)].map(([, so]) => so);
  const others = needed.filter((library) => !libraries.includes(library));
  if (others.length > 0) throw new UserError(`${name} needs ${others.join(', ')}`);
}
