import { fileURLToPath } from 'node:url';
import type { HookStatus, LostCounts, PolicyStatus } from '../../../src/agent/messages.ts';
import { loadTheme } from '../../../src/ui/theme.ts';

export const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
export const DARK = loadTheme(ROOT, 'dark');

export const NOTHING_LOST: LostCounts = {
  processRing: 0,
  policyRing: 0,
  processTable: 0,
  recursion: 0,
  queue: 0,
};

export const NO_COUNTS: PolicyStatus['counts'] = {
  matched: 0,
  posted: 0,
  wouldKill: 0,
  killed: 0,
  sparedProtected: 0,
  sparedExpired: 0,
  sparedFused: 0,
  failed: 0,
};

export const hook = (words: readonly string[]): HookStatus => ({
  number: 1,
  names: {
    policyName: 'sample',
    functionName: 'security_file_permission',
    message: undefined,
    tags: [],
    labels: [],
    obtained: '',
  },
  call: 'security_file_permission',
  obtained: 'equivalent: entry of read, write and their kin',
  differs: ['sees the attempt, not the outcome'],
  sigkill: 'the process dies before the call',
  selectors: words.map((text) => ({ words: text, kills: true, counts: NO_COUNTS })),
});

export const policy = (change: Partial<PolicyStatus> = {}): PolicyStatus => ({
  id: 0,
  name: 'sample',
  file: '/etc/trigon/sample.yaml',
  title: '',
  mode: 'monitor',
  armedUntil: undefined,
  fuseBlown: false,
  enforces: true,
  hooks: [hook(['write, path begins with /etc/'])],
  counts: NO_COUNTS,
  ...change,
});

/** A line as it is seen. */
export const plain = (line: string): string => line.replace(/\x1b\[[\d;]*m/g, '');
