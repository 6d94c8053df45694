import type { ArmingChoice, ArmingFacts, BlastRow } from '../../../src/agent/messages.ts';

export const OWN: ArmingChoice = {
  own: 'SIGKILL any process that writes below /etc',
  kill: { reason: 'its own text decides' },
  deny: { reason: 'its own text decides' },
};
export const ANY: ArmingChoice = {
  own: undefined,
  kill: { words: 'SIGKILL any process that opens /x' },
  deny: { words: 'EPERM to any process that opens /x' },
};
export const KILL_ONLY: ArmingChoice = { ...ANY, deny: { reason: 'this kernel has no kprobes' } };
export const NOTHING: ArmingChoice = {
  own: undefined,
  kill: { reason: 'no signal can be sent from here' },
  deny: { reason: 'this kernel has no kprobes' },
};

export const hits = (change: Partial<BlastRow> = {}): BlastRow => ({
  ...{ hook: 0, selector: 0, binary: '/usr/bin/vim', uid: 1000, hits: 3 },
  ...{ lastSeen: Date.now() - 5000, own: undefined },
  ...change,
});

export const facts = (
  choices: ArmingChoice[][],
  rows: BlastRow[] = [],
  untold = 0,
): ArmingFacts => ({ choices, mixing: [], blast: { minutes: 30, watched: 1800, rows, untold } });
