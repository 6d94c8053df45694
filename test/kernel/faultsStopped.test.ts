/**
 * Stopped while events go on, for much longer than the ring holds: what was armed is back to monitor, what was missed is counted,
 * memory stays as it was, and it goes on being live. Needs root and clang.
 *
 * For 4 seconds here; TRIGON_TEST_STOP_SECONDS=60 makes it a minute.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { askTrigon } from '../../src/agent/control/client.ts';
import { type AgentProcess, startAgentProcess } from '../driver/agentProcess.ts';
import { type AppSession, startApp } from '../driver/app.ts';
import { run } from '../driver/command.ts';
import { compileProgram } from '../driver/compile.ts';
import { residentMemory } from '../driver/proc.ts';
import { until } from '../driver/until.ts';
import { policyText } from './policyFile.ts';
import { policyOf } from './stage.ts';
import { openWorkshop, type Workshop } from './workshop.ts';

const SECONDS = Number(process.env.TRIGON_TEST_STOP_SECONDS ?? 4);
const LIMIT_MS = SECONDS * 1000 + 120_000;
/** Calls whose records, of more than 100 bytes each, the ring has no room for (16 MiB), however slow the machine is. */
const MORE_THAN_FIT = 200_000;
/** What was in the ring comes first, and a busy machine takes its time for that. */
const PATIENT = { limitMs: 60_000 };
/** What it may take more than before, when it has caught up: what a screen keeps of events, and what is on its way there, are bounded. */
const GROWTH = 160 << 20;

let shop: Workshop;
let secret: string;
let flood: ChildProcess | undefined;
let agent: AgentProcess | undefined;
let app: AppSession | undefined;

beforeAll(() => {
  shop = openWorkshop();
  const source = fileURLToPath(new URL('fixtures/flood.c', import.meta.url));
  compileProgram(source, shop.path('flood'));
  secret = shop.file('secret', 'original');
  const ofFlood = [{ matchBinaries: [{ operator: 'In', values: [shop.path('flood')] }] }];
  const watched = { kprobes: [{ call: 'sys_getppid', syscall: true, selectors: ofFlood }] };
  shop.file('watched.yaml', policyOf('watched', watched));
  const guard = { args: [[0, 'Equal', [secret]]], binaries: ['In', [shop.victim]] } as const;
  shop.file('armed.yaml', policyText('armed', [{ ...guard, actions: ['Sigkill'] }]));
});
afterEach(async () => {
  flood?.kill('SIGKILL');
  await agent?.stop();
  agent = undefined;
  app?.kill('SIGKILL');
  app = undefined;
});
afterAll(() => shop.remove());

const policies = () =>
  ['watched', 'armed'].flatMap((name) => ['--policy', shop.path(`${name}.yaml`)]);

const startFlood = () => {
  flood = spawn(shop.path('flood'), { stdio: 'ignore', detached: true });
};

/** While it is stopped: that long, and until the ring is full for certain. */
async function whileStopped(): Promise<void> {
  await sleep(SECONDS * 1000);
  expect((await run(shop.path('flood'), [String(MORE_THAN_FIT)])).code).toBe(0);
}

const survives = async (): Promise<boolean> => (await shop.access('write', secret)).signal === null;

test('an agent', { timeout: LIMIT_MS }, async () => {
  const file = shop.path('export.log');
  const onlyExecs = ['--export-allowlist', '{"event_set":["PROCESS_EXEC"]}'];
  const running = await startAgentProcess(shop.folder, [
    ...[...policies(), '--export-filename', file, ...onlyExecs],
  ]);
  agent = running;
  const { control, pid } = running;
  const { id } = await running.policy('armed');
  const fuse = { limit: 1000, seconds: 10 };
  await askTrigon(control, { command: 'arm', id, seconds: null, add: 'none', fuse });
  expect(await until(async () => !(await survives()))).toBe(true);
  const lost = async () => (await askTrigon(control, { command: 'stats' })).lost.policyRing;
  startFlood();
  await sleep(500);
  const before = { memory: residentMemory(pid), lost: await lost() };
  process.kill(pid, 'SIGSTOP');
  await whileStopped();
  expect(await survives()).toBe(true);
  process.kill(pid, 'SIGCONT');
  expect(await until(async () => (await lost()) - before.lost > 0)).toBe(true);
  const isDisarmed = async () => (await running.policy('armed')).mode === 'monitor';
  expect(await until(isDisarmed)).toBe(true);
  expect(await until(() => running.log().includes('Trigon was stopped or hung'))).toBe(true);
  flood?.kill('SIGKILL');
  // What happens from now on is told: it has caught up.
  const told = await until(async () => {
    await run('/bin/true', ['after-the-stop']);
    return readFileSync(file, 'utf8').includes('after-the-stop');
  }, PATIENT);
  expect(told).toBe(true);
  expect(residentMemory(pid) - before.memory).toBeLessThan(GROWTH);
  expect(await running.stop()).toBe(0);
});

test('a screen', { timeout: LIMIT_MS }, async () => {
  const screen = await startApp(policies(), { columns: 120, rows: 40 });
  app = screen;
  const pid = screen.appPid();
  startFlood();
  await sleep(500);
  const before = residentMemory(pid);
  process.kill(pid, 'SIGSTOP');
  await whileStopped();
  process.kill(pid, 'SIGCONT');
  await screen.waitFor((rows) => / lost [1-9]/.test(rows[0] ?? ''), { timeoutMs: 30_000 });
  flood?.kill('SIGKILL');
  // It takes keys, and shows what happens now.
  screen.command('app.help');
  await screen.waitForText('The first minute');
  screen.command('app.back', 'move.last');
  const shown = await until(async () => {
    await run('/bin/true', ['after-the-stop']);
    return screen.screen().some((row) => row.includes('after-the-stop'));
  }, PATIENT);
  expect(shown, screen.shown()).toBe(true);
  expect(residentMemory(pid) - before).toBeLessThan(GROWTH);
  expect(await screen.quit()).toBe(0);
});
