/** Who armed what, as the event log and standard error tell; and what --read-only refuses. Needs root. */
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { decodeEvent } from '../../src/events/json.ts';
import type { EventOf } from '../../src/events/types.ts';
import { LAUNCHER } from '../driver/app.ts';
import { run } from '../driver/command.ts';
import { type Headless, startHeadless } from '../driver/headless.ts';
import { until } from '../driver/until.ts';
import { policyText } from './policyFile.ts';
import { openWorkshop } from './workshop.ts';

let folder: string;
let trigon: Headless | undefined;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tgjournal-'));
});
afterEach(async () => {
  await trigon?.stop();
  trigon = undefined;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** About a file that there is not: hits nothing on this machine. */
function policyFile(name: string): string {
  const file = join(folder, `${name}.yaml`);
  const args = [[0, 'Equal', [join(folder, 'none')]]] as const;
  writeFileSync(file, policyText(name, [{ args, actions: ['Sigkill'] }]));
  return file;
}

const policy = (words: readonly string[], env: NodeJS.ProcessEnv = process.env) =>
  run(process.execPath, [LAUNCHER, 'policy', ...words, '--socket', trigon?.socket ?? ''], { env });

const entries = (): EventOf<'trigon_journal'>[] =>
  (trigon?.lines ?? [])
    .map((line) => decodeEvent(line))
    .filter((event) => event.kind === 'trigon_journal');

const entryOf = async (action: string) => {
  const found = () => entries().findLast((entry) => entry.action === action);
  await until(found);
  return found();
};

test('what is armed over the socket is told with who did it, and once more at the end', async () => {
  trigon = await startHeadless(folder, ['-e', 'journal', '--policy', policyFile('watched')]);
  const alice = { ...process.env, SUDO_USER: 'alice' };
  const arm = await policy(['mode', 'watched', 'enforce', '--for', '1m', '--yes'], alice);
  expect(arm).toMatchObject({ code: 0 });
  expect(await entryOf('armed')).toMatchObject({
    policy: 'watched',
    detail: 'SIGKILL, 1 min',
    via: 'socket',
    by: { user: 'root', sudoUser: 'alice' },
  });
  expect(await policy(['mode', 'watched', 'off'], alice)).toMatchObject({ code: 0 });
  expect(await entryOf('disarmed')).toMatchObject({ policy: 'watched', detail: 'switched off' });
  expect(await policy(['mode', 'watched', 'monitor'])).toMatchObject({ code: 0 });
  expect((await entryOf('monitor'))?.by).not.toHaveProperty('sudoUser');
  expect(await policy(['mode', 'watched', 'enforce', '--yes'])).toMatchObject({ code: 0 });
  await until(() => entries().length === 4);

  const said = (await trigon.stop('SIGHUP')).split('\n');
  const from = said.findIndex((line) => line.includes('armed and disarmed in this session'));
  expect(said.slice(from + 1).map((line) => line.replace(/^ +\S+Z +/, ''))).toEqual([
    'armed      watched (SIGKILL, 1 min) by alice via sudo, with trigon policy',
    'disarmed   watched (switched off) by alice via sudo, with trigon policy',
    expect.stringMatching(/^armed {6}watched \(SIGKILL, .*\) by root, with trigon policy$/),
    'disarmed   watched (Trigon ends)',
    '',
  ]);
  expect(entries().at(-1)).toMatchObject({ action: 'disarmed', detail: 'Trigon ends' });
});

test('arming at the start is told too, and does not count as one of the events asked for', async () => {
  const named = ['--policy', policyFile('early'), '--enforce'];
  trigon = await startHeadless(
    folder,
    ['-e', 'journal', '--count', '1', ...named],
    ['env', 'SUDO_USER=bob'],
  );
  expect(await entryOf('armed')).toMatchObject({
    policy: 'early',
    detail: 'SIGKILL, until Trigon ends',
    via: 'start',
    by: { sudoUser: 'bob' },
  });
  expect(await trigon.stop()).toContain('trigon: 0 events in');
});

test('how enforcement ended by itself: the time, the fuse, and when Trigon was stopped', async () => {
  const shop = openWorkshop();
  try {
    const secret = shop.file('data/secret', 'text');
    const selector = {
      args: [[0, 'Equal', [secret]]],
      binaries: ['In', [shop.victim]],
      actions: ['Sigkill'],
    } as const;
    const file = shop.file('short.yaml', policyText('short', [selector]));
    trigon = await startHeadless(folder, ['-e', 'journal', '--policy', file]);
    const arm = (...words: string[]) => policy(['mode', 'short', 'enforce', '--yes', ...words]);
    const isKilled = async () => (await shop.access('read', secret)).signal === 'SIGKILL';

    expect(await arm('--for', '1s')).toMatchObject({ code: 0 });
    expect(await entryOf('time-over')).toMatchObject({ detail: 'back to monitor', via: 'trigon' });

    expect(await arm('--fuse', '1/10s')).toMatchObject({ code: 0 });
    await until(async () => !(await isKilled()));
    const blown = await entryOf('fuse-blown');
    expect(blown).toMatchObject({ policy: 'short' });
    expect(blown).not.toHaveProperty('by');

    expect(await arm('--fuse', '100000/1s')).toMatchObject({ code: 0 });
    expect(await isKilled()).toBe(true);
    process.kill(trigon.pid, 'SIGSTOP');
    await until(async () => !(await isKilled()));
    process.kill(trigon.pid, 'SIGCONT');
    expect(await entryOf('lapsed')).toMatchObject({ detail: 'Trigon was stopped or hung' });
  } finally {
    shop.remove();
  }
});

test('--read-only: nothing is armed, by whatever way; watching is switched all the same', async () => {
  trigon = await startHeadless(folder, ['--read-only', '--policy', policyFile('calm')]);
  const arm = await policy(['mode', 'calm', 'enforce', '--yes']);
  expect(arm).toMatchObject({ code: 1 });
  expect(arm.stderr).toContain('nothing can be armed: Trigon was started with --read-only');
  expect(await policy(['mode', 'calm', 'off'])).toMatchObject({ code: 0 });
  expect(await policy(['mode', 'calm', 'monitor'])).toMatchObject({ code: 0 });
  expect((await trigon.policies()).map(({ mode }) => mode)).toEqual(['monitor']);
  const both = await run(process.execPath, [LAUNCHER, 'events', '--read-only', '--enforce']);
  expect(both).toMatchObject({ code: 2 });
  expect(both.stderr).toContain('--enforce arms policies, and --read-only forbids it');
});

test("policies in the operator's folder are on by themselves; of those others can write none is", async () => {
  const place = join(folder, 'policies.d');
  mkdirSync(place, { mode: 0o755 });
  const put = (name: string, mode: number, uid: number) => {
    const file = join(place, `${name}.yaml`);
    writeFileSync(file, policyText(name, [{ args: [[0, 'Equal', [join(folder, 'none')]]] }]));
    chmodSync(file, mode);
    chownSync(file, uid, 0);
    return file;
  };
  put('mine', 0o644, 0);
  put('of-sudo', 0o600, 4242);
  const shared = put('shared', 0o666, 0);
  const foreign = put('foreign', 0o644, 4343);
  trigon = await startHeadless(folder, ['--policy-path', place], ['env', 'SUDO_UID=4242']);
  expect((await trigon.policies()).map(({ name, mode, origin }) => [name, mode, origin])).toEqual([
    ['mine', 'monitor', 'system'],
    ['of-sudo', 'monitor', 'system'],
  ]);
  chmodSync(shared, 0o644);
  await until(async () => (await trigon?.policies())?.length === 3);
  expect((await trigon.policies()).map(({ name }) => name)).toContain('shared');
  const said = await trigon.stop();
  expect(said).toContain(
    `${shared}:1:1: is not loaded: others than its owner can write ${shared}: chmod go-w ${shared}`,
  );
  expect(said).toContain(
    `${foreign} belongs to user 4343, neither root nor you: chown root ${foreign}`,
  );
});
