import { realpathSync, writeFileSync } from 'node:fs';
import { asOwner, sudoUser } from '../agent/sudoUser.ts';
import { readUserNames } from '../agent/users.ts';
import { escapeText } from '../events/text.ts';
import { formatPolicyError } from '../policies/model.ts';
import { newPolicy, type PolicyWish } from '../policies/new.ts';
import { parsePolicies } from '../policies/parse.ts';

/** `trigon policy new`. Returns the exit code. */
export function runNew(wish: PolicyWish, out: string | undefined): number {
  const { text, errors } = newPolicy(wish, { uidOf, resolve });
  if (errors) {
    for (const error of errors) process.stderr.write(`trigon: ${escapeText(error)}\n`);
    return 2;
  }
  // What we write we must be able to read: limits such as the length of a path are checked there, once.
  const parsed = parsePolicies(text, out ?? '<new>');
  if (parsed.errors) {
    for (const error of parsed.errors)
      process.stderr.write(`trigon: ${formatPolicyError(error)}\n`);
    return 2;
  }
  if (out === undefined) {
    process.stdout.write(text);
    return 0;
  }
  const problem = writeNew(out, text);
  if (problem === undefined) return 0;
  process.stderr.write(`trigon: ${escapeText(problem)}\n`);
  return 1;
}

/** A new file of whoever sits there, also under sudo(8). @returns why there is none */
function writeNew(path: string, text: string): string | undefined {
  const owner = sudoUser();
  if (typeof owner === 'string') return owner;
  try {
    asOwner(owner, () => writeFileSync(path, text, { flag: 'wx' }));
    return undefined;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === 'EEXIST' ? `${path} exists already; nothing was written` : message;
  }
}

function uidOf(name: string): number | undefined {
  for (const [uid, known] of readUserNames()) if (known === name) return uid;
  return undefined;
}

function resolve(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
