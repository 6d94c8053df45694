import { askTrigon, ControlError } from '../agent/control/client.ts';
import { escapeLines } from '../events/text.ts';
import { findSocket } from './policyInstance.ts';
import type { StatsOptions } from './statsCommandLine.ts';
import { statsTable } from './statsTable.ts';

/** `trigon stats`: how a running Trigon does. Resolves to the exit code. */
export async function runStats({ instance, output, all }: StatsOptions): Promise<number> {
  try {
    const stats = await askTrigon(await findSocket(instance), { command: 'stats' });
    if (output === 'json') process.stdout.write(`${JSON.stringify(stats, null, 2)}\n`);
    else if (output === 'table') process.stdout.write(`${statsTable(stats, Date.now(), all)}\n`);
    else {
      const { prometheusText } = await import('../agent/metrics/exposition.ts');
      process.stdout.write(await prometheusText(stats));
    }
    return 0;
  } catch (error) {
    if (!(error instanceof ControlError)) throw error;
    process.stderr.write(`trigon: ${escapeLines(error.message)}\n`);
    return 1;
  }
}
