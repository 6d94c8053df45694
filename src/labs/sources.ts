import type { PolicySource } from '../agent/messages.ts';
import { libraryPolicies } from './catalog.ts';
import type { Lab } from './lab.ts';

/** The lab's own policies, switched off, and those of the library that its steps name. */
export function labSources(lab: Lab): PolicySource[] {
  const files = libraryPolicies();
  const named = lab.steps
    .flatMap(({ checks }) => checks.flatMap((check) => ('policy' in check ? [check.policy] : [])))
    .filter((name) => !lab.policies.includes(name));
  const library = new Set(named.flatMap((name) => files.get(name) ?? []));
  return [labSource(lab), ...[...library].map((path): PolicySource => ({ path, mode: 'off' }))];
}

/** The policies that a lab's file brings. */
export const labSource = ({ file, policyText }: Lab): PolicySource => ({
  path: file,
  mode: 'off',
  // Not watched: the file is a lab.
  origin: 'added',
  text: policyText,
});
