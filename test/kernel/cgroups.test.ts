/** Ten thousand short-lived containers, with a runtime that is slow, wrong or silent: needs root, cgroup v2 and clang. */

import { randomBytes } from 'node:crypto';
import { copyFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { createFactBook } from '../../src/agent/factBook.ts';
import { hasProcess } from '../../src/events/types.ts';
import { type AgentUnderTest, startAgent } from '../driver/agent.ts';
import { type Cgroups, openCgroups, runIn } from '../driver/cgroups.ts';
import { run } from '../driver/command.ts';
import { compileProgram } from '../driver/compile.ts';
import { type Exposition, parseExposition } from '../driver/prometheus.ts';
import { startDocker } from '../driver/runtimes.ts';
import { until } from '../driver/until.ts';
import { policyText } from './policyFile.ts';
import { openWorkshop, type Workshop } from './workshop.ts';

const CONTAINERS = 10_000;
/** Containers that are remembered (src/agent/factBook.ts). */
const MOST_KNOWN = 8192;
/** Processes that are, in the agent (src/agent/processTable.ts) or the kernel: the ended ones, and those of this host. */
const MOST_PROCESSES = 4096 + 2000;
/** Far more than it takes, far less than would pile up. */
const MOST_GROWTH = 200 << 20;

let shop: Workshop;
let cgroups: Cgroups;

beforeAll(() => {
  shop = openWorkshop();
  cgroups = openCgroups('many');
  const source = fileURLToPath(new URL('fixtures/cgroups.c', import.meta.url));
  compileProgram(source, shop.path('maker'), ['-static']);
  copyFileSync(shop.path('maker'), shop.path('quick'));
});
afterAll(async () => {
  shop.remove();
  await cgroups.remove();
});

/** What the agent tells of itself. */
async function scrape({ notices }: AgentUnderTest): Promise<Exposition> {
  const find = () => notices.map((text) => /^metrics: (http:\S+)$/.exec(text)?.[1]).find(Boolean);
  const url = await until(find);
  if (url === undefined) throw new Error('the agent did not say where it serves metrics');
  return parseExposition(await (await fetch(url)).text());
}

test('nothing crashes, memory is bounded, every process is told of or counted', {
  timeout: 180_000,
}, async () => {
  const prefix = randomBytes(29).toString('hex');
  // Half of them are known, half are not, and of some nothing is ever heard.
  const fake = await startDocker(
    shop.path('docker.sock'),
    (id) => (Number(id.slice(-1)) % 2 === 1 ? { name: `c${id.slice(-6)}`, image: 'i' } : undefined),
    (request) => request.url?.endsWith('50/json') === true,
  );
  onTestFinished(fake.close);
  const policy = policyText('pods', [{ args: [[0, 'Equal', [shop.path('none')]]] }]);
  const path = shop.file('pods.yaml', policy.replace('spec:', 'spec:\n  podSelector: {}'));
  const named = new Set<string>();
  const facts = createFactBook();
  const agent = await startAgent(
    {
      enrichment: {
        ...{ containers: true, names: false, hashes: true },
        dockerSocket: shop.path('docker.sock'),
      },
      policies: [{ path, mode: 'monitor' }],
      metrics: { host: '127.0.0.1', port: 0, perBinary: true },
    },
    (message) => {
      if (message.type !== 'facts') return;
      facts.learn(message.facts);
      for (const fact of message.facts) if (fact.kind === 'container') named.add(fact.id);
    },
  );
  onTestFinished(async () => void (await agent.stop()));
  expect(agent.problems).toEqual([]);
  const before = process.memoryUsage().rss;
  const first = cgroups.make('first');
  const quick = shop.path('quick');
  const life = await run(shop.path('maker'), [dirname(first), prefix, String(CONTAINERS), quick]);
  expect([life.code, life.stderr]).toEqual([0, '']);
  await agent.catchUp();
  const ids = new Set(
    agent.events.flatMap((event) =>
      event.kind === 'process_exec' && event.process.binary === shop.path('quick')
        ? [event.process.docker]
        : [],
    ),
  );
  // They all begin alike: Tetragon's field shows no more of them.
  expect([...ids]).toEqual([prefix.slice(0, 31)]);
  const execs = agent.events.filter(
    (event) => event.kind === 'process_exec' && event.process.binary === shop.path('quick'),
  );
  expect(process.memoryUsage().rss - before).toBeLessThan(MOST_GROWTH);
  expect([...facts.all()].length).toBeLessThanOrEqual(MOST_KNOWN);
  const metrics = await scrape(agent);
  expect(metrics.value('tetragon_map_entries', { map: 'processes' })).toBeLessThan(MOST_PROCESSES);
  expect(metrics.value('tetragon_process_cache_size')).toBeLessThan(MOST_PROCESSES);

  // A container that comes after all of that is known as soon as those that hang allow.
  const id = `${'f'.repeat(63)}3`;
  const last = cgroups.make(`docker-${id}.scope`);
  // A question that finds too many before it is not asked: the next process in the container brings another.
  const isKnown = async () => {
    await runIn(last, shop.path('quick'));
    return named.has(id);
  };
  expect(await until(isKnown, { limitMs: 120_000, everyMs: 200 })).toBe(true);
  const { pid } = await runIn(last, shop.path('quick'));
  const exit = await agent.waitForEvent(
    (event) => event.kind === 'process_exit' && event.process.pid === pid,
  );
  expect(hasProcess(exit) && exit.process.trigon?.container?.name).toBe('cfffff3');
  const lost = await agent.stop();
  expect(execs.length + lost.processRing + lost.throttled + lost.queue).toBeGreaterThanOrEqual(
    CONTAINERS,
  );
});
