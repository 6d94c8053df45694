/** However an armed Trigon ends: the terminal is as it was, nothing kills any more, nothing stays in the kernel. */
import { existsSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { SANE_MODES } from '../../driver/terminalModes.ts';
import { until } from '../../driver/until.ts';
import { bpfObjectsOf, openWorkshop, type Workshop } from '../../kernel/workshop.ts';
import { type Armed, startArmed } from './arming.ts';

let shop: Workshop;
let armed: Armed | undefined;

beforeAll(() => {
  shop = openWorkshop();
});
afterAll(() => shop.remove());
afterEach(() => {
  armed?.app.kill('SIGKILL');
  armed?.target.remove();
  armed = undefined;
});

const start = async (): Promise<Armed> => {
  armed = await startArmed({ underShell: true });
  return armed;
};

const isGone = (pid: number): boolean => !existsSync(`/proc/${pid}`);

/** The BPF objects of the program that the kernel still has. */
const goneFromKernel = (held: readonly string[]) =>
  until(async () => (await shop.access('alive', ...held)).stdout === '');

const expectClean = async (held: readonly string[]): Promise<void> => {
  if (!armed) throw new Error('nothing was started');
  const { app, target } = armed;
  expect(held.some((name) => name.startsWith('prog:'))).toBe(true);
  expect(await target.survives()).toBe(true);
  expect(await goneFromKernel(held)).toBe(true);
  expect(app.bufferType()).toBe('normal');
  expect(app.isCursorVisible()).toBe(true);
};

describe('while armed', () => {
  test('kill -9 of the program: its guardian restores the terminal', async () => {
    const { app } = await start();
    const pid = app.appPid();
    const held = bpfObjectsOf(pid);
    process.kill(pid, 'SIGKILL');
    const report = await app.report();
    expect(report.code).toBe(137);
    expect(report.modes).toEqual(expect.arrayContaining(SANE_MODES));
    expect(report.afterwards).toContain('killed by SIGKILL; the terminal is restored');
    await expectClean(held);
  });

  test('kill -9 of the guardian: the program leaves the screen, disarms and ends', async () => {
    const { app } = await start();
    const pid = app.appPid();
    const held = bpfObjectsOf(pid);
    process.kill(app.guardianPid(), 'SIGKILL');
    expect(await until(() => isGone(pid))).toBe(true);
    const report = await app.report();
    expect(report.code).toBe(137);
    expect(report.modes).toEqual(expect.arrayContaining(SANE_MODES));
    await expectClean(held);
  });

  test('kill -9 of both at once: nothing stays armed, and "reset" brings the terminal back', async () => {
    const { app } = await start();
    const pids = [app.guardianPid(), app.appPid()];
    const held = bpfObjectsOf(app.appPid());
    // Stopped first: neither sees the other's end.
    for (const signal of ['SIGSTOP', 'SIGKILL'] as const)
      for (const pid of pids) process.kill(pid, signal);
    expect(await until(() => pids.every(isGone))).toBe(true);
    expect(await armed?.target.survives()).toBe(true);
    expect(await goneFromKernel(held)).toBe(true);
    expect(app.bufferType()).toBe('alternate');
    app.type('reset\n');
    const report = await app.report();
    expect(report.modes).toEqual(expect.arrayContaining(SANE_MODES));
    expect(app.bufferType()).toBe('normal');
  });

  test('stopped: the kernel ends enforcement; continued: it works, in monitor mode, and quits', async () => {
    const { app, target } = await start();
    const pid = app.appPid();
    process.kill(pid, 'SIGSTOP');
    // Few tries: the fuse must not be what ends it.
    expect(await until(target.survives, { everyMs: 700 })).toBe(true);
    process.kill(pid, 'SIGCONT');
    await app.waitFor((screen) => !(screen[0] ?? '').includes('ARMED'));
    expect(await target.survives()).toBe(true);
    app.command('app.help');
    await app.waitForText('The first minute');
    app.command('app.back', 'app.quit');
    const report = await app.report();
    expect(report.code).toBe(0);
    expect(report.modes).toEqual(expect.arrayContaining(SANE_MODES));
    expect(app.bufferType()).toBe('normal');
  });

  test.each(['SIGTERM', 'SIGHUP', 'SIGINT'] as const)('%s to the program', async (signal) => {
    const { app } = await start();
    const pid = app.appPid();
    const held = bpfObjectsOf(pid);
    process.kill(pid, signal);
    const report = await app.report();
    expect(report.code).toBe(0);
    expect(report.modes).toEqual(expect.arrayContaining(SANE_MODES));
    expect(report.afterwards).toMatch(/trigon: \d+ events/);
    await expectClean(held);
  });

  test.each(['SIGTERM', 'SIGHUP'] as const)('%s to the guardian', async (signal) => {
    const { app } = await start();
    const held = bpfObjectsOf(app.appPid());
    process.kill(app.guardianPid(), signal);
    const report = await app.report();
    expect(report.code).toBe(0);
    expect(report.modes).toEqual(expect.arrayContaining(SANE_MODES));
    await expectClean(held);
  });

  test('Ctrl-C', async () => {
    const { app } = await start();
    const held = bpfObjectsOf(app.appPid());
    app.press('ctrl+c');
    const report = await app.report();
    expect(report.code).toBe(0);
    expect(report.modes).toEqual(expect.arrayContaining(SANE_MODES));
    await expectClean(held);
  });

  test('the connection drops: the terminal hangs up, program and guardian end', async () => {
    const { app, target } = await start();
    const pids = [app.appPid(), app.guardianPid()];
    const held = bpfObjectsOf(app.appPid());
    // The session's leader is gone, as when sshd's child dies: the kernel hangs the terminal up.
    app.kill('SIGKILL');
    expect(await until(() => pids.every(isGone))).toBe(true);
    expect(await target.survives()).toBe(true);
    expect(await goneFromKernel(held)).toBe(true);
  });
});
