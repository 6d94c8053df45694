/** `trigon policy test` as an operator uses it. */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run } from '../driver/command.ts';
import { asNobody } from '../driver/openClone.ts';
import { onWrites, policyOf } from './stage.ts';
import { openWorkshop, type Workshop } from './workshop.ts';

const LAUNCHER = fileURLToPath(new URL('../../bin/trigon.mjs', import.meta.url));

let shop: Workshop;
beforeAll(() => {
  shop = openWorkshop();
});
afterAll(() => shop.remove());

const policyTest = (...args: string[]) => run(LAUNCHER, ['policy', 'test', ...args]);

/** A policy with the trigger; on writes to one file that isn't there. */
function file(name: string, trigger: string, hook?: object): string {
  const policy = JSON.parse(
    policyOf(name, { kprobes: [hook ?? onWrites(shop.path('tried/file'), '/', [])] }),
  );
  policy.metadata.annotations = { 'trigon/trigger': trigger };
  return shop.file(`${name}.yaml`, JSON.stringify(policy));
}

test('a table, line by line, and exit code 1 for what is not seen or wrong', async () => {
  const tried = shop.path('tried');
  const unseen = file('unseen', `private ${tried}\nwrite ${tried}/file`);
  const wrong = shop.file('wrong.yaml', policyOf('wrong', { kprobs: [] }));
  const { stdout, stderr, code } = await policyTest('etc-writes', unseen, wrong);
  const lines = stdout.trimEnd().split('\n');
  expect(lines[0]).toMatch(/^POLICY +HERE +VERDICT +WHY$/);
  expect(lines[1]).toMatch(/^etc-writes +(exact|equivalent|in part) +seen +\S/);
  expect(lines[2]).toMatch(/^unseen +\S.* not seen +its hooks ran \(/);
  expect(lines[3]).toMatch(/^wrong +- +not run +\/.*wrong\.yaml:1:\d+: spec\.kprobs: /);
  expect(lines.slice(4)).toEqual(['', '3 policies: 1 seen, 1 not seen, 1 not run']);
  expect(stderr).toBe('');
  expect(code).toBe(1);
});

test('JSON; what this kernel has no hook for is no failure', async () => {
  const hook = { call: 'no_such_function_anywhere', syscall: false };
  const nowhere = file('nowhere', 'child', hook);
  const { stdout, code } = await policyTest('-o', 'json', nowhere, 'etc-writes');
  const answer = JSON.parse(stdout);
  expect(answer).toMatchObject({
    ok: true,
    kernel: { version: expect.stringMatching(/^\d+\.\d+$/), kprobes: expect.any(Boolean) },
    results: [
      { policy: 'nowhere', file: nowhere, verdict: 'not run', failed: false },
      { policy: 'etc-writes', verdict: 'seen', failed: false, trigger: { events: 1 } },
    ],
    summary: { seen: 1, 'not run': 1, failed: 0 },
  });
  expect(answer.results[0].obtained).toMatch(/^not here: /);
  expect(answer.results[0].why).toContain('no_such_function_anywhere');
  expect(code).toBe(0);
});

test('values of parameters and placeholders', async () => {
  const tried = shop.path('tried');
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a placeholder of policies
  const path = file('set', 'private ${FOLDER}\nwrite ${FOLDER}/file', {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a placeholder of policies
    ...onWrites('${FOLDER}/file', '/', []),
    selectors: [
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a placeholder of policies
      { matchArgs: [{ index: 0, operator: 'Equal', values: ['${FOLDER}/file'] }] },
    ],
  });
  const { stdout, code } = await policyTest('--set', `FOLDER=${tried}`, path);
  expect(stdout).toContain(`${tried}/file`);
  expect(code).toBe(0);
});

test('a name that the library does not have', async () => {
  const { stdout, stderr, code } = await policyTest('etc-write');
  expect(stdout).toBe('');
  expect(stderr).toContain('did you mean "etc-writes"?');
  expect(code).toBe(2);
});

test('without privileges it says what is missing', async () => {
  const { stderr, code } = await run(
    'unshare',
    asNobody([process.execPath, LAUNCHER, 'policy', 'test', 'etc-writes']),
  );
  expect(stderr).toMatch(/run it as root|CAP_BPF/);
  expect(code).toBe(1);
});
