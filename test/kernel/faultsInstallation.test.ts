/** Parts of the program that the kernel refuses, that are damaged, or that are not there: what the user is told. Needs root and readelf. */
import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DoctorReport } from '../../src/agent/host/report.ts';
import { LAUNCHER, startApp } from '../driver/app.ts';
import { type Ended, run } from '../driver/command.ts';
import { copyProgram, type ProgramCopy } from '../driver/programCopy.ts';
import { startPty } from '../driver/pty.ts';
import { SANE_MODES } from '../driver/terminalModes.ts';
import { until } from '../driver/until.ts';
import { policyOf } from './stage.ts';
import { openWorkshop, type Workshop } from './workshop.ts';

let shop: Workshop;
let copy: ProgramCopy;

beforeAll(() => {
  shop = openWorkshop();
  copy = copyProgram();
});
afterAll(() => {
  copy.remove();
  shop.remove();
});

const SENSOR = 'build/bpf/process.bpf.o';
const POLICIES = 'build/bpf/syscalls.bpf.o';
const ADDON = 'build/trigon.node';

const trigon = (...args: string[]): Promise<Ended> =>
  run(process.execPath, [LAUNCHER, ...args], { env: { ...process.env, ...copy.env } });

/** `events`, which a broken program ends by itself, and a whole one after the first event: there are some meanwhile. */
async function events(...args: string[]): Promise<Ended> {
  let isOver = false;
  const running = trigon('events', '--count', '1', '--socket', 'none', ...args);
  void running.finally(() => {
    isOver = true;
  });
  await until(async () => isOver || !(await run('/bin/true')));
  return running;
}

/** r0 = r9, of a register that nothing was put into, in the place of a function's first instruction: no verifier lets it pass. */
const UNCHECKED = Buffer.from('bf90000000000000', 'hex');

/** The object file with a program in it that the verifier refuses. @param section its only program's */
function refusable(name: string, section: string): (intact: Buffer) => Buffer {
  const headers = execFileSync('readelf', ['-SW', copy.path(name)], { encoding: 'utf8' });
  const line = headers.split('\n').find((text) => text.includes(`] ${section} `));
  const offset = Number.parseInt(/PROGBITS\s+\w+\s+(\w+)/.exec(line ?? '')?.[1] ?? '', 16);
  if (!(offset > 0)) throw new Error(`${name} has no ${section}`);
  return (intact) => {
    const changed = Buffer.from(intact);
    UNCHECKED.copy(changed, offset);
    return changed;
  };
}

const cutShort = (intact: Buffer) => intact.subarray(0, intact.length / 2);
const noElf = () => 'no program at all';
const missing = () => undefined;

/** A message at a prompt: short, with a remedy, and nothing that only a developer can read. */
function expectWords({ code, stdout, stderr }: Ended): void {
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr.split('\n').length).toBeLessThan(14);
  expect(stderr).toMatch(/^trigon: [^\n]+\n/);
  expect(stderr).not.toMatch(/\n +at |Error:|node:internal/);
}

describe('the verifier refuses', () => {
  const section = 'tp_btf/sched_process_exec';

  test('the process sensor: the program, the end of the log, and what to do', async () => {
    await copy.with(SENSOR, refusable(SENSOR, section), async () => {
      const ended = await events();
      expectWords(ended);
      expect(ended.stderr).toMatch(/^trigon: load object 'process': [^\n]*Permission denied/);
      expect(ended.stderr).toContain('handle_exec');
      expect(ended.stderr).toContain('  | R9 !read_ok');
      expect(ended.stderr).toMatch(
        /\n {2}the kernel refused a program; please report this [^\n]+\n$/,
      );
    });
  });

  test('the same on a terminal: the message stands on the restored screen', async () => {
    await copy.with(SENSOR, refusable(SENSOR, section), async () => {
      const line = `"${process.execPath}" "${LAUNCHER}"; echo "EXIT=$?"; stty -a`;
      const session = startPty('/bin/sh', ['-c', line], { columns: 200, env: copy.env });
      await session.exit;
      expect(session.bufferType()).toBe('normal');
      expect(session.isCursorVisible()).toBe(true);
      expect(session.text()).toContain('R9 !read_ok');
      expect(session.text()).toContain('EXIT=1');
      for (const mode of SANE_MODES)
        expect(session.text()).toMatch(new RegExp(`(^|\\s)${mode}\\b`));
    });
  });

  test('the doctor says so too, and that nothing works', async () => {
    await copy.with(SENSOR, refusable(SENSOR, section), async () => {
      const ended = await trigon('doctor', '-o', 'json');
      expect(ended.code).toBe(1);
      const { sections, verdict }: DoctorReport = JSON.parse(ended.stdout);
      expect(verdict.works).toBe(false);
      const sensor = sections.flatMap(({ rows }) => rows).find(({ id }) => id === 'trigon.sensor');
      expect(sensor).toMatchObject({ state: 'no', reason: expect.stringContaining('R9 !read_ok') });
    });
  });

  test('the programs of policies: processes are seen, each policy is refused with the reason', async () => {
    const policy = shop.file(
      'watch.yaml',
      policyOf('watch', { kprobes: [{ call: 'sys_getppid', syscall: true }] }),
    );
    await copy.with(POLICIES, refusable(POLICIES, 'tp_btf/sys_enter'), async () => {
      expect(await events()).toMatchObject({ code: 0 });
      const refused = await trigon('events', '--socket', 'none', '--policy', policy);
      expect(refused.code).toBe(1);
      expect(refused.stderr).toMatch(
        /^trigon: \S*watch\.yaml:1:1: the kernel refused the programs that run policies: load object 'syscalls': [^\n]*; "trigon doctor" says more\n/,
      );
      const report: DoctorReport = JSON.parse((await trigon('doctor', '-o', 'json')).stdout);
      expect(report.verdict.works).toBe(true);
      const rows = report.sections.flatMap((section) => section.rows);
      expect(rows.find(({ id }) => id === 'trigon.policies')).toMatchObject({
        state: 'no',
        reason: expect.stringContaining('R9 !read_ok'),
      });
    });
  });
});

describe('an installation that is not whole', () => {
  test.each([
    ['the process sensor is cut short', SENSOR, cutShort],
    ['the process sensor is missing', SENSOR, missing],
    ['the addon is cut short', ADDON, cutShort],
    ['the addon is something else', ADDON, noElf],
    ['the addon is missing', ADDON, missing],
  ])('%s', async (_, name, change) => {
    await copy.with(name, change, async () => {
      const [ended, doctor] = await Promise.all([events(), trigon('doctor')]);
      expectWords(ended);
      expect(ended.stderr).toMatch(/process|trigon\.node/);
      expect(ended.stderr).toMatch(
        /\n {2}this installation is incomplete or damaged: build it again[^\n]+\n$/,
      );
      expect(doctor.code).toBe(1);
      expect(`${doctor.stdout}${doctor.stderr}`).not.toMatch(/\n +at /);
    });
  });

  test('the program that learns host names is damaged: everything else goes on', async () => {
    await copy.with('build/bpf/dns.bpf.o', cutShort, async () => {
      const app = await startApp([], { env: copy.env });
      expect(await app.quit()).toBe(0);
    });
  });
});
