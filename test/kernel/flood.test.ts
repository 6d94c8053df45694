/** More events than can be read, made by an ordinary user: needs root and clang. */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { askTrigon } from '../../src/agent/control/client.ts';
import { compileProgram } from '../driver/compile.ts';
import { exportInto, type QuietAgent, startQuietAgent } from '../driver/quietAgent.ts';
import { until } from '../driver/until.ts';
import { policyText } from './policyFile.ts';
import { openWorkshop, type Workshop } from './workshop.ts';

const NOBODY = 65_534;
/** Longer than the deadline past which nothing is enforced. */
const LONG_MS = 7000;

let shop: Workshop;
let secret: string;
let agent: QuietAgent | undefined;
let floods: ChildProcess[] = [];

beforeAll(() => {
  shop = openWorkshop();
  chmodSync(shop.folder, 0o755);
  const source = fileURLToPath(new URL('fixtures/flood.c', import.meta.url));
  compileProgram(source, shop.path('flood'));
});
afterAll(() => shop.remove());

beforeEach(() => {
  secret = shop.file('secret', 'original');
});
afterEach(async () => {
  for (const flood of floods) flood.kill('SIGKILL');
  floods = [];
  await agent?.stop();
  agent = undefined;
});

/** Tells of each call, of these processes alone. */
const watchPolicy = () =>
  [
    'apiVersion: cilium.io/v1alpha1',
    'kind: TracingPolicy',
    'metadata: {name: watched}',
    'spec:',
    '  kprobes:',
    '  - call: sys_getppid',
    '    syscall: true',
    '    selectors:',
    `    - matchBinaries: [{operator: In, values: [${JSON.stringify(shop.path('flood'))}]}]`,
    '',
  ].join('\n');

const armedPolicy = () =>
  policyText('armed', [
    { args: [[0, 'Equal', [secret]]], binaries: ['In', [shop.victim]], actions: ['Sigkill'] },
  ]);

test('policies stay armed, questions are answered, and what does not fit is counted', async () => {
  const controlSocket = shop.path('control.sock');
  const file = shop.path('export.log');
  agent = await startQuietAgent({
    policies: [
      { path: shop.file('armed.yaml', armedPolicy()), mode: 'enforce' },
      { path: shop.file('watched.yaml', watchPolicy()), mode: 'monitor' },
    ],
    controlSocket,
    attachSocket: shop.path('agent.sock'),
    exportFile: exportInto(file),
  });
  const isKilled = async () => (await shop.access('write', secret)).signal === 'SIGKILL';
  const lostInRing = async () => {
    const { lost } = await askTrigon(controlSocket, { command: 'stats' });
    return lost.policyRing;
  };
  const modeNow = async () => {
    const { policies } = await askTrigon(controlSocket, { command: 'status' });
    return policies.find(({ name }) => name === 'armed')?.mode;
  };
  expect(await until(isKilled)).toBe(true);
  expect(await lostInRing()).toBe(0);

  const began = Date.now();
  for (let count = 0; count < 2; count++)
    floods.push(
      spawn(shop.path('flood'), { uid: NOBODY, gid: NOBODY, stdio: 'ignore', detached: true }),
    );
  // Questions are answered all the while.
  await until(async () => {
    expect(await modeNow()).toBe('enforce');
    return Date.now() - began > LONG_MS && (await lostInRing()) > 0;
  });
  expect(floods.map(({ exitCode }) => exitCode)).toEqual([null, null]);
  expect(await lostInRing()).toBeGreaterThan(0);
  expect(await isKilled()).toBe(true);
  // It was written while they came, not when they had ended.
  expect(readFileSync(file, 'latin1')).toContain('"function_name":"');

  // Nor do they keep it from ending in order.
  await agent.stop();
  expect(agent.notices.filter((text) => /hung|back to monitor/.test(text))).toEqual([]);
  agent = undefined;
});
