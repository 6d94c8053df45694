// sudo npm run soak -- --minutes 20 --seed 1: the real program under mixed load for a while; needs root, clang and a built dist/.
// Prints a summary, writes it as soak.json, and ends with 1 when something failed, 2 for wrong arguments, 130 when it was interrupted.
import { writeFileSync } from 'node:fs';
import { ArgumentError, readArguments, type SoakArguments, USAGE } from './options.ts';
import { formatSummary } from './report.ts';
import { soak } from './soak.ts';

const print = (text: string) => process.stdout.write(`${text}\n`);

// Policies that this host has for itself are no part of it.
process.env.TRIGON_POLICY_PATH = 'none';
process.env.TRIGON_AGENT_SOCKET = 'none';

async function main(options: SoakArguments | 'help'): Promise<number> {
  if (options === 'help') {
    print(USAGE);
    return 0;
  }
  if (process.geteuid?.() !== 0) throw new Error('Trigon runs as root, and so does its soak: sudo');
  const interrupt = new AbortController();
  // The driver would end its programs at once; it still does when we end.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.removeAllListeners(signal);
    process.on(signal, () => {
      if (interrupt.signal.aborted) process.exit(130);
      print('ending in order; once more ends it at once');
      interrupt.abort();
    });
  }
  print(`seed ${options.seed}, ${options.seconds / 60} min, ${options.perSecond} deeds a second`);
  const summary = await soak({ ...options, signal: interrupt.signal, onProgress: print });
  if (interrupt.signal.aborted) print('interrupted: what was done until then');
  print(`\n${formatSummary(summary)}`);
  writeFileSync('soak.json', `${JSON.stringify(summary, undefined, 2)}\n`);
  if (summary.failures.length > 0) return 1;
  return interrupt.signal.aborted ? 130 : 0;
}

try {
  process.exitCode = await main(readArguments(process.argv.slice(2), Date.now()));
} catch (error) {
  const isUsage = error instanceof ArgumentError;
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  if (isUsage) process.stderr.write(`${USAGE}\n`);
  process.exitCode = isUsage ? 2 : 1;
}
process.exit();
