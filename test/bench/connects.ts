import type { Figure } from './figure.ts';
import type { Bench } from './fixtures.ts';
import { type Matching, measureMatching } from './matching.ts';
import { writePolicy } from './policyText.ts';
import type { Effort } from './step.ts';

const CALLS = [{ kind: 'c', name: 'connection on loopback and its end' }] as const;

const MATCHINGS: readonly Matching[] = [
  { policy: 'connects-none', what: 'a network policy that matches none', share: 'none' },
  { policy: 'connects-all', what: 'a network policy that matches all', share: 'all' },
];

/** Addresses of documentation (RFC 5737), which nobody connects to, and of loopback. */
const NETWORKS = ['192.0.2.0/24', '127.0.0.0/8'];

/** Connections of a process with itself as fast as it goes, while policies watch outgoing connections. */
export function measureConnects(bench: Bench, { quick }: Effort): Promise<Figure[]> {
  const paths = MATCHINGS.map(({ policy }, index) =>
    writePolicy(bench, policy, [
      {
        call: 'tcp_connect',
        syscall: false,
        args: [{ index: 0, type: 'sock' }],
        selectors: [
          {
            matchBinaries: [{ operator: 'In', values: [bench.calls] }],
            matchArgs: [{ index: 0, operator: 'DAddr', values: [NETWORKS[index]] }],
          },
        ],
      },
    ]),
  );
  return measureMatching(bench, {
    ...{ calls: CALLS, matchings: MATCHINGS, paths, files: [] },
    ...(quick ? { rounds: 1 } : {}),
  });
}
