/** Arguments in memory that is not there when the call begins: needs root and clang. */
import { constants } from 'node:os';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { AgentUnderTest } from '../driver/agent.ts';
import { type Hit, openStage, outcomeOf, type Stage } from './stage.ts';

const { EFAULT } = constants.errno;

let stage: Stage;
let agent: AgentUnderTest;
/** The file that is opened, and one whose content is its name. */
let wanted: string;
let name: string;

beforeAll(async () => {
  stage = openStage();
  wanted = stage.shop.file('wanted', 'original');
  name = stage.shop.file('name', `${wanted}\0`);
  agent = await stage.start(specs(), { mode: 'off' });
  expect(agent.problems).toEqual([]);
});
afterEach(async () => {
  for (const policy of Object.keys(specs())) await stage.setMode(policy, 'off');
});
afterAll(async () => {
  await stage.stop();
  stage.remove();
});

/** openat(2) as fixtures/deeds.c calls it; `filter` on the path decides whether it matches, or there is none. */
const onOpen = (filter: object | undefined, actions: object[] = []) => ({
  kprobes: [
    {
      call: 'sys_openat',
      syscall: true,
      args: [
        { index: 0, type: 'int' },
        { index: 1, type: 'string' },
      ],
      selectors: [
        {
          matchArgs: [
            { index: 0, operator: 'Equal', values: ['4242'] },
            ...(filter ? [{ index: 1, ...filter }] : []),
          ],
          matchBinaries: [{ operator: 'In', values: [stage.deeds] }],
          ...(actions.length > 0 ? { matchActions: actions } : {}),
        },
      ],
    },
  ],
});

const pathOf = (hit: Hit): unknown => ('args' in hit ? hit.args[1] : undefined);

function specs(): Record<string, object> {
  const equal = { operator: 'Equal', values: [wanted] };
  const kill = [{ action: 'Sigkill' }];
  const exception = onOpen(equal, [{ action: 'NoPost' }]);
  for (const hook of exception.kprobes)
    hook.selectors.push(...onOpen(undefined, kill).kprobes.flatMap(({ selectors }) => selectors));
  return {
    equal: onOpen(equal),
    other: onOpen({ operator: 'Equal', values: [`${wanted}-not`] }),
    'not-other': onOpen({ operator: 'NotEqual', values: [`${wanted}-not`] }),
    'not-equal': onOpen({ operator: 'NotEqual', values: [wanted] }),
    plain: onOpen(undefined),
    'kill-equal': onOpen(equal, kill),
    'kill-plain': onOpen(undefined, kill),
    exception,
  };
}

/** What has been counted of the policies while the function ran. */
async function counted(policies: readonly string[], during: () => Promise<void>) {
  const read = async () => {
    await agent.status('plain');
    return Promise.all(policies.map((policy) => agent.waitForPolicy(policy, () => true)));
  };
  const before = await read();
  await during();
  return (await read()).map(({ name: policy, counts, runs }, at) => {
    const first = before[at];
    return {
      policy,
      matched: counts.matched - (first?.counts.matched ?? 0),
      posted: counts.posted - (first?.counts.posted ?? 0),
      killed: counts.killed - (first?.counts.killed ?? 0),
      faults: runs.argumentFaults - (first?.runs.argumentFaults ?? 0),
      lost: runs.pendingLost - (first?.runs.pendingLost ?? 0),
    };
  });
}

test('is counted, and read again when the call returns: the event still comes', async () => {
  const policies = ['equal', 'other', 'not-other', 'plain'];
  for (const policy of policies) await stage.setMode(policy, 'monitor');
  const counts = await counted(policies, async () => {
    const ended = await stage.play('open-mapped', name);
    expect(ended).toMatchObject({ code: 0, stdout: '0\n' });
    const hits = await stage.hitsOf(ended);
    expect(hits.map(({ policyName }) => policyName)).toEqual(['equal', 'not-other', 'plain']);
    expect(hits.map(pathOf)).toEqual(Array(3).fill({ kind: 'string_arg', value: wanted }));
  });
  const once = { matched: 1, posted: 1, killed: 0, faults: 1, lost: 0 };
  expect(counts).toEqual([
    { ...once, policy: 'equal' },
    { ...once, policy: 'other', matched: 0, posted: 0 },
    { ...once, policy: 'not-other' },
    { ...once, policy: 'plain' },
  ]);
});

test('memory that is never there: counted, no filter holds, and an event tells the bad address', async () => {
  const policies = ['equal', 'not-equal', 'plain'];
  for (const policy of policies) await stage.setMode(policy, 'monitor');
  const counts = await counted(policies, async () => {
    const ended = await stage.play('open-nowhere');
    expect(ended).toMatchObject({ code: 0, stdout: `${EFAULT}\n` });
    expect((await stage.hitsOf(ended)).map((hit) => [hit.policyName, pathOf(hit)])).toEqual([
      ['plain', { kind: 'error_arg', value: { message: expect.stringContaining('Bad address') } }],
    ]);
  });
  expect(counts.map(({ policy, matched, faults }) => [policy, matched, faults])).toEqual([
    ['equal', 0, 1],
    ['not-equal', 0, 1],
    ['plain', 1, 1],
  ]);
});

test('an action waits for what its filter could not read, and comes at the return of the call', async () => {
  await stage.arm('kill-equal');
  const counts = await counted(['kill-equal'], async () => {
    const ended = await stage.play('open-mapped', name);
    expect(ended).toMatchObject({ signal: 'SIGKILL', stdout: '' });
    const hits = await stage.hitsOf(ended);
    expect(hits.map(outcomeOf)).toMatchObject([{ outcome: 'applied', signal: 'SIGKILL' }]);
    expect(hits.map(pathOf)).toEqual([{ kind: 'string_arg', value: wanted }]);
  });
  expect(counts).toMatchObject([{ matched: 1, killed: 1, faults: 1 }]);
});

test('an action that needs nothing of it comes at once', async () => {
  await stage.arm('kill-plain');
  const ended = await stage.play('open-mapped', name);
  expect(ended).toMatchObject({ signal: 'SIGKILL', stdout: '' });
  const hits = await stage.hitsOf(ended);
  expect(hits.map(outcomeOf)).toMatchObject([{ outcome: 'applied' }]);
  expect(hits.map(pathOf)).toMatchObject([{ kind: 'error_arg' }]);
});

test('an exception that could not be read yet is an exception all the same', async () => {
  await stage.arm('exception');
  const exempt = await stage.play('open-mapped', name);
  expect(exempt).toMatchObject({ code: 0, signal: null, stdout: '0\n' });
  const another = stage.shop.file('another-name', `${stage.shop.file('another', 'x')}\0`);
  expect(await stage.play('open-mapped', another)).toMatchObject({ signal: 'SIGKILL' });
  const { hooks } = await agent.status('exception');
  expect(hooks[0]?.selectors.map(({ counts }) => [counts.matched, counts.killed])).toEqual([
    [1, 0],
    [1, 1],
  ]);
});
