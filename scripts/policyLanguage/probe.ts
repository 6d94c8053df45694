/** Asks the reader of policies what it takes: pages are made of its answers, so that they can't say anything else. */
import type { PolicyError } from '../../src/policies/model.ts';
import { parsePolicies } from '../../src/policies/parse.ts';

/** A mapping of a policy, as YAML has it. */
export type Mapping = Readonly<Record<string, unknown>>;

/** A policy with this `spec`. */
export const policyWith = (spec: Mapping): Mapping => ({
  apiVersion: 'cilium.io/v1alpha1',
  kind: 'TracingPolicy',
  metadata: { name: 'probe' },
  spec,
});

/** One with a hook on a function that takes a file and a number. */
export const withHook = (more: Mapping): Mapping =>
  policyWith({
    kprobes: [
      {
        call: 'security_file_permission',
        syscall: false,
        args: [
          { index: 0, type: 'file' },
          { index: 1, type: 'int' },
        ],
        ...more,
      },
    ],
  });

export const withSelector = (selector: Mapping): Mapping => withHook({ selectors: [selector] });

const parse = (policy: Mapping) => parsePolicies(JSON.stringify(policy), 'probe.yaml');

export const errorsOf = (policy: Mapping): readonly PolicyError[] => parse(policy).errors ?? [];

const ALLOWED = /\ballowed(?: here)?: (.+)$/;

/** A name that nothing has. */
export const STRANGER = 'zzz-nothing';

/** What the message about STRANGER says is allowed in its place. @throws Error when it isn't refused with a list */
export function allowedWords(policy: Mapping): string[] {
  const told = errorsOf(policy).find(
    ({ field, message }) => field.endsWith(STRANGER) || message.includes(STRANGER),
  );
  const words = told && ALLOWED.exec(told.message)?.[1];
  if (words === undefined)
    throw new Error(
      `the reader lets ${STRANGER} pass, or doesn't say what is allowed: ${JSON.stringify(policy)}`,
    );
  return words.split(', ');
}

const isClean = (policy: Mapping): boolean => parse(policy).warnings?.length === 0;

/** Tried as the most of anything. */
const CEILING = 1 << 17;

/**
 * The largest number for which the policy is taken without an error or a warning.
 *
 * @param from a number for which it is
 * @throws Error when it isn't, or when there is no end
 */
export function most(policyOf: (count: number) => Mapping, from = 1): number {
  let good = from;
  while (good < CEILING && isClean(policyOf(good * 2))) good *= 2;
  if (!isClean(policyOf(good)) || good >= CEILING)
    throw new Error(`no limit is found: ${policyOf}`);
  let bad = good * 2;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (isClean(policyOf(middle))) good = middle;
    else bad = middle;
  }
  return good;
}
