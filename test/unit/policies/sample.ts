import { formatPolicyError } from '../../../src/policies/model.ts';
import { parsePolicies } from '../../../src/policies/parse.ts';

/** A policy that uses every field of the language; line numbers in the tests are its. */
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
  const result = SAMPLE.replace(from, to);
  if (result === SAMPLE) throw new Error(`the sample has no ${from}`);
  return result;
}

/** What the operator sees of a file's errors, without its name. */
export function errorsOf(source: string): string[] {
  const { errors = [] } = parsePolicies(source, 'p.yaml');
  return errors.map(formatPolicyError).map((line) => line.replace(/^p\.yaml:/, ''));
}
