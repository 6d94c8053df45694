/**
 * The last line of CI, over all suites. Each suite adds its counts to the file that TRIGON_TEST_TOTALS names; then
 *   node scripts/totals.mjs FILE SUITES
 * prints the sum and fails when a test failed, or when fewer than so many suites came to their end.
 */
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';

export function addTotals({ passed, failed }) {
  const file = process.env.TRIGON_TEST_TOTALS;
  if (file !== undefined) fs.appendFileSync(file, `${passed} ${failed}\n`);
}

function main([file, suites]) {
  const lines = fs.readFileSync(file, 'utf8').split('\n').slice(0, -1);
  const sum = (at) => lines.reduce((total, line) => total + Number(line.split(' ')[at]), 0);
  const failed = sum(1) + Math.max(0, Number(suites) - lines.length);
  console.log(`trigon: ${sum(0)} passed, ${failed} failed`);
  if (failed > 0) process.exitCode = 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main(process.argv.slice(2));
