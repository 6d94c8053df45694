/** An operator of containers. Needs root, cgroup v2 and a built dist/. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Cgroups, inCgroup, openCgroups } from '../driver/cgroups.ts';
import { sharedRobot } from '../driver/robot.ts';
import { type FakeDocker, startDocker } from '../driver/runtimes.ts';

const folder = mkdtempSync(join(tmpdir(), 'trigon-containers-'));
const socket = join(folder, 'docker.sock');
const id = randomBytes(32).toString('hex');
const name = `shop${id.slice(0, 6)}`;
const program = join(folder, 'sleeper');

let cgroups: Cgroups;
let fake: FakeDocker;
let child: ChildProcess | undefined;

beforeAll(async () => {
  copyFileSync('/bin/sleep', program);
  cgroups = openCgroups('robot');
  // What a container says of itself is its maker's text.
  fake = await startDocker(socket, () => ({
    name,
    image: 'nginx\x1b[2J:1',
    labels: { app: 'web' },
  }));
});

const robot = sharedRobot(() => ['--process-hashes'], { env: { DOCKER_HOST: `unix://${socket}` } });

afterAll(async () => {
  child?.kill('SIGKILL');
  await cgroups.remove();
  await fake.close();
  rmSync(folder, { recursive: true });
});

test('events are found by the container’s name, which came after them; the detail tells what the runtime said', async () => {
  const { app } = robot;
  app.command('row.filter');
  // Both are learnt after the event; a detail that is open already would not change.
  app.enter(`container:${name} sha256:*`);
  await app.waitForText('filter: container:');
  const cgroup = cgroups.make(`docker-${id}.scope`);
  child = spawn('/bin/sh', inCgroup(cgroup, [program, '1000']), {
    detached: true,
    stdio: 'ignore',
  });
  await app.waitFor((screen) => / 1 of [\d,]+ match *$/.test(screen.at(-1) ?? ''), {
    timeoutMs: 30_000,
  });
  app.command('row.detail');
  await app.waitForText('exec id');
  await app.waitForText('sha256');
  const isThere = (screen: string[]) =>
    screen.some((line) => line.includes(`name`) && line.includes(name));
  for (let count = 0; count < 10 && !isThere(app.screen()); count++) {
    const before = app.screen().join('\n');
    app.command('view.next');
    await app.waitFor((screen) => screen.join('\n') !== before);
  }
  await app.waitFor(isThere, { timeoutMs: 30_000 });
  const text = app.screen().join('\n');
  expect(text).toContain('nginx\\x1b[2J');
  expect(text).toContain('app=web');
  expect(text).toContain(id);
});
