import { fileURLToPath } from 'node:url';
import type { HookStatus, PolicyStatus } from '../../../src/agent/messages.ts';
import { NO_COUNTS } from '../../../src/agent/selectorCounts.ts';
import { loadTheme } from '../../../src/ui/themes/files.ts';
import { hookNames } from '../wire/records.ts';

export const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
export const DARK = loadTheme(ROOT, 'dark');

export { NO_COUNTS };

export const hook = (words: readonly string[]): HookStatus => ({
  kind: 'kprobe',
  call: 'security_file_permission',
  obtained: 'equivalent: entry of read, write and their kin',
  way: 'raw sys_enter',
  differs: ['sees the attempt, not the outcome'],
  sigkill: 'the process dies before the call',
  points: [
    {
      functionName: 'security_file_permission',
      state: 'attached',
      reason: undefined,
      remedy: undefined,
      numbers: [1],
      names: hookNames(),
    },
  ],
  selectors: words.map((text) => ({
    words: text,
    kills: true,
    enforces: true,
    isException: false,
    counts: NO_COUNTS,
  })),
});

/** What most policies don't say of themselves. */
export const UNTOLD = {
  origin: 'option',
  why: '',
  severity: undefined,
  mitre: [],
  noise: '',
  arming: '',
  canBeTested: false,
  parameters: [],
  sentence: '',
  problems: [],
  added: [],
} as const;

export const policy = (change: Partial<PolicyStatus> = {}): PolicyStatus => ({
  id: 0,
  name: 'sample',
  file: '/etc/trigon/sample.yaml',
  namespace: undefined,
  position: 0,
  title: '',
  ...UNTOLD,
  memoryBytes: 0,
  condition: 'enabled',
  mode: 'monitor',
  armedUntil: undefined,
  fuseBlown: false,
  warnings: [],
  enforces: true,
  hooks: [hook(['write, path begins with /etc/'])],
  counts: NO_COUNTS,
  runs: { runs: 0, runTimeNs: 0, argumentFaults: 0, pendingLost: 0 },
  network: { done: 0, failed: 0, dropped: 0, refused: 0 },
  ...change,
});

/** A line as it is seen. */
export const plain = (line: string): string => line.replace(/\x1b\[[\d;]*m/g, '');
