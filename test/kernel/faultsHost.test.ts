/**
 * What a host may lack, each taken away in a mount namespace of the program's own: types of the kernel (BTF), tracefs, cgroup v2.
 * What can go on goes on, and says what is missing. Needs root.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { readMounts } from '../../src/agent/host/mounts.ts';
import type { DoctorReport, Row } from '../../src/agent/host/report.ts';
import { LAUNCHER } from '../driver/app.ts';
import { type Ended, run } from '../driver/command.ts';
import { startHeadless } from '../driver/headless.ts';
import { startPty } from '../driver/pty.ts';
import { until } from '../driver/until.ts';
import { policyOf } from './stage.ts';
import { openWorkshop, type Workshop } from './workshop.ts';

let shop: Workshop;
beforeAll(() => {
  shop = openWorkshop();
  shop.file('empty/placeholder', '');
});
afterAll(() => shop.remove());

/**
 * A command in front of the program's, which changes what it finds mounted.
 *
 * @param script of sh; finds the words as $1, $2 …
 */
const inMounts = (script: string, words: readonly string[] = []): string[] => [
  ...['unshare', '-m', '/bin/sh', '-ec', `${script}; shift ${words.length}; exec "$@"`, 'sh'],
  ...words,
];

/** Nobody has mounted them: what is below goes with them. */
const unmounted = (...types: string[]): string[] => {
  const folders = readMounts()
    .filter(({ type }) => types.includes(type))
    .map(({ folder }) => folder);
  const commands = folders.map((_, index) => `umount -l "\${${index + 1}}"`);
  return inMounts(commands.join('; ') || ':', folders.toReversed());
};

const covered = (folder: string) =>
  inMounts('mount --bind "$1" "$2"', [shop.path('empty'), folder]);

function trigon(wrap: readonly string[], ...args: string[]): Promise<Ended> {
  const [command = '', ...rest] = [...wrap, process.execPath, LAUNCHER, ...args];
  return run(command, rest);
}

async function doctor(
  wrap: readonly string[],
): Promise<{ code: number | null; row(id: string): Row; works: boolean }> {
  const { code, stdout, stderr } = await trigon(wrap, 'doctor', '-o', 'json');
  expect(stderr).toBe('');
  const report: DoctorReport = JSON.parse(stdout);
  return {
    code,
    works: report.verdict.works,
    row(id) {
      const found = report.sections.flatMap(({ rows }) => rows).find((row) => row.id === id);
      if (!found) throw new Error(`no row ${id}`);
      return found;
    },
  };
}

/** The program in the workshop does it, and nobody else's doing is told. */
const binaries = () => [{ matchBinaries: [{ operator: 'In', values: [shop.victim] }] }];
const onGetppid = () =>
  policyOf('by-call', { kprobes: [{ call: 'sys_getppid', syscall: true, selectors: binaries() }] });

/** Loads the policies and tells their state, when an exec was seen. */
async function live(wrap: readonly string[], policies: readonly string[], ...args: string[]) {
  const files = policies.flatMap((text, at) => ['--policy', shop.file(`policy-${at}.yaml`, text)]);
  const trigonEvents = await startHeadless(shop.folder, [...files, ...args], wrap);
  try {
    const seen = await until(async () => {
      await run('/bin/true', ['seen-by-fault']);
      return trigonEvents.lines.find((line) => line.includes('seen-by-fault'));
    });
    expect(seen).toBeDefined();
    return await trigonEvents.policies();
  } finally {
    await trigonEvents.stop();
  }
}

describe('no types of the kernel (BTF)', () => {
  const wrap = () => covered('/sys/kernel/btf');

  test('it can’t start, and says what is missing and what to do', async () => {
    expect(await trigon(wrap(), 'events')).toEqual({
      ...{ pid: expect.any(Number), code: 1, signal: null, stdout: '' },
      stderr:
        'trigon: this kernel has no BTF (/sys/kernel/btf/vmlinux is missing)\n' +
        '  boot a kernel built with CONFIG_DEBUG_INFO_BTF=y; distributions have it since 2021\n',
    });
  });

  test('on a terminal the message stands on the restored screen', async () => {
    const [command = '', ...rest] = [...wrap(), process.execPath, LAUNCHER];
    const session = startPty(command, rest, { columns: 120 });
    expect((await session.exit).code).toBe(1);
    expect(session.bufferType()).toBe('normal');
    expect(session.isCursorVisible()).toBe(true);
    expect(session.text()).toContain('this kernel has no BTF');
  });

  test('the doctor', async () => {
    const { code, works, row } = await doctor(wrap());
    expect([code, works]).toEqual([1, false]);
    expect(row('kernel.btf')).toMatchObject({
      state: 'no',
      reason: '/sys/kernel/btf/vmlinux is missing',
      remedy: expect.stringContaining('CONFIG_DEBUG_INFO_BTF'),
    });
    expect(row('trigon.sensor')).toMatchObject({ state: 'no' });
  });
});

describe('tracefs', () => {
  const byName = () =>
    policyOf('by-name', {
      tracepoints: [{ subsystem: 'syscalls', event: 'sys_enter_getppid', selectors: binaries() }],
    });

  test('mounted by nobody: it is read all the same', async () => {
    const wrap = unmounted('tracefs', 'debugfs');
    const policies = await live(wrap, [onGetppid(), byName()]);
    expect(policies.map(({ name, condition }) => [name, condition])).toEqual([
      ['by-call', 'enabled'],
      ['by-name', 'enabled'],
    ]);
    const { code, row } = await doctor(wrap);
    expect(code).toBe(0);
    expect(row('kernel.tracefs')).toMatchObject({
      state: 'no',
      reason: expect.stringContaining('reads it without a mount'),
    });
  });

  test('not to be had at all: processes and system calls are seen, tracepoints by name are refused with the reason', async () => {
    // Mounted, so that it is looked for in no other way, and empty.
    const folder = '/sys/kernel/tracing';
    const script = 'mount -t tracefs none "$2"; mount --bind "$1" "$2"';
    const wrap = inMounts(script, [shop.path('empty'), folder]);
    const policies = await live(wrap, [onGetppid()]);
    expect(policies.map(({ name, condition }) => [name, condition])).toEqual([
      ['by-call', 'enabled'],
    ]);
    const refused = await trigon(
      wrap,
      ...['events', '--socket', 'none', '--policy', shop.file('by-name.yaml', byName())],
    );
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/^trigon: \S*by-name\.yaml:\d+:\d+: [^\n]*tracefs/);
    const { code, row } = await doctor(wrap);
    expect(code).toBe(0);
    expect(row('kernel.tracefs')).toMatchObject({
      state: 'no',
      reason: expect.stringContaining('there are no tracepoints by name'),
    });
  });
});

describe('no cgroup v2', () => {
  const wrap = () => unmounted('cgroup2', 'cgroup');

  test('processes and policies are there; what needs it says so', async () => {
    const refusing = policyOf('refusing', {
      kprobes: [
        {
          call: 'tcp_connect',
          syscall: false,
          args: [{ index: 0, type: 'sock' }],
          selectors: [{ ...binaries()[0], matchActions: [{ action: 'Override', argError: -1 }] }],
        },
      ],
    });
    const policies = await live(wrap(), [onGetppid()]);
    expect(policies.map(({ name, condition }) => [name, condition])).toEqual([
      ['by-call', 'enabled'],
    ]);
    const refused = await trigon(
      wrap(),
      ...['events', '--socket', 'none', '--policy', shop.file('refusing.yaml', refusing)],
    );
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/^trigon: \S*refusing\.yaml:\d+:\d+: [^\n]*cgroup/);
  });

  test('the doctor', async () => {
    const { code, works, row } = await doctor(wrap());
    expect([code, works]).toEqual([0, true]);
    expect(row('kernel.cgroup')).toMatchObject({
      state: 'no',
      reason: 'no cgroup filesystem is mounted',
      remedy: expect.stringContaining('mount cgroup2'),
    });
    expect(row('trigon.names')).toMatchObject({
      state: 'no',
      reason: expect.stringContaining('cgroup v2 is not mounted'),
    });
  });

  test('a full screen', async () => {
    const [command = '', ...rest] = [...wrap(), process.execPath, LAUNCHER];
    const session = startPty(command, rest, { columns: 120 });
    onTestFinished(() => session.kill('SIGKILL'));
    await session.waitFor('live', { timeoutMs: 30_000 });
    session.press('q');
    expect((await session.exit).code).toBe(0);
  });
});

test('the host itself has kept what was taken away', () => {
  expect(readFileSync('/sys/kernel/btf/vmlinux').length).toBeGreaterThan(0);
  expect(readMounts().some(({ type }) => type === 'cgroup2')).toBe(true);
});
