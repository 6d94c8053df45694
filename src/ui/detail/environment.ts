import type { Environment } from '../../agent/inspect/types.ts';
import type { Event } from '../../events/types.ts';
import { compareTexts } from '../store/sortedRows.ts';

/** How a variable differs from the parent's: it was added, taken away, or has another value. */
export type Change = 'added' | 'removed' | 'changed' | 'same';

export type Variable = {
  readonly name: string;
  readonly value: string;
  /** 'same' also when the parent's environment is not known. */
  readonly change: Change;
  /** The parent's value, of a changed one. */
  readonly before: string | undefined;
  readonly isSecret: boolean;
};

const SECRET = /pass|pwd|token|secret|key|credential|auth|cookie|private|dsn|_url$/i;
/** The working directory and the one before (cd(1p)). */
const FOLDERS: ReadonlySet<string> = new Set(['PWD', 'OLDPWD']);
/** A password in an address: `postgres://user:pass@host`. */
const HOLDS_PASSWORD = /:\/\/[^\s/:@]*:[^\s/@]+@/;

/** Whether a value had better not be shown to everybody who looks at the screen: by its name, or by what it is. */
export const looksSecret = (name: string, value = ''): boolean =>
  (SECRET.test(name) && !FOLDERS.has(name)) || HOLDS_PASSWORD.test(value);

/** The event with such values of its environment masked; the event itself when there are none. */
export function withoutSecrets(event: Event): Event {
  if (!('process' in event) || !event.process?.environmentVariables) return event;
  const variables = event.process.environmentVariables;
  if (!variables.some(({ key, value }) => looksSecret(key, value))) return event;
  const environmentVariables = variables.map(({ key, value }) => ({
    key,
    value: looksSecret(key, value) ? '****' : value,
  }));
  return { ...event, process: { ...event.process, environmentVariables } };
}

/** All variables by name, with those that only the parent has. A name that stands there twice is told twice, as it is. */
export function compareEnvironments(own: Environment, parent: Environment | undefined): Variable[] {
  const theirs = new Map<string, string>();
  // Of two with one name getenv(3) finds the first.
  for (const { key, value } of parent?.variables ?? [])
    if (!theirs.has(key)) theirs.set(key, value);
  const names = new Set(own.variables.map(({ key }) => key));
  const variable = (name: string, value: string, change: Change, before?: string): Variable => ({
    ...{ name, value, change, before },
    isSecret: looksSecret(name, value) || looksSecret(name, before),
  });
  const present = own.variables.map(({ key, value }) => {
    const before = theirs.get(key);
    if (!parent || before === value) return variable(key, value, 'same');
    return before === undefined
      ? variable(key, value, 'added')
      : variable(key, value, 'changed', before);
  });
  // What lies beyond a cut may be there all the same.
  const gone = own.isCut ? [] : [...theirs].filter(([name]) => !names.has(name));
  return [...present, ...gone.map(([name, value]) => variable(name, value, 'removed'))].sort(
    (a, b) => compareTexts(a.name, b.name),
  );
}
