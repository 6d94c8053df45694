import { readBounded } from './readBounded.ts';

/** User names by uid from /etc/passwd (passwd(5)); an unreadable file gives none. */
export function readUserNames(file = '/etc/passwd'): Map<number, string> {
  return firstByNumber(file, ([name]) => name);
}

/** Group names by gid from /etc/group (group(5)), the same way. */
export function readGroupNames(file = '/etc/group'): Map<number, string> {
  return firstByNumber(file, ([name]) => name);
}

/** Home folders by uid, the same way. */
export function readHomes(file = '/etc/passwd'): Map<number, string> {
  return firstByNumber(file, (fields) => fields[5]);
}

/** Larger ones no host has; the rest of one stays numbers. */
const MOST_BYTES = 8 << 20;
const LIMIT_MS = 1000;

/** Of several lines with one number the first counts, as for getpwuid(3) and getgrgid(3). */
function firstByNumber(
  file: string,
  read: (fields: readonly string[]) => string | undefined,
): Map<number, string> {
  const found = new Map<number, string>();
  let text = '';
  try {
    const { bytes, isCut } = readBounded(file, MOST_BYTES, LIMIT_MS);
    text = bytes.toString('utf8');
    // Half a line says something else than a whole one.
    if (isCut) text = text.slice(0, text.lastIndexOf('\n') + 1);
  } catch {
    return found;
  }
  for (const line of text.split('\n')) {
    const fields = line.split(':');
    const value = read(fields);
    if (value && fields[2] && !found.has(Number(fields[2]))) found.set(Number(fields[2]), value);
  }
  return found;
}
