/** The arming flow of the pane, by keys on the real program: a policy that only watches gets Override, where LSM hooks answer. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { type AppSession, startApp } from '../../driver/app.ts';
import { policyOf } from '../../kernel/stage.ts';
import { STOCK } from '../boots.ts';
import type { Case } from '../case.ts';
import type { Ground } from '../ground.ts';
import { doDeed } from '../victim.ts';

/** A machine under emulation. */
const PATIENT = { timeoutMs: 120_000 };
const NOT_PERMITTED = 1;

/** What the policies view says of the policy: its state, and how many calls were refused. */
function rowOf(app: AppSession, name: string): { state: string; denied: number } {
  const line = app.screen().find((text) => text.includes(` ${name} `)) ?? '';
  const [, state = '', denied = '-1'] =
    /^ (.*?) +- +\S+ +\S+ +\d+\/\d+ +[\d.]+ +\d+ +\d+ +\d+ +\d+ +(\d+) /.exec(line) ?? [];
  return { state, denied: Number(denied) };
}

async function arm(app: AppSession, name: string): Promise<void> {
  const see = (text: string) => app.waitFor((screen) => screen.join('\n').includes(text), PATIENT);
  app.command('policy.arm');
  await see('[watch only]');
  app.press('right', 'right');
  await see('[Override]');
  app.press('enter');
  await see('2 of 4');
  app.press('enter', 'left');
  await see('[1 min]');
  app.press('enter');
  await see('Type the policy');
  app.enter(name);
  await app.waitFor((screen) => /1 ARMED 0[01]:\d\d/.test(screen[0] ?? ''), PATIENT);
}

async function run(ground: Ground): Promise<Record<string, never>> {
  const victim = ground.victim();
  const name = 'pane-override';
  const file = ground.file(
    'policy.yaml',
    policyOf(name, {
      kprobes: [
        {
          ...{ call: 'sys_mkdir', syscall: true, args: [{ index: 0, type: 'string' }] },
          selectors: [{ matchBinaries: [{ operator: 'In', values: [victim] }] }],
        },
      ],
    }),
  );
  const makes = async (folder: string) => {
    const { result, errno, signal } = await doDeed(victim, 'mkdir', ground.path(folder));
    assert.equal(signal, null);
    assert.equal(existsSync(ground.path(folder)), result === 0);
    return { result, errno };
  };
  const app = await startApp(['--policy', file], { columns: 160, rows: 40 });
  try {
    app.command('view.policies');
    await app.waitFor(() => rowOf(app, name).state === 'monitor', PATIENT);
    assert.deepEqual(await makes('watched'), { result: 0, errno: 0 });
    await arm(app, name);
    assert.deepEqual(await makes('refused'), { result: -1, errno: NOT_PERMITTED });
    await app.waitFor(() => rowOf(app, name).denied > 0, PATIENT);
    app.command('policy.disarmAll');
    await app.waitFor(() => rowOf(app, name).state === 'monitor', PATIENT);
    assert.deepEqual(await makes('disarmed'), { result: 0, errno: 0 });
    assert.equal(await app.quit(), 0);
  } finally {
    app.kill('SIGKILL');
  }
  return {};
}

export const PANE_CASES: readonly Case[] = [
  { name: 'pane: Override armed by keys', boots: STOCK, run, limitSeconds: 400 },
];
