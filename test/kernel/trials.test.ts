/** Policies that are tried by their own deeds, by the agent and by native/act. */
import { existsSync, readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { FromAgent } from '../../src/agent/messages.ts';
import type { TrialResult } from '../../src/agent/trial.ts';
import { actsRunning } from '../driver/act.ts';
import { type AgentUnderTest, startAgent } from '../driver/agent.ts';
import { until } from '../driver/until.ts';
import { onWrites } from './stage.ts';
import { openWorkshop, type Workshop } from './workshop.ts';

let shop: Workshop;
beforeAll(() => {
  shop = openWorkshop();
});
afterAll(() => shop.remove());

let agent: AgentUnderTest | undefined;
afterEach(async () => {
  await agent?.stop();
  agent = undefined;
  expect(actsRunning(folder())).toEqual([]);
});

/** Everything that the policies match and the deeds use; nothing of it is there on the host. */
const folder = () => `${shop.folder}/tried`;
const program = () => `${folder()}/program`;
const watched = () => `${folder()}/watched`;

const asProgram = () => [`private ${folder()}`, `as ${program()}`];

type Deeds = { trigger?: string[]; nearMiss?: string[] };

/** A policy on writes to the watched file by the program. */
function policyFile(name: string, { trigger, nearMiss }: Deeds, actions: object[] = []): string {
  const annotations = {
    ...(trigger ? { 'trigon/trigger': trigger.join('\n') } : {}),
    ...(nearMiss ? { 'trigon/near-miss': nearMiss.join('\n') } : {}),
  };
  return shop.file(
    `policies/${name}.yaml`,
    JSON.stringify({
      apiVersion: 'cilium.io/v1alpha1',
      kind: 'TracingPolicy',
      metadata: { name, annotations },
      spec: { kprobes: [onWrites(watched(), program(), actions)] },
    }),
  );
}

const results: { request: number; result: TrialResult }[] = [];

async function start(...files: string[]): Promise<AgentUnderTest> {
  results.length = 0;
  agent = await startAgent(
    { policies: files.map((path) => ({ path, mode: 'off' })) },
    (message: FromAgent) => {
      if (message.type === 'tested') results.push(message);
    },
  );
  expect(agent.problems).toEqual([]);
  return agent;
}

let requests = 0;

function ask(policy: number): Promise<TrialResult> {
  const request = ++requests;
  agent?.send({ type: 'test-policy', request, policy });
  return until(() => results.find((each) => each.request === request)?.result).then((result) => {
    if (!result) throw new Error('no result came');
    return result;
  });
}

async function tryPolicy(name: string): Promise<TrialResult> {
  const policy = await agent?.waitForPolicy(name, () => true);
  return ask(policy?.id ?? -1);
}

const write = () => `write ${watched()}`;
const writeOther = () => `write ${folder()}/other`;

test('seen: the trigger and not the near miss; nothing is left of it', async () => {
  const mounts = readFileSync('/proc/self/mounts', 'utf8');
  const deeds = {
    trigger: [...asProgram(), write()],
    nearMiss: [...asProgram(), writeOther()],
  };
  const { waitForPolicy } = await start(policyFile('good', deeds));
  const result = await tryPolicy('good');
  expect(result).toMatchObject({
    policy: 'good',
    file: shop.path('policies/good.yaml'),
    verdict: 'seen',
    trigger: { deeds: deeds.trigger, events: 1, problem: undefined },
    nearMiss: { deeds: deeds.nearMiss, events: 0, line: undefined, problem: undefined },
  });
  expect(result.trigger?.line).toContain(program());
  expect(result.trigger?.line).toContain(watched());
  expect(result.obtained).toMatch(/^(exact|equivalent: )/);
  await waitForPolicy('good', ({ mode }) => mode === 'off');
  expect(existsSync(folder())).toBe(false);
  expect(readFileSync('/proc/self/mounts', 'utf8')).toBe(mounts);
});

test('events of others do not count; a policy that was on stays on', async () => {
  // The deeds of "other" are what "good" tells of, but they are no trial of it.
  const trigger = [...asProgram(), write()];
  const { send, waitForPolicy, waitForEvent } = await start(
    policyFile('good', { trigger: [...asProgram(), writeOther()] }),
    policyFile('other', { trigger }),
  );
  const good = await waitForPolicy('good', () => true);
  send({ type: 'set-mode', policy: good.id, mode: 'monitor' });
  await waitForPolicy('good', ({ mode }) => mode === 'monitor');
  const [other, result] = await Promise.all([tryPolicy('other'), tryPolicy('good')]);
  expect(other).toMatchObject({ verdict: 'seen', trigger: { events: 1 } });
  await waitForEvent((event) => event.kind === 'process_kprobe' && event.policyName === 'good');
  expect(result).toMatchObject({ verdict: 'not seen', trigger: { events: 0 } });
  expect((await agent?.status('good'))?.mode).toBe('monitor');
});

test('a near miss that is seen is a false alarm', async () => {
  const deeds = [...asProgram(), write()];
  await start(policyFile('loud', { trigger: deeds, nearMiss: deeds }));
  const result = await tryPolicy('loud');
  expect(result).toMatchObject({ verdict: 'false alarm', nearMiss: { events: 1 } });
  expect(result.why).toContain(watched());
});

test('not seen: no selector matches', async () => {
  await start(policyFile('deaf', { trigger: [...asProgram(), writeOther()] }));
  expect(await tryPolicy('deaf')).toMatchObject({
    verdict: 'not seen',
    why: expect.stringMatching(/^its hooks ran \(\d+ calls?\), but no selector matched$/),
  });
});

test('not seen: a rate limit holds it back', async () => {
  const trigger = [...asProgram(), write()];
  const limit = { action: 'Post', rateLimit: '10m', rateLimitScope: 'global' };
  await start(policyFile('limited', { trigger }, [limit]));
  expect((await tryPolicy('limited')).verdict).toBe('seen');
  expect(await tryPolicy('limited')).toMatchObject({
    verdict: 'not seen',
    why: 'a rate limit held it back (1 call); try again later',
  });
});

test('not seen: it tells of nothing', async () => {
  const trigger = [...asProgram(), write()];
  await start(policyFile('mute', { trigger }, [{ action: 'NoPost' }]));
  expect((await tryPolicy('mute')).why).toContain('NoPost');
});

test('not run: a deed fails, there is no such deed, there is no trigger', async () => {
  const missing = `read ${shop.folder}/nothing`;
  await start(
    policyFile('failing', { trigger: [missing] }),
    policyFile('unknown', { trigger: ['dance'] }),
    policyFile('untried', {}),
  );
  expect(await tryPolicy('failing')).toMatchObject({
    verdict: 'not run',
    why: `the trigger failed: ${missing}: ${shop.folder}/nothing: No such file or directory`,
    trigger: { events: 0 },
  });
  expect((await tryPolicy('unknown')).why).toContain('there is no such deed: dance');
  expect((await tryPolicy('untried')).why).toContain('trigon/trigger');
  expect((await ask(4711)).why).toBe('there is no policy 4711');
});

test('not run while it is armed', async () => {
  const deeds = { trigger: [...asProgram(), write()] };
  const { send, waitForPolicy } = await start(policyFile('armed', deeds, [{ action: 'Sigkill' }]));
  const { id: policy } = await waitForPolicy('armed', () => true);
  send({ type: 'set-mode', policy, mode: 'monitor' });
  const fuse = { limit: 1000, seconds: 600 };
  send({ type: 'arm', policy, seconds: 600, added: [], fuse });
  await waitForPolicy('armed', ({ mode }) => mode === 'enforce');
  expect(await tryPolicy('armed')).toMatchObject({
    verdict: 'not run',
    why: expect.stringContaining('disarm it first'),
    trigger: undefined,
  });
  expect((await agent?.status('armed'))?.mode).toBe('enforce');
  send({ type: 'set-mode', policy, mode: 'monitor' });
  await waitForPolicy('armed', ({ mode }) => mode === 'monitor');
  expect(await tryPolicy('armed')).toMatchObject({ verdict: 'seen', trigger: { events: 1 } });
});

test('not run: it was switched off meanwhile, and stays so', async () => {
  const { send, waitForPolicy } = await start(policyFile('fickle', { trigger: ['rest 2'] }));
  const { id: policy } = await waitForPolicy('fickle', () => true);
  const result = ask(policy);
  expect(await until(() => actsRunning(folder()).length === 3)).toBe(true);
  send({ type: 'set-mode', policy, mode: 'off' });
  expect(await result).toMatchObject({
    verdict: 'not run',
    why: 'it was switched off meanwhile',
  });
  expect((await agent?.status('fickle'))?.mode).toBe('off');
});

test('an agent that ends takes the trial with it', async () => {
  const { waitForPolicy } = await start(policyFile('slow', { trigger: ['child', 'rest 9'] }));
  const { id: policy } = await waitForPolicy('slow', () => true);
  agent?.send({ type: 'test-policy', request: ++requests, policy });
  // Two for the sandbox, that of the deeds, and its child.
  expect(await until(() => actsRunning(folder()).length === 4)).toBe(true);
  await agent?.stop();
  expect(await until(() => actsRunning(folder()).length === 0)).toBe(true);
});
