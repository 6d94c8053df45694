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

function count(report) {
  if (!fs.existsSync(report)) return { passed: 0, failed: 1, skipped: 0 };
  const result = JSON.parse(fs.readFileSync(report, 'utf8'));
  return {
    passed: result.numPassedTests,
    failed: result.numFailedTests + brokenFiles(result.testResults),
    skipped: result.numPendingTests + result.numTodoTests,
  };
}

/** The counts as they are to be judged: see the head of this file. */
function judge({ passed, failed, skipped }, vitestPassed) {
  const strict = process.env.CI === 'true';
  if (strict && skipped > 0) {
    console.log(`${skipped} skipped: with CI=true they count as failed`);
    failed += skipped;
    skipped = 0;
  }
  // vitest also fails on errors outside any test.
  if (!vitestPassed && failed === 0) failed = 1;
  if (passed + failed === 0) console.log('no test ran');
  return { passed, failed, skipped };
}

function main() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'trigon-test-'));
  try {
    const report = path.join(folder, 'report.json');
    const { status } = runVitest(report);
    const { passed, failed, skipped } = judge(count(report), status === 0);
    const extra = skipped > 0 ? `, ${skipped} skipped` : '';
    console.log(`trigon: ${passed} passed, ${failed} failed${extra}`);
    if (failed > 0 || passed === 0) process.exitCode = 1;
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

runMain(main);
