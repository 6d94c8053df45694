/** The triggers of our own policies, by the command that users have for it. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { libraryFolder, projectRoot } from '../../../src/agent/client.ts';
import type { TestedPolicy, TestReport } from '../../../src/cli/policyTestTable.ts';
import type { Case } from '../case.ts';

let report: Promise<TestReport> | undefined;

/** All of them at once: by far the most of the time goes into the start. */
function testAll(): Promise<TestReport> {
  const command = [join(projectRoot(), 'bin', 'trigon.mjs')];
  const { promise, resolve, reject } = Promise.withResolvers<TestReport>();
  execFile(
    process.execPath,
    [...command, 'policy', 'test', '--all', '-o', 'json'],
    { maxBuffer: 64 << 20 },
    (error, stdout, stderr) => {
      // With exit code 1 it may have printed results, of which some are failures.
      if (stdout === '') reject(new Error(stderr, { cause: error }));
      else resolve(JSON.parse(stdout));
    },
  );
  return promise;
}

const names = readdirSync(libraryFolder()).map((file) => file.replace(/\.yaml$/, ''));

export const LIBRARY_CASES: readonly Case[] = names.map((name) => ({
  name: `library ${name}`,
  boots: ['6.12'],
  limitSeconds: 600,
  async run() {
    report ??= testAll();
    const library = (await report).results.find(({ policy }) => policy === name);
    assert(library, 'it was not tested');
    assert.equal(library.verdict, 'seen' satisfies TestedPolicy['verdict'], library.why);
    return { library };
  },
}));
