import { availableParallelism, release } from 'node:os';
import { textTable } from '../driver/textTable.ts';
import type { Measure } from './measures.ts';
import type { SoakSummary } from './soak.ts';

/** The summary as text: what was measured, what was done, and what failed. */
export function formatSummary(summary: SoakSummary): string {
  const { measures, counts, rests, failures, load } = summary;
  const facts: readonly (readonly [string, string])[] = [
    ['kernel', release()],
    ['processors', String(availableParallelism())],
    ['seed', String(summary.seed)],
    ['seconds', String(summary.seconds)],
    ['processor of the program', `${summary.cpuSeconds.toFixed(0)} s`],
    ...Object.entries(load ?? {}).map(([what, count]) => [`load: ${what}`, String(count)] as const),
    ...Object.entries(counts).map(([what, count]) => [what, String(count)] as const),
  ];
  const parts = [
    textTable([HEAD, ...measures.map(cellsOf)]),
    COLLECTIONS,
    textTable([
      ['at rest', 'first', 'last'],
      ...Object.entries(rests[0] ?? {}).map(([what, first]) => [
        what,
        String(first),
        String(rests.at(-1)?.[what as keyof SoakSummary['rests'][number]]),
      ]),
    ]),
    textTable(facts),
    ...failures.map((failure) => `FAILED: ${failure}`),
    failures.length === 0 ? 'passed' : `${failures.length} failures`,
  ];
  return parts.join('\n\n');
}

const COLLECTIONS = `heaps and buffers are asked for, and for that collected, three times before and three times after the rest is sampled:
meanwhile nothing is collected by force`;

const HEAD = ['after the warm-up', 'first third', 'last third', 'growth', 'limit', 'most', ''];

function cellsOf({ name, unit, limit, trend, isFlat }: Measure): string[] {
  if (!trend) return [name, '–', '–', '–', `${limit} ${unit}`.trim(), '–', 'too few points'];
  const number = (value: number) => value.toFixed(1);
  return [
    ...[name, number(trend.first), number(trend.last), number(trend.growth)],
    ...[`${limit} ${unit}`.trim(), number(trend.most), isFlat ? 'flat' : 'GROWS'],
  ];
}
