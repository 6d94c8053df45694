import { ControlError } from '../agent/control/client.ts';
import { escapeLines } from '../events/text.ts';
import { UsageError } from './optionValues.ts';
import { runCheck } from './policyCheck.ts';
import type { PolicyCommandOptions } from './policyCommandLine.ts';
import { runAdd, runList, runMode, runRemove, runShow } from './policyControl.ts';
import { runExplain } from './policyExplain.ts';
import { runFill } from './policyFill.ts';
import { runNew } from './policyNew.ts';
import { runTest } from './policyTest.ts';

/** `trigon policy …`. Resolves to the exit code. */
export async function runPolicy(options: PolicyCommandOptions): Promise<number> {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error; // A reader that has seen enough (head, less) is no mistake.
  });
  try {
    return await run(options);
  } catch (error) {
    const isUsage = error instanceof UsageError;
    if (!isUsage && !(error instanceof ControlError)) throw error;
    process.stderr.write(`trigon: ${escapeLines(error.message)}\n`);
    return isUsage ? 2 : 1;
  }
}

function run(options: PolicyCommandOptions): number | Promise<number> {
  const environment = (variables: Record<string, string>) => ({ ...process.env, ...variables });
  switch (options.command) {
    case 'check':
      return runCheck(options.words, environment(options.variables), options.output);
    case 'explain':
      return runExplain(options.words, environment(options.variables));
    case 'fill':
      return runFill(options.words, environment(options.variables));
    case 'new':
      return runNew(options.wish, options.out);
    case 'test':
      return runTest(options, environment(options.variables));
    case 'add':
      return runAdd(options);
    case 'list':
      return runList(options);
    case 'show':
      return runShow(options);
    case 'mode':
      return runMode(options);
    case 'rm':
      return runRemove(options);
  }
}
