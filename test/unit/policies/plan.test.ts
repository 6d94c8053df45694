import { describe, expect, test } from 'vitest';
import { formatPolicyError } from '../../../src/policies/model.ts';
import { parseWholeNumber } from '../../../src/policies/numbers.ts';
import { parsePolicies } from '../../../src/policies/parse.ts';
import { hasEnforcement, type PlanResult, planPolicy } from '../../../src/policies/plan.ts';
import { describeSelector } from '../../../src/policies/words.ts';
import { changed, SAMPLE } from './sample.ts';

function policyOf(source: string) {
  const policy = parsePolicies(source, 'p.yaml').policies?.[0];
  if (!policy) throw new Error('the policy has mistakes');
  return policy;
}
const plan = (source: string, rawSyscalls = true): PlanResult =>
  planPolicy(policyOf(source), { rawSyscalls });
const refusals = (result: PlanResult) => (result.errors ?? []).map(formatPolicyError);

describe('whole numbers', () => {
  test.each<[string, bigint | undefined]>([
    ['0', 0n],
    ['00', 0n],
    ['7', 7n],
    ['-7', -7n],
    ['+7', 7n],
    [' 7 ', 7n],
    ['0x1F', 31n],
    ['0X1f', 31n],
    ['-0x10', -16n],
    ['010', 8n],
    ['0o10', 8n],
    ['0O10', 8n],
    ['0b101', 5n],
    ['18446744073709551616', 18446744073709551616n],
    ['', undefined],
    ['-', undefined],
    ['08', undefined],
    ['1.0', undefined],
    ['1e3', undefined],
    ['0x', undefined],
    ['0xg', undefined],
    ['0b2', undefined],
    ['--1', undefined],
    ['1_000', undefined],
    ['٣', undefined],
    ['seven', undefined],
  ])('%j', (text, value) => {
    expect(parseWholeNumber(text)).toBe(value);
  });
});

describe('plans', () => {
  test('sources of the arguments, in the order of the policy', () => {
    const { plan: made } = plan(
      changed(
        /index: 0\n {6}type: file\n {4}- index: 1\n {6}type: int/,
        'index: 1\n      type: int\n    - index: 0\n      type: file',
      ),
    );
    expect(made?.hooks[0]?.sources).toEqual(['TG_SOURCE_ACCESS', 'TG_SOURCE_FILE']);
    expect(made?.hooks[0]?.selectors).toMatchObject([
      { kills: true, posts: true, matchArgs: [{ argument: 1 }] },
    ]);
    expect(made?.hooks[0]?.equivalent.obtained).toContain('equivalent');
  });

  test.each<[string, string, boolean, boolean]>([
    ['no actions', '[]', false, true],
    ['Post', '[{action: Post}]', false, true],
    ['NoPost', '[{action: NoPost}]', false, false],
    ['Sigkill', '[{action: Sigkill}]', true, true],
    ['Sigkill and NoPost', '[{action: Sigkill}, {action: NoPost}]', true, false],
  ])('%s', (_, actions, kills, posts) => {
    const source = changed(/matchActions:\n.*/, `matchActions: ${actions}`);
    expect(plan(source).plan?.hooks[0]?.selectors[0]).toMatchObject({ kills, posts });
    expect(hasEnforcement(policyOf(source))).toBe(kills);
  });

  test('a function that this version knows no way to', () => {
    expect(refusals(plan(changed('security_file_permission', 'tcp_connect')))).toEqual([
      "p.yaml:7:11: spec.kprobes[0].call: this version of Trigon can't hook tcp_connect; it knows security_file_permission",
    ]);
    expect(refusals(plan(changed('security_file_permission', 'toString')))).toHaveLength(1);
  });

  test('arguments that the function does not have, or of another type: all told', () => {
    const source = changed('type: int', 'type: file').replace(
      '    selectors:',
      '    - {index: 2, type: int}\n    selectors:',
    );
    expect(refusals(plan(source))).toEqual([
      'p.yaml:12:7: spec.kprobes[0].args[1].type: argument 1 of security_file_permission is of type int, not file',
      'p.yaml:14:7: spec.kprobes[0].args[2].index: security_file_permission has arguments 0 to 1',
    ]);
  });

  test('a kernel that refuses the raw system call tracepoints', () => {
    expect(refusals(plan(SAMPLE, false))).toEqual([
      'p.yaml:7:11: spec.kprobes[0].call: security_file_permission needs the raw_syscalls tracepoints, which this kernel refuses',
    ]);
  });
});

describe('in words', () => {
  const words = (source: string) => {
    const hook = policyOf(source).hooks[0];
    const selector = hook?.selectors[0];
    return hook && selector && describeSelector(hook, selector);
  };
  const filters = (text: string) => changed(/matchArgs:[\s\S]*/, text);

  test.each<[string, string]>([
    ['path begins with /etc/, by /bin/cat', SAMPLE],
    ['every call', filters('matchActions: []\n')],
    [
      'write, path is /a or /b',
      filters(
        'matchArgs: [{index: 0, operator: Equal, values: [/a, /b]}, {index: 1, operator: Equal, values: [0x2]}]\n',
      ),
    ],
    [
      'not read or write, path is not /a',
      filters(
        'matchArgs: [{index: 0, operator: NotEqual, values: [/a]}, {index: 1, operator: NotEqual, values: [4, "2"]}]\n',
      ),
    ],
    [
      '7, path does not begin with /a',
      filters(
        'matchArgs: [{index: 0, operator: NotPrefix, values: [/a]}, {index: 1, operator: Equal, values: [7]}]\n',
      ),
    ],
    ['by anything but /a or /b', filters('matchBinaries: [{operator: NotIn, values: [/a, /b]}]\n')],
  ])('%s', (expected, source) => {
    expect(words(source)).toBe(expected);
  });
});
