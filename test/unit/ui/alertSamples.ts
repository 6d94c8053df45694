import type { AlertGroup } from '../../../src/agent/messages.ts';

export const NOW = 1_700_000_000_000;

export const alert = (key: string, change: Partial<AlertGroup> = {}): AlertGroup => ({
  key,
  policy: 'etc-writes',
  severity: 'high',
  binary: '/usr/bin/tee',
  target: '/etc/passwd',
  call: 'sys_write',
  message: '',
  count: 1,
  killed: 0,
  denied: 0,
  wouldAct: 0,
  spared: 0,
  perMinute: 0,
  trend: [0, 0, 0, 0, 0, 0],
  firstSeen: NOW,
  lastSeen: NOW,
  pid: 100,
  uid: 0,
  ...change,
});
