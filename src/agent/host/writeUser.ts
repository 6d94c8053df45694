import { tryProgram } from '../bpf/addon.ts';
import type { Capability } from './capabilities.ts';
import type { HostFacts } from './facts.ts';
import { callHelper, pointToStack, setRegister } from './instructions.ts';
import { programOf, trialOf } from './programs.ts';
import { explainRefusal, isOlder, untriedWithout } from './refusal.ts';
import { no, type Outcome, unknown, yes } from './report.ts';

const PROBE_WRITE_USER = 36; // enum bpf_func_id

/** bpf_get_probe_write_proto (kernel/trace/bpf_trace.c) wants more than loading does. */
const NEEDS: readonly Capability[] = [...programOf('uprobe').needs, 'CAP_SYS_ADMIN'];

/** The kernel warned in its log of every program with this helper. */
const WITHOUT_WARNING = [6, 13] as const;

/** What forbids programs to write memory of processes, as far as it shows without trying; undefined: nothing. */
export function writeUserObstacle({ lockdown }: HostFacts): Outcome | undefined {
  if (lockdown !== 'integrity' && lockdown !== 'confidentiality') return undefined;
  return no(
    `lockdown=${lockdown} forbids bpf_probe_write_user`,
    'boot with lockdown=none (without Secure Boot, where that turns it on)',
  );
}

/**
 * Whether programs may write memory of processes (bpf_probe_write_user): one that would is loaded, and attached nowhere. Before
 * Linux 6.13 the kernel writes a warning of it to its log: only to be tried for somebody who wants it.
 */
export function tryWriteUser(facts: HostFacts): Outcome {
  const obstacle = writeUserObstacle(facts) ?? untriedWithout(facts, NEEDS);
  if (obstacle !== undefined) return obstacle;
  const writeNothing = [
    setRegister(1, 0),
    ...pointToStack(2),
    setRegister(3, 8),
    callHelper(PROBE_WRITE_USER),
  ];
  const result = tryProgram(trialOf('uprobe', 0, writeNothing));
  return result.ok ? yes() : explainRefusal(result, facts);
}

/** The same for who only looks. */
export function tryWriteUserQuietly(facts: HostFacts): Outcome {
  if (!isOlder(facts.release, WITHOUT_WARNING)) return tryWriteUser(facts);
  return (
    writeUserObstacle(facts) ??
    untriedWithout(facts, NEEDS) ??
    unknown(
      'not probed: before Linux 6.13 the kernel would warn of the program in its log; nothing here speaks against it',
    )
  );
}
