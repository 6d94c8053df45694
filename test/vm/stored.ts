import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { libraryResult } from '../../scripts/kernelsLibrary.ts';
import { type KernelResults, kernelsPage, storedResults } from '../../scripts/kernelsPage.ts';
import type { BootResult } from './bootVm.ts';

const docs = fileURLToPath(new URL('../../docs', import.meta.url));
const folder = join(docs, 'kernels');
const fileOf = (boot: string) => join(folder, `${boot}.json`);

/** What the suite has found out on a kernel, as docs/kernels/ keeps it. */
export function resultsOf({ boot, release, results }: BootResult): KernelResults {
  return {
    name: boot,
    title: `${release} of Debian${boot.endsWith('lockdown') ? ', lockdown=confidentiality' : ''}`,
    library: results.flatMap(({ found }) => (found.library ? [libraryResult(found.library)] : [])),
    sources: [],
    actions: results.flatMap(({ found }) => found.actions ?? []),
    refused: results.flatMap(({ found }) => found.refused ?? []),
  };
}

export function store(kernels: readonly KernelResults[]): void {
  for (const kernel of kernels)
    writeFileSync(fileOf(kernel.name), `${JSON.stringify(kernel, null, 2)}\n`);
  writeFileSync(join(docs, 'kernels.md'), kernelsPage(storedResults(folder)));
}

/** What is otherwise than docs/kernels/ has it, a line each. The kernel's release and texts of events may be others. */
export function differences(now: KernelResults): string[] {
  const stored = readStored(now.name);
  if (!stored) return [`${now.name} has no results in docs/kernels`];
  const key = ({ hook, action }: { hook: string; action: string }) => `${action} on ${hook}`;
  return [
    ...changes(now.actions ?? [], stored.actions ?? [], key),
    ...changes(now.refused ?? [], stored.refused ?? [], ({ deed }) => deed),
    ...changes(
      now.library.map(({ policy, seen, how }) => ({ policy, seen, how })),
      stored.library.map(({ policy, seen, how }) => ({ policy, seen, how })),
      ({ policy }) => policy,
    ),
  ];
}

function readStored(name: string): KernelResults | undefined {
  try {
    return JSON.parse(readFileSync(fileOf(name), 'utf8'));
  } catch {
    return undefined; // not stored yet
  }
}

function changes<T>(now: readonly T[], before: readonly T[], key: (each: T) => string): string[] {
  const keys = new Set([...before, ...now].map(key));
  const find = (all: readonly T[], wanted: string) => all.find((each) => key(each) === wanted);
  return [...keys].flatMap((each) => {
    const [is, was] = [find(now, each), find(before, each)];
    return isDeepStrictEqual(is, was)
      ? []
      : [`${each}: ${JSON.stringify(is) ?? 'nothing'}, stored ${JSON.stringify(was) ?? 'nothing'}`];
  });
}
