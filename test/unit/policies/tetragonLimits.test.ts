import { expect, test } from 'vitest';
import { formatPolicyError } from '../../../src/policies/model.ts';
import { parsePolicies } from '../../../src/policies/parse.ts';
import { breaches } from './tetragonLimits.ts';

const hook = (rest: string, call = 'sys_prctl'): string => `apiVersion: cilium.io/v1alpha1
kind: TracingPolicy
metadata: { name: sample }
spec:
  kprobes:
    - { call: ${call}, syscall: ${call.startsWith('sys_')}, ${rest} }
`;
const ARGS = 'args: [{ index: 0, type: int }]';
const filter = (operator: string, values: string, args = ARGS): string =>
  hook(
    `${args}, selectors: [{ matchArgs: [{ index: 0, operator: ${operator}, values: ${values} }] }]`,
  );
const selector = (text: string): string => hook(`${ARGS}, selectors: [{ ${text} }]`);
const action = (text: string, call = 'sys_prctl'): string =>
  hook(`selectors: [{ matchActions: [{ ${text} }] }]`, call);

function told(text: string): string[] {
  const { policies, errors } = parsePolicies(text, 'p.yaml');
  const [policy] = policies ?? [];
  if (!policy) throw new Error(errors?.map(formatPolicyError).join('\n'));
  return breaches(policy, text);
}

test('what Tetragon takes', () => {
  for (const text of [
    filter('Equal', '["1", "2", "3", "4"]'),
    filter('InMap', '["1", "2", "3", "4", "5:9"]'),
    selector('matchPIDs: [{ operator: In, values: [1, 2] }]'),
    action('action: Override, argError: -1'),
  ])
    expect(told(text)).toEqual([]);
});

/** What we take and Tetragon doesn't. */
test.each([
  ['five numbers', filter('Equal', '["1", "2", "3", "4", "5"]'), '4 values'],
  ['a number that should be a text', filter('Equal', '[1]'), '1 is no string in YAML'],
  ['a huge map', filter('InMap', '["0:9999999"]'), '10000000 values in a map'],
  [
    'a type that it can not compare',
    filter('Equal', '["1"]', 'args: [{ index: 0, type: capability }]'),
    'Equal of capability',
  ],
  [
    'a large size',
    filter('Equal', '["4294967295"]', 'args: [{ index: 0, type: size_t }]'),
    'signed number of 32 bits',
  ],
  ['five PIDs', selector('matchPIDs: [{ operator: In, values: [1, 2, 3, 4, 5] }]'), '4 PIDs'],
  [
    'two filters of PIDs',
    selector('matchPIDs: [{ operator: NotIn, values: [1] }, { operator: NotIn, values: [2] }]'),
    'only the first',
  ],
  [
    'parents of the process',
    selector('matchParentBinaries: [{ operator: In, values: [/a] }]'),
    '--parents-map-enabled',
  ],
  [
    'Override beside kprobe.multi',
    action('action: Override, argError: -1', 'security_file_open'),
    'needs disable-kprobe-multi',
  ],
  ['one function twice', `${hook(ARGS)}    - { call: sys_prctl }\n`, 'can be hooked once'],
])('%s', (_, text, expected) => {
  expect(told(text)).toEqual([expect.stringContaining(expected)]);
});
