/** Faults of our own: a copy of the built program in which one part is broken, run by the real launcher. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type AppSession, startApp } from '../../driver/app.ts';
import { copyProgram, type ProgramCopy } from '../../driver/programCopy.ts';
import { SANE_MODES } from '../../driver/terminalModes.ts';
import { until } from '../../driver/until.ts';
import { bpfObjectsOf, openWorkshop, type Workshop } from '../../kernel/workshop.ts';
import { type Armed, startArmed } from './arming.ts';
import { createTarget } from './target.ts';

let shop: Workshop;
let copy: ProgramCopy;
let armed: Armed | undefined;

beforeAll(() => {
  shop = openWorkshop();
  copy = copyProgram();
});
afterEach(() => {
  armed?.app.kill('SIGKILL');
  armed?.target.remove();
  armed = undefined;
});
afterAll(() => {
  copy.remove();
  shop.remove();
});

/** The terminal is the shell's again, and it was said why. */
async function expectRestored(app: AppSession, ...words: string[]): Promise<void> {
  const report = await app.report();
  expect(report.code).toBe(1);
  expect(report.modes).toEqual(expect.arrayContaining(SANE_MODES));
  for (const word of words) expect(report.afterwards).toContain(word);
  expect(app.bufferType()).toBe('normal');
  expect(app.isCursorVisible()).toBe(true);
}

test('a component that throws: the terminal comes back, and the reason is said', async () => {
  const begin = /function ArmDialog\([^)]*\) \{/;
  const parts = readdirSync(copy.path('dist/parts'))
    .map((name) => `dist/parts/${name}`)
    .filter((name) => begin.test(readFileSync(copy.path(name), 'utf8')));
  expect(parts).not.toEqual([]);
  const broken = (intact: Buffer) =>
    intact.toString().replace(begin, '$& throw new Error("the component broke");');
  // Earlier builds' parts lie there too.
  const withBroken = async (
    [name, ...others]: string[],
    work: () => Promise<void>,
  ): Promise<void> =>
    name === undefined ? work() : copy.with(name, broken, () => withBroken(others, work));
  const target = createTarget();
  try {
    await withBroken(parts, async () => {
      const app = await startApp(['--policy', target.policy], { env: copy.env, underShell: true });
      app.command('view.policies');
      await app.waitForText(target.policyName);
      app.command('policy.arm');
      await expectRestored(app, 'the component broke');
    });
  } finally {
    target.remove();
  }
});

test('an agent that crashes at its start: the terminal comes back, and the reason is said', async () => {
  const broken = () => "setTimeout(() => { throw new Error('the worker broke'); }, 1000);";
  await copy.with('dist/worker.mjs', broken, async () => {
    const app = await startApp([], { env: copy.env, underShell: true, ready: 'starting' });
    await expectRestored(app, 'the worker broke', 'nothing stays armed');
  });
});

/** What the agent does, besides its work, when a file is there. */
const onSign = (sign: string, deed: string) => (intact: Buffer) =>
  `${intact}
const tgFs = await import('node:fs');
const tgTimer = setInterval(() => {
  if (!tgFs.existsSync(${JSON.stringify(sign)})) return;
  clearInterval(tgTimer);
  ${deed}
}, 20);
tgTimer.unref();
`;

/** The descriptors of all its maps: whatever the addon is asked about one of them from now on fails. */
const CLOSE_MAPS = `for (const fd of tgFs.readdirSync('/proc/self/fd')) {
    let target = '';
    try { target = tgFs.readlinkSync('/proc/self/fd/' + fd); } catch {}
    if (target.includes('bpf-map')) tgFs.closeSync(Number(fd));
  }`;

describe('while a policy is armed', () => {
  test.each([
    ['an exception in the worker', `throw new Error('the worker broke');`, 'the worker broke'],
    ['an exception of the addon', CLOSE_MAPS, 'Bad file descriptor'],
    ['the worker ends', 'process.exit(7);', 'the agent ended with code 7'],
  ])(
    '%s: the terminal comes back, and nothing is armed or left in the kernel',
    async (_, deed, words) => {
      const sign = shop.path('sign');
      rmSync(sign, { force: true });
      await copy.with('dist/worker.mjs', onSign(sign, deed), async () => {
        armed = await startArmed({ env: copy.env, underShell: true });
        const { app, target } = armed;
        const held = bpfObjectsOf(app.appPid());
        expect(held.some((name) => name.startsWith('prog:'))).toBe(true);
        writeFileSync(sign, '');
        await expectRestored(app, words);
        expect(await target.survives()).toBe(true);
        const isGone = async () => (await shop.access('alive', ...held)).stdout === '';
        expect(await until(isGone)).toBe(true);
      });
    },
  );
});
