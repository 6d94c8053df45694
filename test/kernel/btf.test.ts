/** What this kernel tells of its types and tracepoints, and what can be hooked on: needs root and clang. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { kernelTypeIds, openObject } from '../../src/agent/bpf/addon.ts';
import { u64 } from '../../src/agent/bytes.ts';
import { findHostAbilities, guessHostAbilities } from '../../src/agent/host/abilities.ts';
import { kernelBtf, openKernelBtf } from '../../src/agent/host/btf.ts';
import { KIND, parseBtf } from '../../src/agent/host/btfTypes.ts';
import { hostNamespace } from '../../src/agent/host/hostNamespaces.ts';
import { listTracepoints, readTracepointFormat } from '../../src/agent/host/tracefs.ts';
import { NAMESPACE_NAMES } from '../../src/policies/model.ts';
import { compileBpf } from '../driver/compile.ts';
import { openClone } from '../driver/openClone.ts';

const source = fileURLToPath(new URL('fixtures/offsets.bpf.c', import.meta.url));
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'trigon-btf-'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const btf = kernelBtf();
const field = (structName: string, ...path: string[]) =>
  btf.resolveField(structName, path, undefined);

describe('types of the kernel', () => {
  test('are read at once: nobody waits for them', () => {
    const took = () => {
      const start = performance.now();
      openKernelBtf().resolveField('task_struct', ['mm', 'owner', 'comm'], undefined);
      return performance.now() - start;
    };
    // 50 ms each on a machine with nothing else to do. The best of a few: what else runs is not the reader's.
    expect(Math.min(...Array.from({ length: 10 }, took))).toBeLessThan(2000);
  });

  test('fields lie where libbpf finds them', () => {
    const output = join(folder, 'offsets.bpf.o');
    compileBpf(source, output);
    const object = openObject(readFileSync(output), 'offsets');
    try {
      object.load();
      const ask = (question: number) =>
        object.testRun('offset_of', { context: u64(BigInt(question)) }).result;
      expect([0, 1, 2, 3, 4, 5, 6, 7, 8].map(ask)).toEqual([
        field('task_struct', 'comm').offset,
        field('task_struct', 'tgid').offset,
        field('task_struct', 'mm').offset,
        field('task_struct', 'real_parent').offset,
        field('task_struct', 'cred').offset,
        field('mm_struct', 'arg_start').offset,
        field('mm_struct', 'exe_file').offset,
        field('linux_binprm', 'filename').offset,
        btf.structSize('task_struct'),
      ]);
    } finally {
      object.close();
    }
  });

  test('numbers of types are those of libbpf', () => {
    const types = parseBtf(readFileSync('/sys/kernel/btf/vmlinux'));
    const functions = ['security_file_permission', 'tcp_connect', 'commit_creds', 'vfs_write'];
    expect(functions.map((name) => types.find(name, KIND.FUNCTION)[0])).toEqual(
      kernelTypeIds(functions),
    );
    expect(types.names(KIND.STRUCT).length).toBeGreaterThan(1000);
  });

  test('paths of the published policies', () => {
    expect(field('task_struct', 'cred', 'uid', 'val')).toMatchObject({
      type: 'unsigned int',
      size: 4,
      signed: false,
    });
    expect(field('task_struct', 'real_parent', 'comm')).toMatchObject({
      type: 'char[16]',
      size: 16,
    });
    expect(field('task_struct', 'mm', 'owner', 'comm').steps).toHaveLength(2);
    expect(field('linux_binprm', 'file', 'f_path', 'dentry', 'd_name', 'name')).toMatchObject({
      type: 'const unsigned char *',
      size: 8,
    });
    expect(() => field('task_struct', 'comn')).toThrow(
      'struct task_struct has no field comn; did you mean comm?',
    );
  });

  test('functions, raw tracepoints, enumerators', () => {
    expect(btf.functionPrototype('security_file_permission')).toEqual({
      parameters: [
        { name: 'file', type: 'struct file *' },
        { name: 'mask', type: 'int' },
      ],
      returns: 'int',
    });
    expect(btf.functionPrototype('_printk')?.parameters.at(-1)?.type).toBe('...');
    expect(btf.rawTracepointArguments('sys_enter')).toEqual(['struct pt_regs *', 'long']);
    expect(btf.rawTracepointArguments('sched_process_exec')).toEqual([
      'struct task_struct *',
      'int',
      'struct linux_binprm *',
    ]);
    expect(btf.rawTracepointArguments('no_such_tracepoint')).toBeUndefined();
    expect(btf.enumValue('BPF_PROG_TYPE_LSM')).toBe(29n);
  });

  test('a module that is not there', () => {
    expect(() => btf.resolveField('x', ['y'], 'no_such_module')).toThrow(
      'the kernel has no types of a module no_such_module',
    );
    expect(() => btf.resolveField('x', ['y'], '../btf/vmlinux')).toThrow(
      'is no name of a kernel module',
    );
  });
});

describe('tracefs', () => {
  test('fields of tracepoints', () => {
    expect(readTracepointFormat('raw_syscalls', 'sys_enter')?.fields.slice(4)).toEqual([
      { name: 'id', type: 'long', offset: 8, size: 8, signed: true },
      { name: 'args', type: 'unsigned long[6]', offset: 16, size: 48, signed: false },
    ]);
    expect(readTracepointFormat('sched', 'sched_process_exec')?.fields[4]).toMatchObject({
      ...{ name: 'filename', type: '__data_loc char[]', size: 4 },
    });
    expect(readTracepointFormat('sched', 'no_such_event')).toBeUndefined();
  });

  test('every tracepoint of this kernel: fields with a name, a type and a place', () => {
    const tracepoints = listTracepoints() ?? [];
    expect(tracepoints).toContain('sched/sched_process_exec');
    const broken = tracepoints.filter((tracepoint) => {
      const [subsystem = '', event = ''] = tracepoint.split('/');
      // ftrace's own records have a format too, but nothing can be attached to them.
      const fields = readTracepointFormat(subsystem, event)?.fields ?? [];
      return fields.length < 4 || fields.some(({ name, type }) => name === '' || type === '');
    });
    expect(broken).toEqual([]);
  });
});

describe('abilities of the host', () => {
  test('are found by trial, with reasons for what is missing', () => {
    const abilities = findHostAbilities();
    expect(abilities).toMatchObject({ arch: process.arch, rawTracepoints: true, uprobes: true });
    const names = [
      'rawTracepoints',
      'uprobes',
      'uprobeMulti',
      'cgroupRoot',
      'kprobes',
      'kprobeMulti',
      'fentry',
      'fmodRet',
      'fmodRetSyscalls',
      'lsm',
      'kprobeOverride',
      'writeUser',
    ] as const;
    for (const name of names)
      expect([name, abilities.reasons[name] === undefined]).toEqual([
        name,
        Boolean(abilities[name]),
      ]);
    expect(abilities.tracepointFormat('sched', 'sched_process_exec')).toBeDefined();
    expect(abilities.isFile('/etc/passwd')).toBe(true);
    expect(abilities.isFile('/etc')).toBe(false);
    expect(abilities.isFile('/absent')).toBe(false);
    expect(abilities.realPath('/proc/self/exe')).toBe(readlinkSync('/proc/self/exe'));
    expect(abilities.realPath('/absent')).toBeUndefined();
  });

  test('functions of the kernel: names, types, those that can be traced', () => {
    const { hasFunction, functionPrototype, tracedFunctions } = findHostAbilities();
    expect(['security_file_open', 'bpf_lsm_file_open', 'tcp_connect'].map(hasFunction)).toEqual([
      ...[true, kernelTypeIds(['bpf_lsm_file_open'])[0] !== 0, true],
    ]);
    // A variable, a part of a name, nonsense.
    for (const name of ['init_task', 'security_file_ope', 'no_such_function', '', 'a b', '\n'])
      expect([name, hasFunction(name)]).toEqual([name, false]);
    const prototype = {
      parameters: [{ name: 'file', type: 'struct file *' }],
      returns: 'int',
    };
    expect(functionPrototype('security_file_open')).toEqual(prototype);
    expect(functionPrototype('no_such_function')).toBeUndefined();
    const traced = tracedFunctions(/^security_file_(open|lock)$/);
    if (traced !== undefined)
      expect(traced.toSorted()).toEqual(['security_file_lock', 'security_file_open']);
    else expect(existsSync('/sys/kernel/tracing/available_filter_functions')).toBe(false);
  });

  test('guessed without privileges they are at least those, and nothing is loaded', () => {
    const script = `
      process.setgroups([]); process.setgid(65534); process.setuid(65534);
      const { guessHostAbilities, findHostAbilities } = await import(${JSON.stringify(fileURLToPath(new URL('../../src/agent/host/abilities.ts', import.meta.url)))});
      const { reasons, ...guessed } = guessHostAbilities();
      const found = findHostAbilities();
      console.log(JSON.stringify({ guessed, reasons, found: found.rawTracepoints, why: found.reasons.rawTracepoints, field: guessHostAbilities().resolveField('task_struct', ['comm'], undefined).type }));`;
    const { guessed, reasons, found, why, field } = JSON.parse(
      execFileSync('unshare', openClone([process.execPath, '--input-type=module', '-e', script]), {
        encoding: 'utf8',
        cwd: '/',
      }),
    );
    expect(guessed).toMatchObject({ rawTracepoints: true, uprobes: true });
    expect(reasons.rawTracepoints).toMatch(/^not probed: /);
    expect(found).toBe(false);
    expect(why).toMatch(/^not probed: no CAP_BPF/);
    expect(field).toBe('char[16]');
    const tried = findHostAbilities();
    for (const name of [
      ...(['kprobes', 'kprobeMulti', 'uprobeMulti', 'fentry', 'fmodRet'] as const),
      ...(['fmodRetSyscalls', 'lsm', 'kprobeOverride', 'writeUser'] as const),
    ])
      if (tried[name]) expect([name, guessed[name]]).toEqual([name, true]);
    expect(guessHostAbilities().cgroupRoot).toBe(tried.cgroupRoot);
  });

  test("the host's namespaces", () => {
    const inodeOf = (file: string) =>
      Number(/\d+/.exec(readlinkSync(`/proc/self/ns/${file}`))?.[0]);
    // A test that runs in the host's own namespaces knows them from itself.
    const kinds = {
      Pid: 'pid',
      User: 'user',
      Uts: 'uts',
      Ipc: 'ipc',
      Cgroup: 'cgroup',
      Time: 'time',
    };
    if (inodeOf('pid') === hostNamespace('Pid'))
      for (const [name, file] of Object.entries(kinds))
        expect([name, hostNamespace(name)]).toEqual([name, inodeOf(file)]);
    for (const name of NAMESPACE_NAMES) expect(hostNamespace(name) ?? 1).toBeGreaterThan(0);
    expect(hostNamespace('Nope')).toBeUndefined();
    expect(hostNamespace('constructor')).toBeUndefined();
  });
});
