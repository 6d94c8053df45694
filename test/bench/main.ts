// npm run bench: measures against the budgets of the design, prints a table, and writes it as JSON beside it.
// Figures are ratios or differences within one run; run it on a quiet machine.
import { writeFileSync } from 'node:fs';
import { type Figure, formatTable, isMet } from './figure.ts';
import { prepareBench } from './fixtures.ts';
import { measureCalls, measureReads } from './policies.ts';
import { measureIdle, measureLoad, measureStart } from './screen.ts';
import { measureStorm } from './storm.ts';

const bench = prepareBench();
const figures: Figure[] = [];
try {
  const steps = [
    async () => [await measureStart()],
    async () => [await measureIdle()],
    () => measureLoad(bench),
    () => measureStorm(bench),
    () => measureCalls(bench),
    () => measureReads(bench),
  ];
  for (const step of steps) {
    const measured = await step();
    figures.push(...measured);
    process.stderr.write(`${formatTable(measured)}\n\n`);
  }
} finally {
  bench.remove();
}
process.stdout.write(`${formatTable(figures)}\n`);
writeFileSync('bench.json', `${JSON.stringify(figures, undefined, 2)}\n`);
process.exit(figures.every(isMet) ? 0 : 1);
