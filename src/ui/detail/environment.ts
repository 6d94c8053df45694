import type { Environment } from '../../agent/inspect/types.ts';

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

const SECRET = /pass|token|secret|key|credential|auth|cookie|private/i;

/** Names whose values one had better not show to everybody who looks at the screen. */
export const looksSecret = (name: string): boolean => SECRET.test(name);

/** All variables by name, with those that only the parent has. A name that stands there twice is told twice, as it is. */
export function compareEnvironments(own: Environment, parent: Environment | undefined): Variable[] {
  const theirs = new Map<string, string>();
  // Of two with one name getenv(3) finds the first.
  for (const { key, value } of parent?.variables ?? [])
    if (!theirs.has(key)) theirs.set(key, value);
  const names = new Set(own.variables.map(({ key }) => key));
  const variable = (name: string, value: string, change: Change, before?: string): Variable => ({
    ...{ name, value, change, before },
    isSecret: looksSecret(name),
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
    (a, b) => compare(a.name, b.name),
  );
}

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
