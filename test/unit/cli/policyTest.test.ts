import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TrialResult } from '../../../src/agent/trial.ts';
import { UsageError } from '../../../src/cli/optionValues.ts';
import {
  summarize,
  summaryText,
  testedPolicy,
  testTable,
} from '../../../src/cli/policyTestTable.ts';
import { wantedPolicies } from '../../../src/cli/policyWords.ts';

const RESULT: TrialResult = {
  policy: 'etc-writes',
  file: '/library/etc-writes.yaml',
  verdict: 'seen',
  why: 'write node1 /etc/trial/act /etc/trial/file',
  obtained: 'equivalent: entry of write',
  trigger: { deeds: ['write /etc/x'], events: 1, line: 'x', problem: undefined },
  nearMiss: undefined,
};
const FAILED_TRIGGER: TrialResult = {
  ...RESULT,
  verdict: 'not run',
  trigger: { deeds: ['write /etc/x'], events: 0, line: undefined, problem: 'no such file' },
};
const NOT_HERE: TrialResult = {
  ...{ ...RESULT, verdict: 'not run', trigger: undefined },
  ...{ policy: 'no-hook', obtained: 'not here: f: no such function', why: 'f: no such function' },
};

test('what counts as a failure', () => {
  const isFailure = (result: TrialResult, isFileWrong?: boolean) =>
    testedPolicy(result, isFileWrong).failed;
  expect(isFailure(RESULT)).toBe(false);
  expect(isFailure(NOT_HERE)).toBe(false);
  expect(isFailure(NOT_HERE, true)).toBe(true);
  expect(isFailure(FAILED_TRIGGER)).toBe(true);
  expect(isFailure({ ...RESULT, verdict: 'not seen' })).toBe(true);
  expect(isFailure({ ...RESULT, verdict: 'false alarm' })).toBe(true);
});

test('the table: aligned, and what policies and the kernel say can not act on the terminal', () => {
  const { head, row } = testTable(['etc-writes', 'no-hook']);
  expect(head()).toBe('POLICY       HERE         VERDICT       WHY');
  expect(row(testedPolicy(RESULT))).toBe(
    'etc-writes   equivalent   seen          write node1 /etc/trial/act /etc/trial/file',
  );
  expect(row(testedPolicy(NOT_HERE))).toBe(
    'no-hook      not here     not run       f: no such function',
  );
  const hostile = testedPolicy({ ...RESULT, why: 'a\u001b[2Jb\nc' });
  expect(row(hostile)).not.toMatch(/[\u001b\n]/);
});

test('the summary', () => {
  const results = [RESULT, RESULT, NOT_HERE, FAILED_TRIGGER].map((result) => testedPolicy(result));
  const summary = summarize(results);
  expect(summary).toEqual({ seen: 2, 'not seen': 0, 'false alarm': 0, 'not run': 2, failed: 1 });
  expect(summaryText(summary)).toBe('4 policies: 2 seen, 2 not run');
  expect(summaryText(summarize([testedPolicy(RESULT)]))).toBe('1 policy: 1 seen');
});

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'trigon-test-'));
  const policy = (name: string) =>
    JSON.stringify({
      ...{ apiVersion: 'cilium.io/v1alpha1', kind: 'TracingPolicy', metadata: { name } },
      spec: { kprobes: [{ call: 'security_file_open', syscall: false }] },
    });
  writeFileSync(join(folder, 'two.yaml'), `${policy('first')}\n---\n${policy('second')}\n`);
  writeFileSync(join(folder, 'wrong.yml'), policy('third').replace('kprobes', 'kprobs'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a name is one of the library; what looks like a path is one', () => {
  const [found, ...others] = wantedPolicies(['etc-writes', 'etc-writes'], false, {});
  expect(found).toMatchObject({ name: 'etc-writes', errors: [] });
  expect(found?.file).toMatch(/src\/policies\/library\/etc-writes\.yaml$/);
  expect(others).toEqual([]);
  const file = join(folder, 'two.yaml');
  expect(wantedPolicies([file], false, {})).toEqual([
    { name: 'first', file, errors: [] },
    { name: 'second', file, errors: [] },
  ]);
});

test('files of a folder; one with an error is told by its own name', () => {
  const [, , wrong, ...more] = wantedPolicies([`${folder}/`], false, {});
  expect(more).toEqual([]);
  expect(wrong).toMatchObject({ name: 'wrong' });
  expect(wrong?.errors.join()).toMatch(/wrong\.yml:1:\d+: spec\.kprobs: /);
  const [gone] = wantedPolicies(['./gone.yaml'], false, {});
  expect(gone?.errors.join()).toContain("can't be read");
});

test('an unknown name', () => {
  const message = (word: string) => {
    try {
      wantedPolicies([word], false, {});
    } catch (error) {
      if (error instanceof UsageError) return error.message;
      throw error;
    }
    throw new Error('it was found');
  };
  expect(message('etc-write')).toBe(
    'the library has no policy "etc-write"; did you mean "etc-writes"?',
  );
  expect(message('qqqqqq')).toContain('a file needs its path');
});

test('all: every file of the library, none with an error', () => {
  const all = wantedPolicies([], true, {});
  expect(all.length).toBeGreaterThan(3);
  expect(all.flatMap(({ errors }) => errors)).toEqual([]);
});
