import { equivalentFunctions } from '../../policies/equivalents/index.ts';
import type { HostFacts } from './facts.ts';
import { climb, type Ladder, PROBES, REFUSE_FUNCTION } from './ladders.ts';
import type { Row, Verdict } from './report.ts';
import type { Lab } from './trials.ts';

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
      ...(policies.state === 'yes' ? aboutHooks(lab) : []),
      ...aboutNamespaces(facts),
    ],
  };
}

function aboutPolicies(policies: Row, sigkill: Row): string {
  if (policies.state !== 'yes') return `Policies do not work: ${policies.reason}.`;
  const kill = sigkill.state === 'yes' ? 'and can kill, ' : 'but cannot kill ';
  return `Policies are observed, ${kill}at system calls, tracepoints and programs' functions.`;
}

/** Of each the first that works is enough. */
const WANTED: readonly { ladder: Ladder; there: string; missing: string }[] = [
  {
    ladder: PROBES,
    there: 'Functions of the kernel are watched',
    missing: `Functions of the kernel can't be watched themselves: for ${equivalentFunctions().length} of them system calls and tracepoints stand in`,
  },
  {
    ladder: REFUSE_FUNCTION.toReversed(),
    there: 'Calls are refused',
    missing: 'Of calls at most those on sockets can be refused',
  },
];

function aboutHooks(lab: Lab): string[] {
  return WANTED.map(({ ladder, there, missing }) => {
    const { state, reason, remedy } = climb(lab, ladder);
    if (state === 'yes') return `${there} ${reason}.`;
    return `${missing}.${remedy === null ? '' : ` To change that: ${remedy}.`}`;
  });
}

function aboutNamespaces({ initialPidNamespace }: HostFacts): string[] {
  return initialPidNamespace
    ? []
    : ["It runs in a pid namespace: process ids are the host's, not those seen here."];
}
