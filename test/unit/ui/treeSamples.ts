import type { BinaryCounters, TreeProcess } from '../../../src/agent/messages.ts';

export const treeProcess = (pid: number, change: Partial<TreeProcess> = {}): TreeProcess => ({
  ktime: BigInt(pid) * 1000n,
  key: `${pid}:${pid * 1000}`,
  parent: undefined,
  pid,
  uid: 0,
  binary: `/usr/bin/p${pid}`,
  arguments: '',
  startedAt: pid * 1000,
  endedAt: undefined,
  ending: undefined,
  container: '',
  isKernelThread: false,
  events: 0,
  hits: 0,
  kills: 0,
  ...change,
});

export const keyOfPid = (pid: number): string => `${pid}:${pid * 1000}`;

export const counters = (binary: string, change: Partial<BinaryCounters> = {}): BinaryCounters => ({
  binary,
  execs: 0,
  exits: 0,
  failures: 0,
  running: 0,
  files: 0,
  network: 0,
  hits: 0,
  kills: 0,
  denials: 0,
  events: 0,
  untold: 0,
  trend: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
  firstSeen: 0,
  lastSeen: 0,
  ...change,
});
