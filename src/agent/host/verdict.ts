import { equivalentFunctions } from '../../policies/equivalents/index.ts';
import type { HostFacts } from './facts.ts';
import type { Row, Verdict } from './report.ts';
import type { AttachKind, Lab } from './trials.ts';

/** What all of it means for somebody who wants to use Trigon here. */
export function giveVerdict(
  facts: HostFacts,
  lab: Lab,
  sensor: Row,
  policies: Row,
  sigkill: Row,
): Verdict {
  if (sensor.state !== 'yes')
    return {
      works: false,
      lines: [
        // The row has the rest: what the verifier said, line by line.
        `Trigon does not work here: ${sensor.reason.split('\n')[0]}.`,
        ...(sensor.remedy === null ? [] : [`To make it work: ${sensor.remedy}.`]),
      ],
    };
  return {
    works: true,
    lines: [
      `Trigon works here: processes are seen as they run.`,
      aboutPolicies(policies, sigkill),
      ...aboutHooks(facts, lab),
      ...aboutNamespaces(facts),
    ],
  };
}

function aboutPolicies(policies: Row, sigkill: Row): string {
  if (policies.state !== 'yes') return `Policies do not work: ${policies.reason}.`;
  const kill = sigkill.state === 'yes' ? 'and can kill, ' : 'but cannot kill ';
  return `Policies are observed, ${kill}at system calls, tracepoints and programs' functions; for ${equivalentFunctions().length} functions of the kernel, system calls and tracepoints stand in.`;
}

const EXACT: readonly AttachKind[] = ['kprobe', 'kprobe.multi', 'fentry', 'fmod_ret', 'lsm'];

function aboutHooks({ release }: HostFacts, lab: Lab): string[] {
  const missing = EXACT.map((kind) => ({ kind, ...lab.attach(kind) })).filter(
    ({ state }) => state === 'no',
  );
  const names = missing.map(({ kind }) => kind).join(', ');
  if (missing.length === 0)
    return [
      `This kernel would also allow ${EXACT.join(', ')}; this version of Trigon does not use them yet.`,
    ];
  const remedies = [...new Set(missing.flatMap(({ remedy }) => remedy ?? []))];
  const lines = [
    `Linux ${release} allows no ${names}: nothing in this version needs them; equivalents stand in for kernel functions.`,
  ];
  if (remedies.length > 0) lines.push(`To get them: ${remedies.join('; ')}.`);
  return lines;
}

function aboutNamespaces({ initialPidNamespace }: HostFacts): string[] {
  return initialPidNamespace
    ? []
    : ["It runs in a pid namespace: process ids are the host's, not those seen here."];
}
