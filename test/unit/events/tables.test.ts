import { describe, expect, it } from 'vitest';
import {
  CAPABILITIES,
  capabilitiesFromMask,
  capabilityMask,
  formatCapabilityMask,
  kernelCapabilityName,
} from '../../../src/events/capabilities.ts';
import { kprobeActionName, secureBitNames, taintNames } from '../../../src/events/enums.ts';
import { formatExecId, parseExecId } from '../../../src/events/execId.ts';
import { setnsNamespace } from '../../../src/events/namespaces.ts';
import { signalName, signalNumber } from '../../../src/events/signals.ts';
import { syscallName } from '../../../src/events/syscallNumbers.ts';
import { syscallParameters } from '../../../src/events/syscallPrototypes.ts';
import { formatTimestamp, formatTimestampNanos, parseTimestamp } from '../../../src/events/time.ts';
import { EVENT_TYPES } from '../../../src/events/types.ts';

describe('exec ids', () => {
  it('are base64 of node, ktime and pid', () => {
    expect(formatExecId({ node: 'vmrun', ktimeNs: 1n, pid: 0 })).toBe('dm1ydW46MTow');
    expect(parseExecId('dm1ydW46MTc2MjgyNTEyMTM0OjM2Nw==')).toEqual({
      node: 'vmrun',
      ktimeNs: 176282512134n,
      pid: 367,
    });
  });
  it('take any node name', () => {
    const id = { node: 'a:b:ü', ktimeNs: 18446744073709551615n, pid: 4194304 };
    expect(parseExecId(formatExecId(id))).toEqual(id);
  });
  it('refuse other text', () => {
    for (const text of ['', 'x', '!!!', Buffer.from('a:b:c').toString('base64')]) {
      expect(parseExecId(text)).toBeUndefined();
    }
  });
});

describe('capabilities', () => {
  it('go to masks and back', () => {
    expect(CAPABILITIES).toHaveLength(41);
    expect(capabilitiesFromMask(0x1ff_ffff_ffffn)).toEqual(CAPABILITIES);
    expect(capabilitiesFromMask((1n << 21n) | 2n)).toEqual(['DAC_OVERRIDE', 'CAP_SYS_ADMIN']);
    expect(capabilityMask(['DAC_OVERRIDE', 'CAP_SYS_ADMIN'])).toBe((1n << 21n) | 2n);
    expect(formatCapabilityMask(0x1ffn)).toBe('00000000000001ff');
  });
  it('have kernel names', () => {
    expect(kernelCapabilityName('DAC_OVERRIDE')).toBe('CAP_DAC_OVERRIDE');
    expect(kernelCapabilityName('CAP_BPF')).toBe('CAP_BPF');
  });
});

it('signals have names', () => {
  expect([0, 9, 15, 31, 32, 64].map(signalName)).toEqual([
    '',
    'SIGKILL',
    'SIGTERM',
    'SIGSYS',
    '',
    '',
  ]);
  expect(signalNumber('SIGKILL')).toBe(9);
  expect(signalNumber('')).toBeUndefined();
});

it('masks have names', () => {
  expect(secureBitNames(16 | 1)).toEqual(['SecBitNoRoot', 'SecBitKeepCaps']);
  expect(taintNames(4096 | 8192)).toEqual(['TAINT_OUT_OF_TREE_MODULE', 'TAINT_UNSIGNED_MODULE']);
  expect(kprobeActionName(3)).toBe('KPROBE_ACTION_SIGKILL');
  expect(kprobeActionName(99)).toBe('KPROBE_ACTION_UNKNOWN');
});

it.each([
  [0, 'any'],
  [0x2000000, 'cgroup'],
  [0x8000000, 'ipc'],
  [0x40000000, 'net'],
  [0x20000, 'mnt'],
  [0x20000000, 'pid'],
  [0x80, 'time'],
  [0x10000000, 'user'],
  [0x4000000, 'uts'],
  [1, ''],
])('setns flag %i is %j', (flag, name) => {
  expect(setnsNamespace(flag)).toBe(name);
});

it('system calls have names and parameters', () => {
  expect(syscallName('x64', 257)).toBe('openat');
  expect(syscallName('arm64', 56)).toBe('openat');
  expect(syscallName('arm64', 29)).toBe('ioctl');
  expect(syscallName('i386', 5)).toBe('open');
  expect(syscallName('x64', 400)).toBeUndefined();
  expect(syscallName('toString', 1)).toBeUndefined();
  expect(syscallParameters('getpid')).toEqual([]);
  expect(syscallParameters('execve')?.[1]).toEqual({ type: 'const char *const *', name: 'argv' });
});

it('event kinds have numbers', () => {
  expect(EVENT_TYPES.process_lsm).toEqual({ name: 'PROCESS_LSM', number: 28 });
});

describe('timestamps', () => {
  it.each([
    ['2026-08-21T10:00:00.000000001Z', 1787306400000000001n],
    ['2026-08-21T10:00:01.500Z', 1787306401500000000n],
    ['2026-08-21T10:00:01.000250Z', 1787306401000250000n],
    ['2026-08-21T10:00:01Z', 1787306401000000000n],
    ['1970-01-01T00:00:00Z', 0n],
    ['1969-12-31T23:59:59.999999999Z', -1n],
  ])('%s', (text, ns) => {
    expect(parseTimestamp(text)).toBe(ns);
    expect(formatTimestamp(ns)).toBe(text);
  });
  it('reads other zones and digits, refuses nonsense', () => {
    expect(parseTimestamp('1970-01-01T01:00:00.5+01:00')).toBe(500_000_000n);
    for (const text of ['', 'now', '2026-13-01T00:00:00Z', '2026-01-01 00:00:00Z']) {
      expect(parseTimestamp(text)).toBeUndefined();
    }
  });
  it('can have nine digits always', () => {
    expect(formatTimestampNanos(0n)).toBe('1970-01-01T00:00:00.000000000Z');
  });
});
