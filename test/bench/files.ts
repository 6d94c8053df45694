import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Figure } from './figure.ts';
import type { Bench } from './fixtures.ts';
import { type Matching, measureMatching } from './matching.ts';
import { writePolicy } from './policyText.ts';
import type { Effort } from './step.ts';

const CALLS = [
  { kind: 'o', name: 'open and close' },
  { kind: 'r', name: '1-byte read' },
  { kind: 'w', name: '1-byte write' },
] as const;

const MATCHINGS: readonly Matching[] = [
  { policy: 'files-none', what: 'a file policy that matches none', share: 'none' },
  { policy: 'files-rare', what: 'a file policy that matches one in a thousand', share: 'some' },
  { policy: 'files-all', what: 'a file policy that matches all', share: 'all' },
];

/** Files opened, read and written as fast as it goes, while policies watch opens, reads and writes of some of them. */
export function measureFiles(bench: Bench, { quick }: Effort): Promise<Figure[]> {
  const [usual, rare] = ['usual', 'rare'].map((name) => {
    const path = join(bench.folder, name);
    writeFileSync(path, 'x');
    return path;
  });
  if (usual === undefined || rare === undefined) throw new Error('no files');
  const watched = [['/nothing'], [rare], [usual, rare]];
  const paths = MATCHINGS.map(({ policy }, index) =>
    writePolicy(
      bench,
      policy,
      ['security_file_open', 'security_file_permission'].map((call) => ({
        call,
        syscall: false,
        args: [{ index: 0, type: 'file' }],
        selectors: [
          {
            matchBinaries: [{ operator: 'In', values: [bench.calls] }],
            matchArgs: [{ index: 0, operator: 'Equal', values: watched[index] }],
          },
        ],
      })),
    ),
  );
  return measureMatching(bench, {
    ...{ calls: CALLS, matchings: MATCHINGS, paths, files: [usual, rare] },
    ...(quick ? { rounds: 1 } : {}),
  });
}
