/** Policy files that change while their policies run: needs root and clang. */
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { JournalEntry } from '../../src/agent/journal.ts';
import type { FromAgent } from '../../src/agent/messages.ts';
import { type AgentUnderTest, startAgent } from '../driver/agent.ts';
import { until } from '../driver/until.ts';
import { fileOf, isPolicyEvent, policyText } from './policyFile.ts';
import { openWorkshop, type Workshop } from './workshop.ts';

let shop: Workshop;
let folder: string;
let agent: AgentUnderTest;
let problems: readonly string[];
let journal: JournalEntry[];

beforeAll(() => {
  shop = openWorkshop();
});
beforeEach(() => {
  problems = [];
  journal = [];
  for (const name of ['one', 'two']) shop.file(`data/${name}`, name);
});
afterEach(async () => {
  await agent?.stop();
  rmSync(folder, { recursive: true, force: true });
});
afterAll(() => shop.remove());

/** Posts the victim's accesses to one file, or kills it for them. */
const policy = (name: string, data: string, action = 'Post'): string =>
  policyText(name, [
    {
      args: [[0, 'Equal', [shop.path('data', data)]]],
      binaries: ['In', [shop.victim]],
      actions: [action],
    },
  ]);

const fileIn = (name: string): string => shop.path('policies.d', name);

async function start(files: Readonly<Record<string, string>>): Promise<void> {
  folder = shop.path('policies.d');
  for (const [name, text] of Object.entries(files)) shop.file(`policies.d/${name}`, text);
  agent = await startAgent(
    { policies: [{ path: folder, mode: 'monitor', origin: 'option' }] },
    (message: FromAgent) => {
      if (message.type === 'loaded') problems = message.problems;
      if (message.type === 'journal') journal.push(message.entry);
    },
  );
  expect(problems).toEqual([]);
}

/** Which policy told of reading which file, of all that happened so far. */
async function seen(): Promise<string[]> {
  await shop.access('read', shop.path('data', 'one'));
  await shop.access('read', shop.path('data', 'two'));
  await agent.catchUp();
  const all = agent.events
    .filter(isPolicyEvent)
    .map((event) => `${event.policyName} ${fileOf(event).path.split('/').at(-1)}`);
  agent.forgetEvents();
  return [...new Set(all)].sort();
}

const journalOf = (name: string): string[] =>
  journal.filter((entry) => entry.policy === name).map(({ action }) => action);

const journalHas = (name: string, ...actions: string[]) =>
  expect.poll(() => journalOf(name), { timeout: 20_000, interval: 20 }).toEqual(actions);

test('a file that is changed, broken, mended and taken away', async () => {
  await start({ 'p.yaml': policy('p', 'one') });
  expect(await seen()).toEqual(['p one']);
  const { counts, id } = await agent.status('p');
  expect(counts.matched).toBeGreaterThan(0);

  writeFileSync(fileIn('p.yaml'), policy('p', 'two'));
  await journalHas('p', 'changed');
  expect(await seen()).toEqual(['p two']);
  const changed = await agent.status('p');
  expect(changed).toMatchObject({ id, mode: 'monitor', problems: [] });
  expect(changed.counts.matched).toBeGreaterThan(counts.matched);

  writeFileSync(fileIn('p.yaml'), policy('p', 'one').replace('call: ', 'cal: '));
  const broken = await agent.waitForPolicy('p', (status) => status.problems.length > 0);
  expect(broken.problems[0]).toContain(`${fileIn('p.yaml')}:`);
  expect(await seen()).toEqual(['p two']);
  await until(() => problems.length > 0);
  expect(problems).toEqual(broken.problems);

  writeFileSync(fileIn('p.yaml'), policy('p', 'one'));
  await agent.waitForPolicy('p', (status) => status.problems.length === 0);
  expect(await seen()).toEqual(['p one']);
  await until(() => problems.length === 0);
  expect(problems).toEqual([]);

  rmSync(fileIn('p.yaml'));
  await journalHas('p', 'changed', 'changed', 'removed');
  expect(await seen()).toEqual([]);
});

test('another file in its place, and a new one: the first goes on by its name, modes stay', async () => {
  await start({ 'a.yaml': `${policy('p', 'one')}---\n${policy('q', 'one')}` });
  const p = await agent.status('p');
  agent.send({ type: 'set-mode', policy: (await agent.status('q')).id, mode: 'off' });
  await agent.waitForPolicy('q', ({ mode }) => mode === 'off');
  writeFileSync(
    fileIn('.a'),
    `${policy('q', 'two')}---\n${policy('p', 'two')}---\n${policy('r', 'one')}`,
  );
  renameSync(fileIn('.a'), fileIn('a.yaml'));
  writeFileSync(fileIn('b.yaml'), policy('s', 'two'));
  await agent.waitForPolicy('r', ({ mode }) => mode === 'monitor');
  await agent.waitForPolicy('s', ({ mode }) => mode === 'monitor');
  expect(await seen()).toEqual(['p two', 'r one', 's two']);
  expect(await agent.status('p')).toMatchObject({ id: p.id, position: 1, mode: 'monitor' });
  expect(await agent.status('q')).toMatchObject({ mode: 'off', position: 0 });

  writeFileSync(fileIn('a.yaml'), policy('r', 'two'));
  await journalHas('p', 'changed', 'removed');
  expect(await seen()).toEqual(['r two', 's two']);
});

test('an armed policy whose file changes only watches; while the file is broken it stays armed', async () => {
  await start({ 'p.yaml': policy('p', 'one', 'Sigkill') });
  const { id } = await agent.status('p');
  const fuse = { limit: 1000, seconds: 10 };
  agent.send({ type: 'arm', policy: id, seconds: 600, added: [], fuse });
  await agent.waitForPolicy('p', ({ mode }) => mode === 'enforce');
  const read = () => shop.access('read', shop.path('data', 'one'));
  expect((await read()).signal).toBe('SIGKILL');

  writeFileSync(fileIn('p.yaml'), 'spec: [');
  await agent.waitForPolicy('p', (status) => status.problems.length > 0);
  expect((await read()).signal).toBe('SIGKILL');

  writeFileSync(fileIn('p.yaml'), `# said otherwise\n${policy('p', 'one', 'Sigkill')}`);
  await agent.waitForPolicy('p', ({ mode }) => mode === 'monitor');
  expect((await read()).signal).toBe(null);
  await journalHas('p', 'armed', 'changed', 'disarmed');
  expect(journal.at(-1)?.detail).toBe('its file changed, back to monitor');
  expect(agent.notices).toContain('p: its file changed, so it is not armed any more');

  agent.send({ type: 'arm', policy: id, seconds: 600, added: [], fuse });
  await agent.waitForPolicy('p', ({ mode }) => mode === 'enforce');
  rmSync(fileIn('p.yaml'));
  await journalHas('p', 'armed', 'changed', 'disarmed', 'armed', 'disarmed', 'removed');
  expect((await read()).signal).toBe(null);
});

test('a file of which one policy is wrong changes nothing', async () => {
  await start({ 'p.yaml': policy('p', 'one') });
  writeFileSync(
    fileIn('p.yaml'),
    `${policy('p', 'two')}---\n${policy('q', 'two', 'NoSuchAction')}`,
  );
  await agent.waitForPolicy('p', (status) => status.problems.length > 0);
  expect(await seen()).toEqual(['p one']);
});

test('a file of which one policy has no room any more changes nothing', async () => {
  await start({ 'p.yaml': policy('p', 'one') });
  const { id } = await agent.status('p');
  // There is room for 1,024 such texts, and for 100 in one policy.
  const large = Array.from({ length: 11 }, (_, at) => {
    const values = Array.from({ length: 100 }, (_, index) => `text-${at}-${index}`);
    return policyText(`large-${at}`, [{ args: [[0, 'SubString', values]] }]);
  });
  writeFileSync(fileIn('p.yaml'), [policy('p', 'two'), ...large].join('---\n'));
  const { problems } = await agent.waitForPolicy('p', (status) => status.problems.length > 0);
  expect(problems.join()).toContain('1024');
  expect(await seen()).toEqual(['p one']);
  expect(await agent.status('p')).toMatchObject({ id, mode: 'monitor' });
  expect(journal).toEqual([]);

  // The same when it is the second of two that grow.
  writeFileSync(fileIn('p.yaml'), [policy('p', 'one'), policy('q', 'one')].join('---\n'));
  await agent.waitForPolicy('q', () => true);
  for (const [at, text] of large.slice(0, 10).entries())
    writeFileSync(fileIn(`large-${at}.yaml`), text);
  await agent.waitForPolicy('large-9', () => true);
  const grown = large[10]?.replace('name: large-10', 'name: q');
  writeFileSync(fileIn('p.yaml'), [policy('p', 'two'), grown].join('---\n'));
  await agent.waitForPolicy('q', (status) => status.problems.length > 0);
  expect(await seen()).toEqual(['p one', 'q one']);
  writeFileSync(fileIn('p.yaml'), policy('p', 'two'));
  await agent.waitForPolicy('p', (status) => status.problems.length === 0);
  expect(await seen()).toEqual(['p two']);
});
