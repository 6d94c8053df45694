import type { TestedPolicy } from '../../src/cli/policyTestTable.ts';
import type { BootName } from './boots.ts';
import type { Ground } from './ground.ts';

/** One thing to be tried in a VM. It has failed when `run` rejects. */
export type Case = {
  name: string;
  boots: readonly BootName[];
  run(ground: Ground): Promise<Findings>;
  /** Before it counts as hanging; two minutes when it isn't said. */
  limitSeconds?: number;
};

/** What a case has found out beside that it passes: for the tables. */
export type Findings = {
  actions?: readonly ActionCell[];
  refused?: RefusedCall;
  library?: TestedPolicy;
};

/** What came of an action on a kind of hook: by which ways of the kernel it was done, or why it can't be. */
export type ActionCell = { hook: string; action: string } & (
  | { ways: readonly string[] }
  | { refused: string }
);

/** A deed whose system call was refused, and by which ways. */
export type RefusedCall = { deed: string; call: string; ways: readonly string[] };

/** Lines that the guest writes for the host, each a JSON object. */
export type GuestLine =
  | { type: 'started'; release: string; cases: readonly string[] }
  | { type: 'begun'; name: string }
  | { type: 'ended'; name: string; problem: string | undefined; seconds: number; found: Findings }
  | { type: 'finished' };
