/** The real screen on an agent that runs by itself. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AgentProcess, startAgentProcess } from '../driver/agentProcess.ts';
import { type AppSession, LAUNCHER, startApp } from '../driver/app.ts';
import { run } from '../driver/command.ts';
import { startPty } from '../driver/pty.ts';
import { LIMIT_MS } from '../driver/until.ts';

let folder: string;
let agent: AgentProcess;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tgattach-'));
  agent = await startAgentProcess(folder);
});
afterAll(async () => {
  if (agent.isRunning()) await agent.stop();
  rmSync(folder, { recursive: true });
});

const attach = (...args: string[]) =>
  startApp(['--agent-socket', agent.socket, ...args], { columns: 160, rows: 40 });

/** Shows only what has this text: others are at work on this host. */
async function narrow(app: AppSession, text: string): Promise<void> {
  app.command('row.filter');
  await app.waitForText('Enter applies');
  app.enter(text);
  await app.waitForNoText('Enter applies');
}

test('it shows what the agent saw before and what happens, and says that the agent goes on', async () => {
  const mark = randomUUID();
  await run('/bin/echo', [`before-${mark}`]);
  const app = await attach();
  await narrow(app, mark);
  await app.waitForText(`before-${mark}`);
  await app.waitForText(`attached: agent pid ${agent.pid}`);
  await run('/bin/echo', [`after-${mark}`]);
  await app.waitForText(`after-${mark}`);
  app.command('view.tree');
  await app.waitForText('node');
  expect(await app.quit()).toBe(0);
  expect(app.raw()).toContain(`detached; the agent goes on (pid ${agent.pid})`);
  expect(agent.isRunning()).toBe(true);
});

test('two screens at once; one that only reads says so', async () => {
  const [one, two] = [await attach(), await attach('--read-only')];
  const mark = randomUUID();
  for (const app of [one, two]) await narrow(app, mark);
  await run('/bin/echo', [`both-${mark}`]);
  for (const app of [one, two]) await app.waitForText(`both-${mark}`);
  await two.waitForText('read-only');
  two.type('m');
  await two.waitForText('mark 1 is set');
  // What a screen asks for it is answered in order: a refusal would have come by now.
  await run('/bin/echo', [`later-${mark}`]);
  await two.waitForText(`later-${mark}`);
  expect(two.text()).not.toContain('nothing is changed from here');
  expect([await one.quit(), await two.quit()]).toEqual([0, 0]);
});

test.each([
  [['--policy', '/dev/null'], /--policy is for an agent.*\(pid \d+\).*trigon policy add/s],
  [['--export', '/dev/null'], /--export is for an agent.*give it to "trigon agent"/s],
  [['--standalone'], /--standalone about none/],
])('what %j would do is the running agent’s: a mistake', async (args, message) => {
  const pty = startPty(process.execPath, [LAUNCHER, '--agent-socket', agent.socket, ...args]);
  expect((await pty.exit).code).toBe(2);
  expect(pty.raw().replace(/\s+/g, ' ')).toMatch(message);
});

test('nobody listens where the operator said: a mistake, and no agent of its own', async () => {
  const pty = startPty(process.execPath, [LAUNCHER, '--agent-socket', join(folder, 'none')]);
  expect((await pty.exit).code).toBe(1);
  expect(pty.raw()).toContain('no agent listens on');
});

test(
  'the agent is killed: the screen says so and ends',
  async () => {
    const app = await attach();
    process.kill(agent.pid, 'SIGKILL');
    const { code } = await app.exit;
    expect(code).toBe(1);
    expect(app.raw()).toContain(`the agent (pid ${agent.pid}) is gone`);
  },
  LIMIT_MS * 3,
);
