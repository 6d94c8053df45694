import { formatPolicyError } from '../../../src/policies/model.ts';
import { type ParseOptions, parsePolicies } from '../../../src/policies/parse.ts';

/** A policy with the commonest fields of the language; line numbers in the tests are its. */
export const SAMPLE = `apiVersion: cilium.io/v1alpha1
kind: TracingPolicy
metadata:
  name: sample
spec:
  kprobes:
  - call: security_file_permission
    syscall: false
    args:
    - index: 0
      type: file
    - index: 1
      type: int
    selectors:
    - matchArgs:
      - index: 0
        operator: Prefix
        values: ["/etc/"]
      matchBinaries:
      - operator: In
        values: [/bin/cat]
      matchActions:
      - action: Sigkill
`;

/** The sample with one change, which must apply. */
export function changed(from: string | RegExp, to: string): string {
  const result = SAMPLE.replace(from, () => to);
  if (result === SAMPLE) throw new Error(`the sample has no ${from}`);
  return result;
}

/** A policy with this spec, which begins in line 6. */
export const policyWith = (spec: string): string =>
  `apiVersion: cilium.io/v1alpha1\nkind: TracingPolicy\nmetadata:\n  name: sample\nspec:\n${spec}\n`;

/** What the operator sees of a file's errors, without its name. */
export function errorsOf(source: string, options?: ParseOptions): string[] {
  const { errors = [] } = parsePolicies(source, 'p.yaml', options);
  return errors.map(formatPolicyError).map((line) => line.replace(/^p\.yaml:/, ''));
}

/** The same of its warnings; the file must be right. */
export function warningsOf(source: string): string[] {
  const { warnings, errors } = parsePolicies(source, 'p.yaml');
  if (errors) throw new Error(errors.map(formatPolicyError).join('\n'));
  return warnings.map(formatPolicyError).map((line) => line.replace(/^p\.yaml:/, ''));
}
