// sudo npm run rehearse: README's two commands, `npm start` and `npm test`, as somebody types them on a machine of their own. See USAGE.
import { copyFileSync, readFileSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { addTotals } from '../../scripts/totals.mjs';
import { run } from '../driver/command.ts';
import { until } from '../driver/until.ts';
import { type FreshMachine, freshMachine } from './freshMachine.ts';

const USAGE = `sudo npm run rehearse -- [--keep] [FILE...]
  FILE...   of the tests only these; all by default
  --keep    leaves the machine where it is, and says where
  -h, --help

Makes a root folder of Debian 12 (debootstrap; kept in ~/.cache/trigon), installs Node and npm of Debian there, clones what is committed
here, and runs README's two commands on this kernel: \`npm start\` until its screen shows a program that was started, then
\`npm test\`. Takes half an hour, 4 GB in /var/tmp, a loop device, and a network. Output in rehearsal.log. Ends with 0 when both did what they should.`;

const LOG = resolve('rehearsal.log');
/** Set-up takes minutes: clang, the npm packages, everything built. */
const SET_UP_MS = 30 * 60_000;
const QUIT_MS = 60_000;
const SIZE = { columns: 120, rows: 40 };

const say = (text: string) => process.stdout.write(`${text}\n`);

/** @returns what is wrong; undefined: nothing */
async function rehearseStart(machine: FreshMachine): Promise<string | undefined> {
  const session = machine.onTerminal(['npm', 'start'], SIZE);
  try {
    const isUp = () => session.bufferType() === 'alternate' && /\blive\b/.test(session.text());
    await session.waitFor(isUp, { timeoutMs: SET_UP_MS });
    const program = machine.path(`/root/rehearsed-${process.pid}`);
    copyFileSync('/bin/true', program);
    const isSeen = await until(async () => {
      await run(program);
      return session.text().includes(`rehearsed-${process.pid}`);
    });
    if (!isSeen) return `it shows no program that was started:\n${session.shown()}`;
    session.press('q');
    const hasEnded = await Promise.race([session.exit, wait(QUIT_MS, undefined)]);
    if (!hasEnded) return 'q does not end it';
    if (hasEnded.code !== 0) return `it ended with ${hasEnded.code}`;
    return session.bufferType() === 'normal' ? undefined : 'its screen is left behind';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    session.kill('SIGKILL');
  }
}

/** @returns what is wrong; undefined: nothing */
async function rehearseTest(
  machine: FreshMachine,
  files: readonly string[],
): Promise<string | undefined> {
  const code = await machine.run(['npm', 'test', '--', ...files], LOG);
  const lines = readFileSync(LOG, 'utf8').trimEnd().split('\n');
  const sum = lines.findLast((line) => /^trigon: \d+ passed/.test(line));
  if (sum) say(sum);
  if (code !== 0) return `npm test ended with ${code}; see ${LOG}`;
  return sum === undefined || / skipped/.test(sum) ? 'not every test ran' : undefined;
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      keep: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) {
    say(USAGE);
    return 0;
  }
  if (process.geteuid?.() !== 0) throw new Error('mounts, and Trigon itself, need root: sudo');
  rmSync(LOG, { force: true });
  say('making a fresh machine');
  const machine = await freshMachine('/var/tmp');
  const counts = { passed: 0, failed: 0, failures: [] as string[] };
  try {
    const steps = [
      ['npm start', () => rehearseStart(machine)],
      ['npm test', () => rehearseTest(machine, positionals)],
    ] as const;
    for (const [name, rehearse] of steps) {
      say(`${name} …`);
      const wrong = await rehearse();
      say(`${name}: ${wrong ?? 'as README says'}`);
      if (wrong === undefined) {
        counts.passed++;
        continue;
      }
      counts.failed++;
      counts.failures.push(`rehearsal of ${name}: ${wrong}`);
      return 1;
    }
    return 0;
  } finally {
    addTotals(counts);
    if (values.keep) say(`kept: ${machine.path('/')}`);
    else machine.remove();
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
process.exit();
