/** Loading and removing policies while others run, attachments that fail, and limits: needs root and clang. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { askTrigon } from '../../src/agent/control/client.ts';
import { findMount, readMounts } from '../../src/agent/host/mounts.ts';
import { type AgentUnderTest, startAgent } from '../driver/agent.ts';
import { until } from '../driver/until.ts';
import { isPolicyEvent, policyText, type SelectorText } from './policyFile.ts';
import { openWorkshop, type Workshop } from './workshop.ts';

let shop: Workshop;
let agent: AgentUnderTest | undefined;
let socket: string;

beforeAll(() => {
  shop = openWorkshop();
  copyFileSync('/bin/dd', shop.path('dd'));
  socket = shop.path('control.sock');
});
afterEach(async () => {
  await agent?.stop();
  agent = undefined;
});
afterAll(() => shop.remove());

const add = (name: string, source: string) =>
  askTrigon(socket, {
    command: 'add',
    source,
    file: shop.path(`${name}.yaml`),
    mode: 'monitor',
    variables: {},
  });
const remove = (id: number) => askTrigon(socket, { command: 'remove', id });
const statusOf = async () => (await askTrigon(socket, { command: 'status' })).policies;

/** Writes by any program to one file of the workshop. */
const writesTo = (file: string, actions: readonly string[] = ['Post']): SelectorText => ({
  args: [
    [0, 'Equal', [shop.path(file)]],
    [1, 'Equal', ['2']],
  ],
  actions,
});

/** A policy on hooks of any kind; JSON is YAML. */
const policy = (name: string, spec: object): string =>
  JSON.stringify({
    apiVersion: 'cilium.io/v1alpha1',
    kind: 'TracingPolicy',
    metadata: { name },
    spec,
  });

/** Resolves when dd has written so many single bytes, each with a call of its own. */
function writeBytes(file: string, count: number): Promise<number | null> {
  const args = ['if=/dev/zero', `of=${shop.path(file)}`, 'bs=1', `count=${count}`];
  const child = spawn(shop.path('dd'), args, { stdio: 'ignore' });
  return new Promise((resolve) => child.once('exit', resolve));
}

test('policies come and go, on the same place, and one that stays misses no call', async () => {
  const path = shop.file('stays.yaml', policyText('stays', [writesTo('busy', ['NoPost'])]));
  agent = await startAgent({ policies: [{ path, mode: 'monitor' }], controlSocket: socket });
  const count = 150_000;
  let isWriting = true;
  const writing = writeBytes('busy', count).finally(() => {
    isWriting = false;
  });
  const ids: number[] = [];
  let added = 0;
  while (isWriting) {
    const name = `passing-${added}`;
    const { ids: loaded, problems } = await add(
      name,
      policyText(name, [writesTo('busy', ['NoPost'])]),
    );
    expect(problems).toEqual([]);
    ids.push(...loaded);
    added += 1;
    // Never the newest: so there are holes between those that stay.
    if (ids.length > 4) await remove(ids.splice(added % 4, 1)[0] ?? -1);
  }
  expect(await writing).toBe(0);
  expect(added).toBeGreaterThan(8);
  const stays = await agent.status('stays');
  expect(stays.counts.matched).toBe(count);
  expect(stays.runs.runs).toBeGreaterThanOrEqual(count);
  expect(stays.runs.runTimeNs).toBeGreaterThan(0);
  expect(stays.memoryBytes).toBeGreaterThan(0);
  for (const id of ids) await remove(id);
  expect((await statusOf()).map(({ name }) => name)).toEqual(['stays']);
});

test('a hundred policies at once, all on one call', async () => {
  for (let i = 0; i < 100; i++) {
    const number = String(i).padStart(3, '0');
    shop.file(`hundred/${number}.yaml`, policyText(`p${number}`, [writesTo('hundred-file')]));
  }
  agent = await startAgent({ policies: [{ path: shop.path('hundred'), mode: 'monitor' }] });
  expect(agent.problems).toEqual([]);
  expect(await writeBytes('hundred-file', 1)).toBe(0);
  await agent.catchUp();
  const names = agent.events.filter(isPolicyEvent).map(({ policyName }) => policyName);
  expect(names).toHaveLength(100);
  expect(new Set(names).size).toBe(100);
});

test('more hooks on one place than fit are refused, and nothing of the policy is left', async () => {
  agent = await startAgent({ controlSocket: socket });
  const text = (name: string) => policyText(name, [writesTo('crowd')]);
  const ids: number[] = [];
  for (let i = 0; i < 127; i++) ids.push(...(await add(`crowd-${i}`, text(`crowd-${i}`))).ids);
  const refused = await add('one-more', text('one-more'));
  expect(refused.ids).toEqual([]);
  expect(refused.problems).toEqual([
    expect.stringContaining('at most 127 hooks can listen at one place of the kernel'),
  ]);
  expect(await statusOf()).toHaveLength(127);
  await remove(ids[5] ?? -1);
  const { ids: taken, problems } = await add('one-more', text('one-more'));
  expect([taken.length, problems]).toEqual([1, []]);
  expect(await writeBytes('crowd', 1)).toBe(0);
  await agent.catchUp();
  expect(agent.events.filter(isPolicyEvent)).toHaveLength(127);
}, 120_000);

test('a place that the kernel refuses leaves the policy partially enabled, and it says which', async () => {
  const source = policy('probes', {
    uprobes: [
      { path: shop.victim, symbols: ['main'] },
      { path: shop.victim, offsets: [2 ** 40] },
    ],
  });
  agent = await startAgent({ controlSocket: socket });
  const { ids, problems } = await add('probes', source);
  expect(ids).toHaveLength(1);
  expect(problems).toEqual([expect.stringMatching(/spec\.uprobes\[1\]: .*enter_function/)]);
  const probes = await agent.waitForPolicy('probes', ({ mode }) => mode === 'monitor');
  expect(probes.condition).toBe('partially_enabled');
  expect(probes.hooks.map(({ points }) => points.map(({ state }) => state))).toEqual([
    ['attached'],
    ['failed'],
  ]);
  expect(await shop.access('read', shop.victim)).toMatchObject({ code: 0 });
  await agent.waitForEvent(({ kind }) => kind === 'process_uprobe');
  // Off, nothing of it is attached; on again, what is to be had is back.
  await askTrigon(socket, { command: 'set-mode', id: ids[0] ?? -1, mode: 'off' });
  expect((await agent.waitForPolicy('probes', ({ mode }) => mode === 'off')).condition).toBe(
    'disabled',
  );
  await askTrigon(socket, { command: 'set-mode', id: ids[0] ?? -1, mode: 'monitor' });
  const again = await agent.waitForPolicy('probes', ({ mode }) => mode === 'monitor');
  expect(again.condition).toBe('partially_enabled');
});

test('two policies of one name live side by side; a file is loaded once', async () => {
  agent = await startAgent({ controlSocket: socket });
  const text = policyText('same', [writesTo('twice')]);
  const [first, second] = [await add('a', text), await add('b', text)];
  expect([first.ids.length, second.ids.length]).toEqual([1, 1]);
  expect((await add('a', text)).problems).toEqual([
    expect.stringMatching(/a\.yaml:1:1: is loaded already \(policy \d+, same\): remove it first/),
  ]);
  expect(await writeBytes('twice', 1)).toBe(0);
  await agent.catchUp();
  expect(agent.events.filter(isPolicyEvent).map(({ policyName }) => policyName)).toEqual([
    'same',
    'same',
  ]);
  await remove(first.ids[0] ?? -1);
  expect((await statusOf()).map(({ file }) => file)).toEqual([shop.path('b.yaml')]);
  await expect(remove(first.ids[0] ?? -1)).rejects.toThrow('there is no policy');
});

test('a workload selector tells containers from the host, by their cgroups', async () => {
  const root = findMount(readMounts(), 'cgroup2')?.folder;
  if (root === undefined) throw new Error('there is no cgroup v2 tree');
  const cgroup = join(root, `docker-${randomBytes(32).toString('hex')}.scope`);
  const shared = shop.file('shared', 'x');
  mkdirSync(cgroup);
  try {
    const hook = {
      call: 'security_file_permission',
      syscall: false,
      args: [
        { index: 0, type: 'file' },
        { index: 1, type: 'int' },
      ],
      selectors: [{ matchArgs: [{ index: 0, operator: 'Equal', values: [shared] }] }],
    };
    shop.file('workloads/c.yaml', policy('containers', { containerSelector: {}, kprobes: [hook] }));
    shop.file('workloads/h.yaml', policy('host', { hostSelector: {}, kprobes: [hook] }));
    agent = await startAgent({ policies: [{ path: shop.path('workloads'), mode: 'monitor' }] });
    expect(agent.problems).toEqual([]);
    await shop.access('write', shared);
    // The container's first exec makes it known; the second is judged, when the agent has heard of the first.
    const script = `echo $$ > ${cgroup}/cgroup.procs; /bin/true; echo; read go; exec ${shop.victim} write ${shared}`;
    const child = spawn('/bin/sh', ['-c', script], {
      detached: true,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const ended = once(child, 'exit');
    await once(child.stdout, 'data');
    await agent.catchUp();
    child.stdin.write('\n');
    expect(await ended).toEqual([0, null]);
    await agent.catchUp();
    const names = agent.events.filter(isPolicyEvent).map(({ policyName }) => policyName);
    expect(names).toEqual(['host', 'containers']);
  } finally {
    // Its processes are gone, but the kernel may still be busy with the last one.
    await until(() => {
      try {
        rmdirSync(cgroup);
        return true;
      } catch {
        return false;
      }
    });
  }
});
