import { describe, expect, test } from 'vitest';
import { parseExecId } from '../../../src/events/execId.ts';
import {
  type CgroupOwner,
  cgroupOwner,
  containerIdOf,
} from '../../../src/events/wire/container.ts';
import {
  type ProcessIdentity,
  readExecTexts,
  readProcess,
} from '../../../src/events/wire/process.ts';
import { tg_text_flag as FLAG } from '../../../src/generated/layouts.ts';
import { execRecord } from './records.ts';

const who: ProcessIdentity = {
  tgid: 100,
  tid: 101,
  ktime: 1000n,
  parentTgid: 50,
  parentKtime: 500n,
  cloned: false,
  inInitTree: false,
  bootToWall: 1_000_000n,
  node: 'n',
};

describe('container ids in cgroup names', () => {
  const id = 'a1b2c3d4'.repeat(8);
  test.each<[string, string]>([
    [id, id],
    [`docker-${id}.scope`, id],
    [`cri-containerd-${id}.scope`, id],
    [`crio-${id}.scope`, id],
    [`libpod-${id}.scope`, id],
    [`crio-${id}`, id],
    ['', ''],
    ['user.slice', ''],
    ['ssh.service', ''],
    [id.slice(1), ''],
    [`${id}0`, ''],
    [id.toUpperCase(), ''],
    [`docker-${id}.scope.d`, ''],
    [`docker-${id}.service`, ''],
    [`x${id}`, ''],
    [`docker-${id}\n.scope`, ''],
    [`run-u123-${id}.scope`, ''],
  ])('%j', (name, expected) => {
    expect(containerIdOf(name)).toBe(expected);
  });
});

describe('owners of cgroups', () => {
  const id = 'a1b2c3d4'.repeat(8);
  const container = (runtime: string) => ({ kind: 'container', id, runtime }) as CgroupOwner;
  const unit = (name: string): CgroupOwner => ({ kind: 'unit', name });
  const none: CgroupOwner = { kind: 'none' };
  test.each<[string, CgroupOwner]>([
    [`docker-${id}.scope`, container('docker')],
    [`cri-containerd-${id}.scope`, container('containerd')],
    [`crio-${id}.scope`, container('cri-o')],
    [`crio-${id}`, container('cri-o')],
    [`libpod-${id}.scope`, container('podman')],
    [id, container('container')],
    [`${id}.scope`, container('container')],
    [`nerdctl-${id}.scope`, container('container')],
    ['ssh.service', unit('ssh.service')],
    ['session-1.scope', unit('session-1.scope')],
    ['user@1000.service', unit('user@1000.service')],
    ['app-gnome-firefox\\x2desr-1234.scope', unit('app-gnome-firefox\\x2desr-1234.scope')],
    [`libpod-conmon-${id}.scope`, unit(`libpod-conmon-${id}.scope`)],
    [`crio-conmon-${id}.scope`, unit(`crio-conmon-${id}.scope`)],
    [`docker-${id}.service`, unit(`docker-${id}.service`)],
    ['', none],
    ['user.slice', none],
    ['init', none],
    ['.service', none],
    ['ssh.service.d', none],
    ['a b.service', none],
    ['\x1b[31m.service', none],
    ['ssh\n.service', none],
    ['ssh.service\n', none],
  ])('%j', (name, expected) => {
    expect(cgroupOwner(name)).toEqual(expected);
    expect(containerIdOf(name)).toBe(expected.kind === 'container' ? expected.id : '');
  });
});

describe('arguments', () => {
  test.each<[string, string | Uint8Array, string[]]>([
    ['none', '', []],
    ['one', 'a\0', ['a']],
    ['several', 'a\0b c\0d\0', ['a', 'b c', 'd']],
    ['empty ones at every place', '\0a\0\0b\0\0', ['', 'a', '', 'b', '']],
    ['only an empty one', '\0', ['']],
    ['the last one cut', 'a\0bcd', ['a', 'bcd']],
    ['line breaks and escapes', 'a\nb\0\x1b[0m\0', ['a\nb', '\x1b[0m']],
    ['not UTF-8', Uint8Array.of(0xff, 0xfe, 0, 0x61, 0), ['\ufffd\ufffd', 'a']],
    ['a character cut in half', Uint8Array.of(0x61, 0, 0xf0, 0x9f), ['a', '\ufffd']],
    ['a byte order mark is no decoration', Uint8Array.of(0xef, 0xbb, 0xbf, 0x61, 0), ['\ufeffa']],
  ])('%s', (_, args, argv) => {
    expect(
      readExecTexts(execRecord({ filename: '/f', exe: '/e', cwd: '/c', args, cgroup: 'g' })),
    ).toEqual({
      filename: '/f',
      exe: '/e',
      cwd: '/c',
      argv,
      cgroup: 'g',
      environment: [],
    });
  });
});

describe('processes', () => {
  test('everything an exec record says', () => {
    const id = '0123456789abcdef'.repeat(4);
    const record = execRecord(
      {
        filename: '/bin/x',
        exe: '/usr/bin/x',
        cwd: '/home',
        args: 'x\0a b\0',
        cgroup: `docker-${id}.scope`,
      },
      { euid: 1000, auid: 5, cloned: 1 },
    );
    const process = readProcess(record, who);
    expect(process).toMatchObject({
      pid: 100,
      tid: 101,
      uid: 1000,
      auid: 5,
      binary: '/bin/x',
      cwd: '/home',
      arguments: '"a b"',
      flags: 'execve clone',
      docker: id.slice(0, 31),
      startTime: 1_001_000n,
      trigon: { argv: ['x', 'a b'], runtime: 'docker' },
    });
    expect(process.trigon).not.toHaveProperty('unit');
    expect(parseExecId(process.execId)).toEqual({ node: 'n', ktimeNs: 1000n, pid: 100 });
    expect(parseExecId(process.parentExecId)).toEqual({ node: 'n', ktimeNs: 500n, pid: 50 });
  });

  test('a systemd unit is told, and nothing where there is none', () => {
    const ssh = readProcess(execRecord({ args: 'x\0', cgroup: 'ssh.service' }), who);
    expect(ssh.trigon).toEqual({ argv: ['x'], unit: 'ssh.service' });
    expect(ssh.docker).toBeUndefined();
    const none = readProcess(execRecord({ args: 'x\0', cgroup: 'user.slice' }), who);
    expect(none.trigon).toEqual({ argv: ['x'] });
  });

  test('an unknown parent, an unknown process', () => {
    const process = readProcess(new Uint8Array(), { ...who, parentKtime: 0n });
    expect(parseExecId(process.parentExecId)).toEqual({ node: 'n', ktimeNs: 1n, pid: 0 });
    expect(process).toMatchObject({ flags: 'unknown', binary: '', arguments: '', pid: 100 });
    expect(process.docker).toBeUndefined();
    expect(process.uid).toBeUndefined();
  });

  test.each([
    ['./x', '/home', '/home/x'],
    ['../bin/x', '/home', '/bin/x'],
    ['x', '/', '/x'],
    ['/a/../x', '/home', '/a/../x'],
  ])('binary %s executed in %s', (filename, cwd, binary) => {
    expect(readProcess(execRecord({ filename, cwd }), who).binary).toBe(binary);
  });

  test.each<[string, number, { cwd?: string; cloned?: boolean; first?: boolean }]>([
    ['execve', 0, {}],
    ['execve clone', 0, { first: true }],
    ['execve', 0, { cwd: '/', cloned: true }],
    ['procFS', FLAG.TG_SNAPSHOT, { first: true }],
    ['execve', FLAG.TG_SNAPSHOT, { cloned: true }],
    ['execve rootcwd clone', 0, { cwd: '/', first: true }],
    [
      'execve truncArgs errorFilename errorArgs errorPathResolutionCwd',
      FLAG.TG_ARGS_TRUNCATED | FLAG.TG_FILENAME_ERROR | FLAG.TG_ARGS_ERROR | FLAG.TG_CWD_PARTIAL,
      {},
    ],
    ['execve', FLAG.TG_EXE_DELETED | FLAG.TG_EXE_PARTIAL, {}],
  ])('flags "%s"', (flags, bits, { cwd = '/home', cloned = false, first = false }) => {
    expect(
      readProcess(execRecord({ cwd }, { flags: bits, cloned: first ? 1 : 0 }), { ...who, cloned })
        .flags,
    ).toBe(flags);
  });
});
