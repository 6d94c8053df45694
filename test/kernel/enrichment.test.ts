/** What the agent learns from container runtimes and of executables, of real processes in cgroups of the test's own: needs root. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { appendFileSync, chmodSync, copyFileSync, readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { EnrichmentOptions, FromAgent, PolicySource } from '../../src/agent/messages.ts';
import { type Event, hasProcess } from '../../src/events/types.ts';
import { type AgentUnderTest, startAgent } from '../driver/agent.ts';
import { type Cgroups, inCgroup, openCgroups, runIn } from '../driver/cgroups.ts';
import { type Ended, run } from '../driver/command.ts';
import { startCri, startDocker } from '../driver/runtimes.ts';
import { until } from '../driver/until.ts';
import { isPolicyEvent, policyText } from './policyFile.ts';
import { openWorkshop, type Workshop } from './workshop.ts';

const PROGRAM = fileURLToPath(new URL('../../dist/trigon.mjs', import.meta.url));

let shop: Workshop;
let cgroups: Cgroups;
let agent: AgentUnderTest | undefined;
const closers: (() => unknown)[] = [];

const newId = () => randomBytes(32).toString('hex');
const NOBODY: EnrichmentOptions = { containers: true, names: false, hashes: false };

beforeAll(() => {
  shop = openWorkshop();
  cgroups = openCgroups('enrichment');
  copyFileSync('/bin/sleep', shop.path('sleeper'));
  copyFileSync('/bin/true', shop.path('quick'));
  copyFileSync('/bin/cat', shop.path('reader'));
});

afterEach(async () => {
  await agent?.stop();
  agent = undefined;
  for (const close of closers.splice(0).reverse()) await close();
});

afterAll(async () => {
  shop.remove();
  await cgroups.remove();
});

const start = async (
  enrichment: Partial<EnrichmentOptions>,
  policies: PolicySource[] = [],
  onMessage?: (message: FromAgent) => void,
) => {
  agent = await startAgent({ enrichment: { ...NOBODY, ...enrichment }, policies }, onMessage);
  return agent;
};

/** Lives in a container until the test is over. */
function stayIn(cgroup: string): ChildProcess {
  const child = spawn('/bin/sh', inCgroup(cgroup, [shop.path('sleeper'), '1000']), {
    detached: true,
    stdio: 'ignore',
  });
  closers.push(() => child.kill('SIGKILL'));
  return child;
}

const eventOf = (binary: string, kind: Event['kind'], pid?: number) => (event: Event) =>
  event.kind === kind &&
  hasProcess(event) &&
  event.process.binary === binary &&
  (pid === undefined || event.process.pid === pid);

test('the container of a process has its name and image from Docker, in later events', async () => {
  const id = newId();
  const fake = await startDocker(shop.path('docker.sock'), (asked) =>
    asked === id ? { name: 'web', image: 'nginx:1.27', labels: { app: 'shop' } } : undefined,
  );
  closers.push(fake.close);
  const learnt: string[] = [];
  const { waitForEvent } = await start(
    { dockerSocket: shop.path('docker.sock') },
    [],
    (message) => {
      if (message.type === 'facts')
        for (const fact of message.facts) if (fact.kind === 'container') learnt.push(fact.name);
    },
  );
  const cgroup = cgroups.make(`docker-${id}.scope`);
  stayIn(cgroup);
  const first = await waitForEvent(eventOf(shop.path('sleeper'), 'process_exec'));
  expect(hasProcess(first) && first.process.docker).toBe(id.slice(0, 31));
  expect(await until(() => learnt.includes('web'))).toBe(true);
  const { pid } = await runIn(cgroup, shop.path('quick'));
  const exit = await waitForEvent(eventOf(shop.path('quick'), 'process_exit', pid));
  expect(hasProcess(exit) && exit.process).toMatchObject({
    docker: id.slice(0, 31),
    trigon: { runtime: 'docker', container: { id, name: 'web', image: 'nginx:1.27' } },
  });
  // Asked once, however many processes it has.
  expect(fake.asked.filter((asked) => asked === id)).toHaveLength(1);
});

test('Kubernetes: the pod from CRI, and a policy for pods hits the container then', async () => {
  const id = newId();
  const sandbox = newId();
  const socket = shop.path('cri.sock');
  const fake = await startCri(
    socket,
    [{ id, sandbox, name: 'nginx', image: 'docker.io/library/nginx:1.27' }],
    [
      {
        ...{ id: sandbox, name: 'web-7d4b9c-x2x2x', namespace: 'shop', uid: '1-2-3' },
        labels: { app: 'shop', 'pod-template-hash': '7d4b9c' },
      },
    ],
  );
  closers.push(fake.close);
  const secret = shop.file('secret', 'x');
  const forPods = (label: string) => {
    const text = policyText(`pods-${label}`, [{ args: [[0, 'Equal', [secret]]] }]);
    const pods = ['spec:', '  podSelector:', '    matchLabels:', `      app: ${label}`].join('\n');
    const path = shop.file(`${label}.yaml`, text.replace('spec:', pods));
    return { path, mode: 'monitor' as const };
  };
  const { waitForEvent, events, problems, catchUp } = await start({ criEndpoint: socket }, [
    forPods('shop'),
    forPods('bank'),
  ]);
  expect(problems).toEqual([]);
  const cgroup = cgroups.make(`cri-containerd-${id}.scope`);
  stayIn(cgroup);
  const told = await until(async () => {
    const { pid } = await runIn(cgroup, shop.path('quick'));
    const event = await waitForEvent(eventOf(shop.path('quick'), 'process_exec', pid));
    return hasProcess(event) && event.process.pod;
  });
  expect(told).toEqual({
    namespace: 'shop',
    name: 'web-7d4b9c-x2x2x',
    uid: '1-2-3',
    podLabels: { app: 'shop', 'pod-template-hash': '7d4b9c' },
    workload: 'web',
    workloadKind: 'Deployment',
    container: {
      id: `containerd://${id}`,
      name: 'nginx',
      image: {
        id: `docker.io/library/nginx:1.27@sha256:${'e'.repeat(64)}`,
        name: 'docker.io/library/nginx:1.27',
      },
      startTime: 1772352001250000000n,
    },
  });
  await run(shop.path('reader'), [secret]);
  const { pid } = await runIn(cgroup, shop.path('reader'), secret);
  await catchUp();
  const hits = events.filter((event) => isPolicyEvent(event));
  expect(hits.map((event) => [event.policyName, event.process.pid])).toEqual(
    expect.arrayContaining([['pods-shop', pid]]),
  );
  expect(new Set(hits.map((event) => `${event.policyName} ${event.process.pid}`)).size).toBe(1);
});

const sha256 = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex');

test('SHA-256 of an executable: in later events of its first process, from the first event of the next one', async () => {
  const binary = shop.path('hashed');
  copyFileSync('/bin/true', binary);
  appendFileSync(binary, randomBytes(16));
  const { waitForEvent } = await start({ hashes: true });
  const hashOfRun = async (kind: Event['kind']) => {
    const { pid } = await run(binary);
    const event = await waitForEvent(eventOf(binary, kind, pid));
    return hasProcess(event) ? event.process.trigon?.sha256 : undefined;
  };
  expect(await until(() => hashOfRun('process_exec'))).toBe(sha256(binary));
  // Changed in place: the old hash is not told of it.
  const before = sha256(binary);
  rmSync(binary);
  copyFileSync('/bin/true', binary);
  appendFileSync(binary, randomBytes(16));
  chmodSync(binary, 0o755);
  expect(await hashOfRun('process_exec')).not.toBe(before);
  expect(await until(() => hashOfRun('process_exec'))).toBe(sha256(binary));
});

test('a process that runs a file which is gone, and one that ran before us', async () => {
  const early = shop.path('early');
  copyFileSync('/bin/sleep', early);
  const old = spawn(early, ['1000'], { detached: true, stdio: 'ignore' });
  closers.push(() => old.kill('SIGKILL'));
  const wanted = sha256(early);
  const hashes = new Set<string>();
  await start({ hashes: true }, [], (message) => {
    if (message.type === 'facts')
      for (const fact of message.facts) if (fact.kind === 'sha256') hashes.add(fact.sha256);
  });
  expect(await until(() => hashes.has(wanted))).toBe(true);
  const gone = shop.path('gone');
  copyFileSync('/bin/sleep', gone);
  appendFileSync(gone, randomBytes(16));
  const wantedOfGone = sha256(gone);
  const child = spawn(gone, ['1000'], { detached: true, stdio: 'ignore' });
  closers.push(() => child.kill('SIGKILL'));
  rmSync(gone);
  expect(await until(() => hashes.has(wantedOfGone))).toBe(true);
});

test('the command: events of a container by its name, which Docker at DOCKER_HOST tells', async () => {
  const id = newId();
  const socket = shop.path('command.sock');
  const fake = await startDocker(socket, () => ({ name: `web${id}`, image: 'nginx:1.27' }));
  closers.push(fake.close);
  const args = [PROGRAM, 'events', '-o', 'json', '--container', `web${id}`, '--count', '1'];
  const env = { ...process.env, DOCKER_HOST: `unix://${socket}` };
  let ended: Ended | undefined;
  const stop = new AbortController();
  closers.push(() => stop.abort());
  void run(process.execPath, args, { env, signal: stop.signal }).then(
    (result) => {
      ended = result;
      // Ended by the test's own end.
    },
    () => {},
  );
  const cgroup = cgroups.make(`docker-${id}.scope`);
  expect(
    await until(async () => {
      await runIn(cgroup, shop.path('quick'));
      return ended !== undefined;
    }),
  ).toBe(true);
  expect([ended?.code, ended?.stdout.trim().split('\n').length]).toEqual([0, 1]);
  const [event] = Object.values(JSON.parse(ended?.stdout ?? '{}')) as [Record<string, unknown>];
  expect(event?.process).toMatchObject({
    docker: id.slice(0, 31),
    trigon: { container: { id, name: `web${id}`, image: 'nginx:1.27' } },
  });
});
