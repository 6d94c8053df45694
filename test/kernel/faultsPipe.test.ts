/** Nobody reads any more (`| head -1`, a pager that was left): every command ends by itself, and that is no mistake. Needs root. */
import { execFileSync, spawn } from 'node:child_process';
import { closeSync, constants, openSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { libraryFolder } from '../../src/agent/client.ts';
import { LAUNCHER } from '../driver/app.ts';
import { run } from '../driver/command.ts';
import { type Headless, startHeadless } from '../driver/headless.ts';
import { until } from '../driver/until.ts';
import { policyOf } from './stage.ts';
import { openWorkshop, type Workshop } from './workshop.ts';

/** More than a pipe holds. */
const LINES = 2000;

let shop: Workshop;
let running: Headless;
/** The end of a pipe that has no other end. */
let pipe: number;

beforeAll(async () => {
  shop = openWorkshop();
  const fifo = shop.path('fifo');
  execFileSync('mkfifo', [fifo]);
  const reader = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
  pipe = openSync(fifo, constants.O_WRONLY);
  closeSync(reader);
  const golden = new URL('../golden/events/exec.json', import.meta.url);
  const line = JSON.stringify(JSON.parse(readFileSync(golden, 'utf8')));
  shop.file('log.json', `${line}\n`.repeat(LINES));
  const spec = { kprobes: [{ call: 'sys_getppid', syscall: true }] };
  shop.file('policy.yaml', policyOf('of-pipes', spec));
  running = await startHeadless(shop.folder, ['--policy', shop.path('policy.yaml')]);
});
afterAll(async () => {
  closeSync(pipe);
  await running?.stop();
  shop?.remove();
});

/** @param both standard error goes nowhere too, as with `2>&1 | head` */
async function intoNothing(args: readonly string[], both: boolean) {
  const child = spawn(process.execPath, [LAUNCHER, ...args], {
    detached: true,
    stdio: ['ignore', pipe, both ? pipe : 'pipe'],
  });
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  let ended: { code: number | null; signal: string | null } | undefined;
  child.once('close', (code, signal) => {
    ended = { code, signal };
  });
  // Some of them wait for events.
  await until(async () => ended ?? !(await run('/bin/true')));
  if (!ended) child.kill('SIGKILL');
  return { ...ended, stderr };
}

const control = () => ['--socket', running.socket];
const file = (name: string) => shop.path(name);

const COMMANDS: readonly [name: string, args: () => string[]][] = [
  ['events', () => ['events', '--socket', 'none']],
  ['events -o json', () => ['events', '-o', 'json', '--socket', 'none']],
  ['replay', () => ['replay', file('log.json'), '-o', 'compact']],
  ['replay -o json', () => ['replay', file('log.json'), '-o', 'json']],
  ['policy list', () => ['policy', 'list', ...control()]],
  ['policy check', () => ['policy', 'check', file('policy.yaml')]],
  ['policy explain', () => ['policy', 'explain', libraryFolder()]],
  ['policy new', () => ['policy', 'new', '--path', '/etc/nothing', '--write']],
  ['stats', () => ['stats', ...control()]],
  ['doctor', () => ['doctor']],
  ['doctor -o json', () => ['doctor', '-o', 'json']],
  ['lab', () => ['lab']],
  ['config', () => ['config']],
  ['man', () => ['man']],
  ['--help --all', () => ['--help', '--all']],
];

test.each(COMMANDS)('%s', async (_, args) => {
  const ended = await intoNothing(args(), false);
  expect(ended).toMatchObject({ code: 0, signal: null });
  expect(ended.stderr).not.toMatch(/\n +at |EPIPE/);
});

test.each(['events', 'replay', 'stats'])('%s, with its complaints', async (name) => {
  const [, args] = COMMANDS.find(([each]) => each === name) ?? [];
  expect(await intoNothing(args?.() ?? [], true)).toMatchObject({ code: 0, signal: null });
});

test('the one that was asked goes on', async () => {
  expect((await running.policies()).map(({ name }) => name)).toContain('of-pipes');
});
