import type { TestedPolicy } from '../src/cli/policyTestTable.ts';
import { CELL, code, escaped, row } from './markdown.ts';

/** What came of a policy of the library on one kernel, as docs/kernels/KERNEL.json has it. */
export type LibraryResult = {
  policy: string;
  seen: 'exactly' | 'by equivalent' | 'in part' | 'no';
  /** What stands in for its hooks, or why it or some of them can't be had or were not seen; '' when all are exact. */
  how: string;
  /** An event of its trigger as a compact line, without what is of that machine. */
  evidence: string | null;
  /** Not as it should be: what the kernel has no hook for is no failure. */
  failed: boolean;
};

/** @param tested of `trigon policy test -o json` */
export function libraryResult({
  policy,
  verdict,
  why,
  obtained,
  trigger,
  failed,
}: TestedPolicy): LibraryResult {
  const isSeen = verdict === 'seen';
  const [way = '', ...rest] = obtained.split(': ');
  const how = rest.join(': ');
  const line = trigger?.line;
  return {
    policy,
    seen: isSeen ? (WAYS[way] ?? 'exactly') : 'no',
    how: isSeen ? how : `${verdict}: ${why}`,
    evidence: isSeen && line !== undefined ? withoutMachine(line) : null,
    failed,
  };
}

/** By the word that `obtained` begins with. */
const WAYS: Readonly<Record<string, LibraryResult['seen']>> = {
  exact: 'exactly',
  equivalent: 'by equivalent',
  'in part': 'in part',
};

/** A compact line begins with an emoji, a word and the node's name; then the program, mostly ours that does the deeds. */
const withoutMachine = (line: string): string =>
  line.replace(/^\S+ +(\S+) +\S+ /, '$1 ').replace(/\/\S*\/build\/act(?= |$)/, 'act');

/** `85 policies: 33 exactly, 2 no` */
export function librarySummary(library: readonly LibraryResult[]): string {
  const counts = Object.entries(Object.groupBy(library, ({ seen }) => seen));
  const words = counts.map(([seen, results]) =>
    seen === 'no' ? `${results?.length ?? 0} not seen` : `${results?.length ?? 0} seen ${seen}`,
  );
  return words.join(', ');
}

type KernelWithLibrary = { name: string; library: readonly LibraryResult[] };

/** A line a policy with all kernels; nothing when there is one, which the next table tells all of. */
export function libraryOverview(kernels: readonly KernelWithLibrary[]): string[] {
  if (kernels.length < 2) return [];
  const names = new Set(kernels.flatMap(({ library }) => library.map(({ policy }) => policy)));
  return [
    row('policy', ...kernels.map(({ name }) => name)),
    row(...['', ...kernels].map(() => '---')),
    ...[...names].sort().map((name) => {
      const cells = kernels.map(
        ({ library }) => library.find(({ policy }) => policy === name)?.seen ?? '–',
      );
      return row(code(name), ...cells);
    }),
    '',
  ];
}

/** A line a policy. @param title of the kernel */
export const libraryLines = (title: string, library: readonly LibraryResult[]): string[] => [
  `### The library on kernel ${title}`,
  row('policy', 'seen', 'by, or why not', 'an event'),
  row('---', '---', '---', '---'),
  ...library.map(({ policy, seen, how, evidence }) =>
    row(
      code(policy),
      seen,
      escaped(seen === 'no' ? how : shortWays(how), 2 * CELL),
      evidence === null ? '' : code(evidence),
    ),
  ),
  '',
];

const SYSTEM_CALL = /^(entry|return) of (.+) \((?:\w+, )?raw sys_(?:enter|exit)\)$/;

/** `entry of open (raw sys_enter); entry of creat (raw sys_enter)` as `entry of open, creat`; the rest as it is. */
function shortWays(how: string): string {
  const calls = new Map<string, Set<string>>();
  const others: string[] = [];
  for (const way of how.split('; ')) {
    const [, side, call] = SYSTEM_CALL.exec(way) ?? [];
    if (side === undefined || call === undefined) others.push(way);
    else calls.set(side, (calls.get(side) ?? new Set()).add(call));
  }
  const short = [...calls].map(([side, names]) => `${side} of ${[...names].join(', ')}`);
  return [...short, ...new Set(others)].filter((way) => way !== '').join('; ');
}
