/**
 * The last lines of CI, over all suites. Each suite adds its counts to the file that TRIGON_TEST_TOTALS names; then
 *   node scripts/totals.mjs FILE SUITES
 * prints what failed, again, because who reads CI's output often has its end alone, then the sum; and fails when a test failed, or
 * when fewer than so many suites came to their end.
 */
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Failures that are told in full; of more, something they have in common is broken. */
const MAX_FAILURES = 20;
const MAX_LINES = 12;
const MAX_COLUMNS = 300;

export function addTotals({ passed, failed, failures }) {
  const file = process.env.TRIGON_TEST_TOTALS;
  if (file === undefined) return;
  const told = failures.slice(0, MAX_FAILURES).map(shortened);
  fs.appendFileSync(file, `${JSON.stringify({ passed, failed, failures: told })}\n`);
}

function shortened(text) {
  const lines = text.split('\n').slice(0, MAX_LINES);
  return lines.map((line) => line.slice(0, MAX_COLUMNS)).join('\n    ');
}

function main([file, suites]) {
  const written = fs.readFileSync(file, 'utf8').split('\n').slice(0, -1);
  const totals = written.map((line) => JSON.parse(line));
  const sum = (of) => totals.reduce((total, counts) => total + counts[of], 0);
  const missing = Math.max(0, Number(suites) - totals.length);
  for (const { failures } of totals) for (const failure of failures) console.log(`✗ ${failure}`);
  if (missing > 0) console.log(`✗ ${missing} of ${suites} suites did not come to their end`);
  const failed = sum('failed') + missing;
  console.log(`trigon: ${sum('passed')} passed, ${failed} failed`);
  if (failed > 0) process.exitCode = 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main(process.argv.slice(2));
