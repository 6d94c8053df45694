/** Metrics of a running Trigon, as Prometheus and an operator get them: needs root and `npm run build`. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type AgentUnderTest, startAgent } from '../driver/agent.ts';
import { LAUNCHER } from '../driver/app.ts';
import { run } from '../driver/command.ts';
import { type Exposition, parseExposition } from '../driver/prometheus.ts';
import { until } from '../driver/until.ts';

let folder: string;
let agent: AgentUnderTest | undefined;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tgmetrics-'));
});
afterEach(async () => {
  await agent?.stop();
  agent = undefined;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const LOCAL = { host: '127.0.0.1', port: 0, perBinary: true };

/** An agent with metrics, and where it serves them. */
async function start(options: Parameters<typeof startAgent>[0] = {}): Promise<string> {
  const running = await startAgent({ metrics: LOCAL, ...options });
  agent = running;
  const url = await until(() =>
    running.notices.map((text) => /^metrics: (http:\S+)$/.exec(text)?.[1]).find(Boolean),
  );
  if (url === undefined) throw new Error('the agent did not say where it serves metrics');
  return url;
}

const scrape = async (url: string): Promise<Exposition> =>
  parseExposition(await (await fetch(url)).text());

test('runs of a program, hits of a policy and what it would have done are counted', async () => {
  const program = join(folder, 'counted');
  const secret = join(folder, 'secret');
  copyFileSync('/bin/cat', program);
  copyFileSync('/etc/hostname', secret);
  const policy = join(folder, 'secret.yaml');
  execFileSync(process.execPath, [
    ...[LAUNCHER, 'policy', 'new', '--path', secret, '--read', '--binary', program],
    ...['--kill', '--name', 'metrics-test', '--out', policy],
  ]);
  const url = await start({ policies: [{ path: policy, mode: 'monitor' }] });
  for (let i = 0; i < 5; i++) await run(program, [secret]);
  await agent?.catchUp();
  // Answers are kept for half a second.
  const found = await until(async () => {
    const metrics = await scrape(url);
    const exits = metrics.samples.find(
      ({ labels }) => labels.type === 'PROCESS_EXIT' && labels.binary === program,
    );
    return exits?.value === 5 ? metrics : undefined;
  });
  if (!found) throw new Error('the exits were not counted');
  const of = (type: string) =>
    found.value('tetragon_events_total', { type, binary: program, node_name: 'test-node' });
  expect([of('PROCESS_EXEC'), of('PROCESS_EXIT')]).toEqual([5, 5]);
  const hits = found.value('tetragon_policy_events_total', {
    policy: 'metrics-test',
    binary: program,
  });
  expect(hits).toBeGreaterThanOrEqual(5);
  expect(of('PROCESS_KPROBE')).toBe(hits);
  const actions = found.samples
    .filter(({ name }) => name === 'tetragon_tracingpolicy_selector_actions_total')
    .filter(({ labels }) => labels.policy === 'metrics-test');
  const sum = (action: string) =>
    actions
      .filter(({ labels }) => labels.action === action)
      .reduce((all, { value }) => all + value, 0);
  expect([sum('post'), sum('monitor_signal'), sum('signal')]).toEqual([hits, hits, 0]);
  expect(found.value('trigon_policies', { mode: 'monitor' })).toBe(1);
  expect(found.value('tetragon_tracingpolicy_kernel_memory_bytes')).toBeGreaterThan(0);
  expect(found.value('trigon_ring_size_bytes')).toBe(4 << 20);
  expect(found.value('trigon_ring_used_bytes_max')).toBeGreaterThan(0);
  expect(found.value('tetragon_map_entries', { map: 'processes' })).toBeGreaterThan(0);
  const all = found.samples.filter(({ name }) => name === 'tetragon_events_total');
  expect(found.value('trigon_event_latency_seconds_count')).toBe(
    all
      .filter(({ labels }) => labels.type !== 'TRIGON_JOURNAL')
      .reduce((total, { value }) => total + value, 0),
  );
});

test('without the label of binaries all are counted together', async () => {
  const url = await start({ metrics: { ...LOCAL, perBinary: false } });
  await agent?.catchUp();
  const { samples } = await scrape(url);
  const binaries = samples.filter(({ name }) => name === 'tetragon_events_total');
  expect(new Set(binaries.map(({ labels }) => labels.binary))).toEqual(new Set(['']));
});

test('a port that is taken is told, and served when it is free; the agent goes on meanwhile', async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  const address = taken.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const running = await startAgent({ metrics: { ...LOCAL, port } });
  agent = running;
  const told = () => running.notices.filter((text) => text.includes('metrics'));
  expect(await until(() => told().length > 0)).toBe(true);
  expect(told()).toEqual([
    `no metrics: can't listen on 127.0.0.1:${port}: somebody else does already; tried again every 10 s`,
  ]);
  await running.catchUp();
  await new Promise((resolve) => taken.close(resolve));
  const url = `http://127.0.0.1:${port}/metrics`;
  expect(await until(() => told()[1])).toBe(`metrics: ${url}`);
  const { value } = await scrape(url);
  expect(value('trigon_ring_size_bytes')).toBe(4 << 20);
}, 60_000);

test('an address that is none of this host ends the start', async () => {
  // TEST-NET-1 (RFC 5737): nobody has such an address.
  const ended = await run(process.execPath, [
    ...[LAUNCHER, 'agent', '--config', 'none', '--agent-socket', 'none', '--socket', 'none'],
    ...['--server-address', 'none', '--metrics-server', '192.0.2.1:2112'],
  ]);
  expect(ended.code).toBe(2);
  expect(ended.stderr).toContain(
    "--metrics-server can't be 192.0.2.1: this host has no such address",
  );
});

test('trigon stats: the same numbers as a table, as JSON and for Prometheus', async () => {
  const socket = join(folder, 'stats.sock');
  await start({ controlSocket: socket });
  await agent?.catchUp();
  const stats = async (...args: string[]) => {
    const ended = await run(process.execPath, [LAUNCHER, 'stats', '--socket', socket, ...args]);
    expect([ended.code, ended.stderr]).toEqual([0, '']);
    return ended.stdout;
  };
  const table = await stats();
  expect(table).toMatch(/^Trigon \d+\.\d+\.\d+ on test-node, pid \d+, up /);
  expect(table).toMatch(/^ {2}PROCESS_EXEC +[1-9]\d* +\d+\.\d$/m);
  expect(table).toMatch(/^Lost +\d+$/m);
  const json = JSON.parse(await stats('-o', 'json'));
  expect(json).toMatchObject({ node: 'test-node', pid: process.pid, policies: [] });
  const { value } = parseExposition(await stats('-o', 'prometheus'));
  expect(value('trigon_build_info', { version: json.version })).toBe(1);
  const nobody = await run(process.execPath, [LAUNCHER, 'stats', '--socket', `${socket}x`]);
  expect([nobody.code, nobody.stdout]).toEqual([1, '']);
  expect(nobody.stderr).toMatch(/^trigon: .*nobody|no Trigon/);
});
