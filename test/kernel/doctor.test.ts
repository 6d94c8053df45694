/** `trigon doctor` on the running kernel: needs root and clang. Expectations follow from facts of the host, or from libbpf. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  kernelTypeIds,
  openFilesystem,
  openObject,
  tryProgram,
} from '../../src/agent/bpf/addon.ts';
import { examineHost } from '../../src/agent/host/doctor.ts';
import { readHostFacts } from '../../src/agent/host/facts.ts';
import { assemble, callHelper, returnConstant } from '../../src/agent/host/instructions.ts';
import { parseKernelConfig } from '../../src/agent/host/kernelConfig.ts';
import { kernelMemoryAccess } from '../../src/agent/host/kernelMemory.ts';
import { ifPolicies } from '../../src/agent/host/ladders.ts';
import { parseMounts } from '../../src/agent/host/mounts.ts';
import { explainRefusal, isOlder } from '../../src/agent/host/refusal.ts';
import { type DoctorReport, no, type Row, row, yes } from '../../src/agent/host/report.ts';
import { table } from '../../src/cli/doctor.ts';
import { type Ended, run } from '../driver/command.ts';
import { compileBpf } from '../driver/compile.ts';
import { asNobody } from '../driver/openClone.ts';
import { bpfObjectsOf } from './workshop.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const launcher = join(root, 'bin', 'trigon.mjs');
const facts = readHostFacts();
const config = (name: string) => facts.config?.option(name);

let folder: string;
let ended: Ended;
let report: DoctorReport;

const doctor = (...args: string[]) => run(process.execPath, [launcher, 'doctor', ...args]);

/** As a user without rights, but for these capabilities (setpriv(1) writes them `+bpf,+perfmon`). */
const doctorAsNobody = (capabilities: string, ...args: string[]) =>
  run(
    'unshare',
    asNobody(
      [process.execPath, launcher, 'doctor', ...args],
      capabilities === '' ? [] : [`--inh-caps=${capabilities}`, `--ambient-caps=${capabilities}`],
    ),
  );

const rowsOf = ({ sections }: DoctorReport): Row[] => sections.flatMap(({ rows }) => rows);

function rowOf(id: string, from = report): Row {
  const row = rowsOf(from).find((one) => one.id === id);
  if (row === undefined) throw new Error(`the report has no row ${id}`);
  return row;
}

const cgroupsOfDoctor = () =>
  facts.cgroup.v2
    ? readdirSync(facts.cgroup.v2.folder).filter((name) => name.startsWith('trigon-doctor'))
    : [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'trigon-doctor-'));
  compileBpf(join(root, 'test/kernel/fixtures/doctor.bpf.c'), join(folder, 'doctor.bpf.o'));
  ended = await doctor('-o', 'json');
  report = JSON.parse(ended.stdout) as DoctorReport;
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Tests what a fact of this host entails. Where the fact doesn't hold there is nothing to test: that is no skipped test. */
const testIf = (holds: boolean): typeof test | ((...unused: unknown[]) => void) =>
  holds ? test : () => {};

describe('the report as JSON', () => {
  test('has the documented shape, and nothing on standard error', () => {
    expect(ended.stderr).toBe('');
    expect(report).toMatchObject({ version: 1, kernel: facts.release });
    expect(report.sections.map(({ id }) => id)).toEqual([
      ...['kernel', 'privileges', 'types', 'attach'],
      ...['helpers', 'hooks', 'actions', 'trigon'],
    ]);
    for (const row of rowsOf(report)) {
      expect(Object.keys(row), row.id).toEqual(['id', 'name', 'state', 'reason', 'remedy']);
      expect(['yes', 'no', 'partly', 'unknown'], row.id).toContain(row.state);
    }
  });

  test('each row has an id of its own, and a reason when it is no plain yes', () => {
    const rows = rowsOf(report);
    expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
    for (const { id, state, reason, remedy } of rows) {
      if (state !== 'yes') expect(reason, id).not.toBe('');
      if (state === 'yes') expect(remedy, id).toBeNull();
      if (remedy !== null) expect(remedy, id).not.toBe('');
    }
  });

  test('the exit code says whether the process sensor runs', () => {
    expect(report.verdict.works).toBe(rowOf('trigon.sensor').state === 'yes');
    expect(ended.code).toBe(report.verdict.works ? 0 : 1);
    expect(report.verdict.lines[0]).toMatch(/^Trigon (works|does not work) here/);
  });
});

describe('what was tried agrees with libbpf', () => {
  /** Loads and attaches one program of the fixture, as any other user of libbpf would. */
  function libbpfCan(program: string): boolean {
    const object = openObject(readFileSync(join(folder, 'doctor.bpf.o')), 'doctor');
    try {
      for (const { name } of object.programs()) object.setAutoload(name, name === program);
      object.load();
      object.attach(program).detach();
      return true;
    } catch {
      return false;
    } finally {
      object.close();
    }
  }

  test.each([
    ['attach.tp_btf', 'on_tp_btf'],
    ['attach.raw_tp', 'on_raw_tp'],
    ['attach.kprobe', 'on_kprobe'],
    ['attach.kprobe.multi', 'on_kprobe_multi'],
    ['attach.fentry', 'on_fentry'],
    ['attach.fexit', 'on_fexit'],
    ['attach.fmod_ret', 'on_fmod_ret'],
  ])('%s', (id, program) => {
    expect(rowOf(id), rowOf(id).reason).toMatchObject({ state: libbpfCan(program) ? 'yes' : 'no' });
  });

  // libbpf reads the tracepoint's number only in a mounted tracefs.
  testIf(facts.tracefs?.mountedAt !== undefined && !facts.tracefs.empty)(
    'attach.tracepoint',
    () => {
      expect(rowOf('attach.tracepoint').state).toBe(libbpfCan('on_tracepoint') ? 'yes' : 'no');
    },
  );

  test('attach.lsm: attached is not yet called', () => {
    const called = facts.securityModules?.includes('bpf') === true;
    expect(rowOf('attach.lsm').state).toBe(libbpfCan('on_lsm') && called ? 'yes' : 'no');
  });

  test('attach.iter/task', () => {
    const object = openObject(readFileSync(join(folder, 'doctor.bpf.o')), 'doctor');
    try {
      for (const { name } of object.programs()) object.setAutoload(name, name === 'on_iter');
      object.load();
      expect(object.readIterator('on_iter')).toHaveLength(0);
      expect(rowOf('attach.iter/task').state).toBe('yes');
    } finally {
      object.close();
    }
  });
});

describe('what was tried agrees with the facts', () => {
  test('BTF and Linux 5.15: the base of everything', () => {
    for (const id of ['attach.tp_btf', 'attach.raw_tp', 'attach.iter/task'])
      expect(rowOf(id), id).toMatchObject({ state: 'yes' });
  });

  testIf(facts.tracefs?.empty === false)('tracepoints, also where nobody mounted tracefs', () => {
    expect(rowOf('attach.tracepoint')).toMatchObject({ state: 'yes' });
  });

  testIf(config('UPROBES') === 'y')('uprobes and USDT', () => {
    expect(rowOf('attach.uprobe').state).toBe('yes');
    expect(rowOf('attach.usdt').state).toBe('yes');
  });

  testIf(config('CGROUP_BPF') === 'y' && facts.cgroup.v2?.readOnly === false)(
    'cgroup programs',
    () => {
      for (const kind of ['cgroup/connect4', 'cgroup/sendmsg4', 'cgroup/sock_create', 'sockops'])
        expect(rowOf(`attach.${kind}`), kind).toMatchObject({ state: 'yes' });
      expect(rowOf('helper.bpf_set_retval').state).toBe('yes');
    },
  );

  testIf(facts.config !== undefined && config('KPROBES') === undefined)(
    'without CONFIG_KPROBES: no kprobes, and the option is named',
    () => {
      expect(rowOf('attach.kprobe')).toMatchObject({
        state: 'no',
        reason: expect.stringContaining('CONFIG_KPROBES is not set'),
        remedy: 'boot a kernel built with CONFIG_KPROBES=y',
      });
    },
  );

  test('a refused trampoline names the error number of the kernel', () => {
    for (const id of ['attach.fentry', 'attach.fmod_ret', 'attach.lsm']) {
      const { state, reason } = rowOf(id);
      if (state === 'no')
        expect(reason, id).toMatch(/\bE[A-Z]+ when (loading|attaching)|never called/);
    }
  });

  testIf(facts.config !== undefined && config('BPF_KPROBE_OVERRIDE') === undefined)(
    'bpf_override_return is no without its option',
    () => {
      expect(rowOf('helper.bpf_override_return')).toMatchObject({
        state: 'no',
        reason: expect.stringMatching(/CONFIG_BPF_KPROBE_OVERRIDE.*EINVAL when loading/),
      });
    },
  );

  test('bpf_send_signal may be called where policies would call it', () => {
    expect(rowOf('helper.bpf_send_signal').reason).toMatch(
      /^in tp_btf, raw_tp, tracepoint, kprobe/,
    );
  });

  test('memory of programs is written only without lockdown, and an old kernel is not asked', () => {
    const { state, reason } = rowOf('action.set');
    if (facts.lockdown === 'integrity' || facts.lockdown === 'confidentiality')
      expect({ state, reason }).toEqual({
        state: 'no',
        reason: `lockdown=${facts.lockdown} forbids bpf_probe_write_user`,
      });
    else expect(state).toBe(isOlder(facts.release, [6, 13]) ? 'unknown' : 'yes');
  });

  testIf(facts.lockdown === 'confidentiality')('lockdown is named as the cause', () => {
    const named = {
      reason: expect.stringContaining('lockdown=confidentiality'),
      remedy: 'boot with lockdown=integrity or none',
    };
    expect(rowOf('helper.bpf_probe_read_kernel')).toMatchObject({ state: 'no', ...named });
    const byTypes = kernelMemoryAccess() === 'typed';
    expect(rowOf('kernel.lockdown')).toMatchObject({ state: byTypes ? 'partly' : 'no', ...named });
    expect(rowOf('trigon.sensor').state).toBe(byTypes ? 'yes' : 'no');
  });

  testIf(facts.lockdown !== 'confidentiality')('kernel memory may be read', () => {
    expect(rowOf('helper.bpf_probe_read_kernel').state).toBe('yes');
    expect(rowOf('kernel.lockdown').state).toBe('yes');
  });

  test('a kfunc that is not in the BTF is no, one that is there was tried', () => {
    const [id = 0] = kernelTypeIds(['bpf_rdonly_cast']);
    expect(rowOf('kfunc.bpf_rdonly_cast').state === 'yes').toBe(id > 0);
  });

  test('hooks: exactly what this version does', () => {
    if (rowOf('trigon.policies').state !== 'yes') return;
    expect(rowOf('hook.kprobe-syscall').state).toBe('yes');
    const works = (kind: string) => rowOf(`attach.${kind}`).state === 'yes';
    const exact = ['kprobe.multi', 'kprobe', 'fentry'].some(works);
    for (const id of ['hook.kprobe', 'hook.kprobe-security', 'hook.fentry'])
      expect(rowOf(id)).toMatchObject(
        exact
          ? { state: 'yes', reason: expect.stringMatching(/^by (kprobe\.multi|kprobe|fentry)$/) }
          : { state: 'partly', reason: expect.stringContaining('security_file_permission') },
      );
    expect(rowOf('hook.lsm').state).toBe(works('lsm') ? 'yes' : 'partly');
    expect(rowOf('action.override-syscall').state === 'yes').toBe(
      works('fmod_ret-on-a-system-call') || rowOf('helper.bpf_override_return').state === 'yes',
    );
    expect(rowOf('action.override-security').state === 'yes').toBe(works('lsm'));
    for (const [hook, attach] of [
      ['hook.tracepoint', 'attach.tracepoint'],
      ['hook.raw-tracepoint', 'attach.raw_tp'],
      ['hook.uprobe', 'attach.uprobe'],
      ['hook.usdt', 'attach.uprobe'],
      ['action.deny-network', 'attach.cgroup/connect4'],
    ] as const)
      expect(rowOf(hook).state, hook).toBe(rowOf(attach).state);
  });

  test('Sigkill goes with the programs at the system calls', () => {
    expect(rowOf('action.sigkill').state).toBe(rowOf('trigon.policies').state);
    expect(rowOf('action.signal').state).toBe(rowOf('trigon.policies').state);
  });
});

test('host names from DNS answers need cgroup v2', () => {
  const names = rowOf('trigon.names');
  expect(names.state).toBe(facts.cgroup.v2 ? 'yes' : 'no');
  if (!facts.cgroup.v2) expect(names.remedy).toContain('cgroup2');
});

describe('without privileges', () => {
  test('says which capability is missing, tries nothing, and ends with 1', async () => {
    const nobody = await doctorAsNobody('', '-o', 'json');
    expect(nobody).toMatchObject({ code: 1, stderr: '' });
    const theirs = JSON.parse(nobody.stdout) as DoctorReport;
    for (const { id, state, reason } of rowsOf(theirs)) {
      if (!/^(type|attach|helper|kfunc)\./.test(id)) continue;
      expect(state, id).toBe('unknown');
      expect(reason, id).toMatch(/^not probed: no CAP_BPF, no CAP_(PERFMON|NET_ADMIN)$/);
    }
    expect(rowOf('kernel.btf', theirs).state).toBe('yes');
    expect(rowOf('privilege.CAP_BPF', theirs)).toMatchObject({
      state: 'no',
      remedy: 'run it as root, or with CAP_BPF',
    });
    expect(theirs.verdict.works).toBe(false);
    expect(theirs.verdict.lines.join(' ')).toContain('CAP_BPF and CAP_PERFMON');
  });

  test('prints a table, no stack trace', async () => {
    const nobody = await doctorAsNobody('');
    expect(nobody.stdout).toContain('Trigon does not work here: no CAP_BPF, no CAP_PERFMON.');
    expect(nobody.stdout + nobody.stderr).not.toMatch(/^\s+at /m);
  });

  test('with CAP_BPF alone CAP_PERFMON is missing', async () => {
    const theirs = JSON.parse((await doctorAsNobody('+bpf', '-o', 'json')).stdout) as DoctorReport;
    expect(rowOf('attach.tp_btf', theirs).reason).toBe('not probed: no CAP_PERFMON');
  });

  test('CAP_BPF and CAP_PERFMON do for the process sensor', async () => {
    const theirs = await doctorAsNobody('+bpf,+perfmon', '-o', 'json');
    expect(theirs.code).toBe(ended.code);
    const report = JSON.parse(theirs.stdout) as DoctorReport;
    expect(rowOf('attach.cgroup/connect4', report)).toMatchObject({
      state: 'unknown',
      reason: 'not probed: no CAP_NET_ADMIN',
    });
  });
});

describe('nothing is left behind', () => {
  test('no program, map, link, descriptor or cgroup; nor the cgroup of one that was killed', () => {
    // No process has such a number: PID_MAX_LIMIT is 4,194,304.
    if (facts.cgroup.v2) mkdirSync(join(facts.cgroup.v2.folder, 'trigon-doctor-4194305'));
    const before = { bpf: bpfObjectsOf('self'), files: readdirSync('/proc/self/fd').length };
    examineHost(join(root, 'build', 'bpf'));
    const after = { bpf: bpfObjectsOf('self'), files: readdirSync('/proc/self/fd').length };
    expect(after).toEqual(before);
    expect(cgroupsOfDoctor()).toEqual([]);
  });

  test('no mount', () => {
    const mounts = () => readFileSync('/proc/self/mountinfo', 'utf8');
    const before = mounts();
    examineHost(join(root, 'build', 'bpf'));
    expect(mounts()).toBe(before);
  });
});

describe('the table', () => {
  test('fits into the width, and says states in words without colours', () => {
    for (const width of [80, 100, 160]) {
      const lines = table(report, width, false).split('\n');
      for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(width);
      expect(lines.join('\n')).not.toContain('\x1b');
    }
  });

  test('has every row and the verdict; a narrow terminal gets long lines rather than none', () => {
    for (const width of [10, 30, Number.POSITIVE_INFINITY]) {
      const text = table(report, width, false);
      for (const { name } of rowsOf(report)) expect(text).toContain(name);
      expect(text).toContain('Verdict');
    }
  });

  test('colours come on top of the words', () => {
    const plain = table(report, 100, true).replaceAll(/\x1b\[\d+m/g, '');
    expect(plain).toBe(table(report, 100, false));
  });

  test('text of the kernel cannot control the terminal', () => {
    const row = { id: 'x', name: 'x', state: 'no', reason: 'a\x1b[2Jb', remedy: null } as const;
    const hostile = { ...report, sections: [{ id: 'x', name: 'x', rows: [row] }] };
    expect(table(hostile, 80, false)).not.toContain('\x1b');
  });

  test('printed to a pipe it has no colours', async () => {
    const { stdout, code } = await doctor();
    expect(stdout).not.toContain('\x1b');
    expect(stdout).toContain('Verdict\n');
    expect(code).toBe(ended.code);
  });
});

describe('the command line', () => {
  test.each([
    [['-o', 'compact'], '--output must be table or json'],
    [['--policy', '/etc'], '--policy is an option of the screen and "trigon events"'],
  ])('%j is refused', async (args, message) => {
    const wrong = await doctor(...args);
    expect(wrong).toMatchObject({ code: 2, stdout: '' });
    expect(wrong.stderr).toContain(message);
  });
});

describe('the addon', () => {
  const TRACEPOINT_PROGRAM = 5;

  test('a refusal is a result with the log of the verifier', () => {
    const instructions = assemble([callHelper(9999), ...returnConstant(0)]);
    expect(tryProgram({ type: TRACEPOINT_PROGRAM, instructions })).toMatchObject({
      ok: false,
      stage: 'load',
      code: 'EINVAL',
      log: expect.stringMatching(/invalid func unknown#9999/),
    });
  });

  test('an unknown way to attach is refused by name', () => {
    const trial = { type: TRACEPOINT_PROGRAM, instructions: assemble(returnConstant(0)) };
    expect(tryProgram(trial)).toEqual({ ok: true });
    expect(tryProgram({ ...trial, attach: 'cgroup', target: '/no/such/folder' })).toMatchObject({
      stage: 'attach',
      code: 'ENOENT',
    });
  });

  test.each([
    ['no instruction', new Uint8Array(0)],
    ['half an instruction', new Uint8Array(12)],
    ['too many instructions', new Uint8Array(65 * 8)],
  ])('%s is a mistake of the caller', (_, instructions) => {
    expect(() => tryProgram({ type: TRACEPOINT_PROGRAM, instructions })).toThrow(TypeError);
  });

  test('names that the BTF does not have get 0', () => {
    const [task = 0, none] = kernelTypeIds(['task_struct', 'no_such_name_at_all']);
    expect(task).toBeGreaterThan(0);
    expect(none).toBe(0);
  });

  test('a filesystem that is not there', () => {
    expect(() => openFilesystem('no_such_filesystem')).toThrow(
      expect.objectContaining({ code: 'BPF_ENODEV' }),
    );
  });
});

describe('words and files', () => {
  test('without the programs at the system calls a hook says so in one line, under its own name', () => {
    const programs = row('trigon.policies', 'policies', no('load refused\nlog\nmore', 'report it'));
    const outcome = ifPolicies(programs, () => yes('by kprobe'));
    expect(row('hook.kprobe', 'kprobe', outcome)).toEqual({
      ...{ id: 'hook.kprobe', name: 'kprobe', state: 'no', remedy: 'report it' },
      reason: "Trigon's programs at the system calls: load refused",
    });
    expect(ifPolicies(yes(), () => yes('by kprobe'))).toEqual(yes('by kprobe'));
  });

  const refused = { ok: false, stage: 'attach', errno: 1, code: 'EPERM', log: '' } as const;

  test('a missing option is named before the error number', () => {
    const known = { ...facts, config: parseKernelConfig('/boot/config', 'CONFIG_BPF=y\n') };
    expect(explainRefusal(refused, known, { option: 'FPROBE' })).toEqual({
      state: 'no',
      reason: 'CONFIG_FPROBE is not set in /boot/config; EPERM when attaching',
      remedy: 'boot a kernel built with CONFIG_FPROBE=y',
    });
  });

  test('lockdown and seccomp are given as causes only when they are on', () => {
    const plain = { ...facts, config: undefined, lockdown: 'none', seccompFilter: false } as const;
    expect(explainRefusal(refused, plain).reason).toContain('this kernel forbids it');
    expect(explainRefusal(refused, { ...plain, lockdown: 'confidentiality' }).remedy).toBe(
      'boot with lockdown=integrity or none',
    );
    expect(explainRefusal(refused, { ...plain, seccompFilter: true }).reason).toContain('seccomp');
  });

  test('an older kernel is told the version that brought it', () => {
    const old = { ...facts, config: undefined, release: '6.1.0-56-amd64' };
    expect(explainRefusal(refused, old, { since: [6, 6] }).remedy).toBe('boot Linux 6.6 or later');
  });

  test('mount points with spaces', () => {
    const line = '41 31 0:38 / /mnt/a\\040b ro,relatime shared:1 - cgroup2 none rw';
    expect(parseMounts(`${line}\n`)).toEqual([
      { folder: '/mnt/a b', type: 'cgroup2', readOnly: true },
    ]);
  });
});
