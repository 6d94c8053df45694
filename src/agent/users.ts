import { readFileSync } from 'node:fs';

/** User names by uid from /etc/passwd (passwd(5)); an unreadable file gives none. */
export function readUserNames(file = '/etc/passwd'): Map<number, string> {
  return firstByUid(file, ([name]) => name);
}

/** Home folders by uid, the same way. */
export function readHomes(file = '/etc/passwd'): Map<number, string> {
  return firstByUid(file, (fields) => fields[5]);
}

/** Of several lines with one uid the first counts, as for getpwuid(3). */
function firstByUid(
  file: string,
  read: (fields: readonly string[]) => string | undefined,
): Map<number, string> {
  const found = new Map<number, string>();
  let text = '';
  try {
    text = readFileSync(file, 'utf8');
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
