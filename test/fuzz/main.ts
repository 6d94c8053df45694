// npm run fuzz -- --seed 1 --keys 100000 --batch 500 --program 10000: random keys in the real program; needs root and a built dist/.
// npm run fuzz -- --parsers all --seconds 60 --seed 1: hostile input for everything that reads what others wrote, so long for each;
// --parsers elf,dns: some of them. --from 17 --count 1 repeats one input.
import { parseArgs } from 'node:util';
import { type FuzzSummary, fuzz } from './fuzz.ts';
import { huntAll } from './parsers/huntAll.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    keys: { type: 'string', default: '100000' },
    batch: { type: 'string', default: '500' },
    from: { type: 'string', default: '0' },
    parsers: { type: 'string' },
    count: { type: 'string' },
    seconds: { type: 'string', default: '60' },
    program: { type: 'string', default: '10000' },
  },
});
// Policies that this host has for itself are no part of it.
process.env.TRIGON_POLICY_PATH = 'none';
process.env.TRIGON_AGENT_SOCKET = 'none';

const table = (summary: FuzzSummary): string =>
  [
    ['seed', summary.seed],
    ['keys', summary.keys],
    ['of them resizes', summary.resizes],
    ['checks', summary.checks],
    ['programs started', summary.starts],
    ['of them quit by what was pressed', summary.quits],
    ...summary.programs.map(({ rss, descriptors }, index) => [
      `program ${index + 1}`,
      `MiB ${rss.first} to ${rss.last}, ${rss.most} at most; descriptors ${descriptors.first} to ${descriptors.last}`,
    ]),
    ['seconds', summary.seconds],
  ]
    .map(([what, value]) => `${String(what).padEnd(34)}${value}`)
    .join('\n');

async function pressKeys(): Promise<void> {
  process.stdout.write(`seed ${values.seed}, ${values.keys} keys\n`);
  const summary = await fuzz({
    ...{ seed: Number(values.seed), keys: Number(values.keys), batch: Number(values.batch) },
    program: Number(values.program),
    from: Number(values.from),
    onBatch({ keys, programs, seconds }) {
      const now = programs.at(-1);
      process.stdout.write(
        `${keys} keys, ${now?.rss.last} MiB, ${now?.descriptors.last} descriptors, ${seconds} s\n`,
      );
    },
  });
  process.stdout.write(`${table(summary)}\n`);
}

try {
  if (values.parsers === undefined) await pressKeys();
  else
    await huntAll(values.parsers, {
      ...{ seed: Number(values.seed), from: Number(values.from), seconds: Number(values.seconds) },
      count: values.count === undefined ? Number.MAX_SAFE_INTEGER : Number(values.count),
    });
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
process.exit();
