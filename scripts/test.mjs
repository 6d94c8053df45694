/**
 * Runs the tests (vitest, on the pinned Node) and ends with one line of plain counts:
 *   trigon: 57 passed, 0 failed
 * Arguments go to vitest. With CI=true a skipped test counts as failed: there everything must run.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pinnedNode, root, runMain, UserError } from './lib.mjs';
import { addTotals } from './totals.mjs';

function runVitest(report) {
  const vitest = path.join(root, 'node_modules', 'vitest', 'vitest.mjs');
  if (!fs.existsSync(vitest) || !fs.existsSync(pinnedNode)) {
    throw new UserError('not set up yet: run npm test');
  }
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const args = [vitest, 'run', ...reporters, ...process.argv.slice(2)];
  return spawnSync(pinnedNode, args, { cwd: root, stdio: 'inherit' });
}

/** A file that fails before any of its tests did (an import, a hook) counts as one failed test. */
function brokenFiles(files) {
  const hasFailure = (file) => file.assertionResults.some((test) => test.status === 'failed');
  return files.filter((file) => file.status === 'failed' && !hasFailure(file)).length;
}

/** What failed, and how: a text for each. */
function failuresOf(files) {
  return files.flatMap((file) => {
    const name = path.relative(root, file.name);
    const failed = file.assertionResults.filter(({ status }) => status === 'failed');
    const texts = failed.map(
      (test) => `${name}: ${test.fullName}\n${test.failureMessages.join('\n')}`,
    );
    return file.status === 'failed' && failed.length === 0 ? [`${name}\n${file.message}`] : texts;
  });
}

/** The full names of tests that did not run. */
function skippedTests(files) {
  const tests = files.flatMap((file) => file.assertionResults);
  return tests
    .filter(({ status }) => !['passed', 'failed'].includes(status))
    .map((test) => test.fullName);
}

function count(report) {
  if (!fs.existsSync(report)) return { passed: 0, failed: 1, skipped: [], failures: [] };
  const result = JSON.parse(fs.readFileSync(report, 'utf8'));
  return {
    passed: result.numPassedTests,
    failed: result.numFailedTests + brokenFiles(result.testResults),
    skipped: skippedTests(result.testResults),
    failures: failuresOf(result.testResults),
  };
}

/** The counts as they are to be judged: see the head of this file. */
function judge({ passed, failed, skipped, failures }, vitestPassed) {
  const counts = { passed, failed, skipped: skipped.length, failures };
  if (process.env.CI === 'true' && skipped.length > 0) {
    console.log(`skipped, which counts as failed with CI=true:\n  ${skipped.join('\n  ')}`);
    counts.failed += skipped.length;
    counts.failures.push(...skipped.map((name) => `skipped: ${name}`));
    counts.skipped = 0;
  }
  // vitest also fails on errors outside any test.
  if (!vitestPassed && counts.failed === 0) {
    counts.failed = 1;
    counts.failures.push('vitest failed outside any test');
  }
  if (counts.passed + counts.failed === 0) console.log('no test ran');
  return counts;
}

function main() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'trigon-test-'));
  try {
    const report = path.join(folder, 'report.json');
    const { status } = runVitest(report);
    const { passed, failed, skipped, failures } = judge(count(report), status === 0);
    const extra = skipped > 0 ? `, ${skipped} skipped` : '';
    console.log(`trigon: ${passed} passed, ${failed} failed${extra}`);
    addTotals({ passed, failed, failures });
    if (failed > 0 || passed === 0) process.exitCode = 1;
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

runMain(main);
