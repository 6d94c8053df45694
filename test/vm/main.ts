// Boots stock kernels under QEMU and runs the cases of test/vm/cases there: `npm run test:vm`.
//   main.ts [--kernel BOOT] [--only TEXT] [--write]
// --kernel: 6.1, 6.12 or 6.12-lockdown; --only: cases whose name has the text; --write: keeps what was found out in docs/kernels and
// docs/kernels.md, with which it is compared otherwise.
import { availableParallelism, freemem } from 'node:os';
import { parseArgs } from 'node:util';
import { actionRows, refusedRows } from '../../scripts/kernelsActions.ts';
import { addTotals } from '../../scripts/totals.mjs';
import { findVmKernel } from '../../scripts/vmKernels.mjs';
import { BOOT_NAMES, BOOTS, type BootName, isBootName } from './boots.ts';
import { type BootResult, bootVm, type CaseResult } from './bootVm.ts';
import { makePrograms } from './programs.ts';
import { differences, resultsOf, store } from './stored.ts';

/** What a VM of 2 GiB takes with QEMU's own memory. */
const VM_BYTES = 2.5 * 2 ** 30;

const print = (line: string) => process.stdout.write(`${line}\n`);

function wantedBoots(name: string | undefined): readonly BootName[] {
  if (name === undefined) return BOOT_NAMES;
  if (!isBootName(name)) throw new Error(`no boot ${name}: ${BOOT_NAMES.join(', ')}`);
  return [name];
}

function kernelOf(boot: BootName): string {
  const { kernel } = BOOTS[boot];
  const folder = findVmKernel(kernel);
  if (folder === undefined) throw new Error(`no Linux ${kernel}: run node scripts/setup.mjs --vm`);
  return folder;
}

const printCase = (boot: BootName) => (result: CaseResult) => {
  const { name, problem, seconds } = result;
  const mark = problem === undefined ? '✓' : '✗';
  print(`${mark} ${boot.padEnd(13)} ${name} (${seconds.toFixed(1)} s)`);
  if (problem !== undefined) print(problem.replaceAll(/^/gm, '    '));
};

/** Runs the jobs side by side, so many at a time; results are in the order of the jobs. */
async function inParallel<T>(jobs: readonly (() => Promise<T>)[], atOnce: number): Promise<T[]> {
  const results: T[] = [];
  const waiting = [...jobs.entries()];
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift())
      results[next[0]] = await next[1]();
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return results;
}

function printTable(rows: readonly (readonly string[])[]): void {
  const widths = (rows[0] ?? []).map((_, at) =>
    Math.max(...rows.map((row) => row[at]?.length ?? 0)),
  );
  for (const row of rows)
    print(
      row
        .map((text, at) => text.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    );
}

function printTables(boots: readonly BootResult[]): void {
  const kernels = boots.map(resultsOf);
  for (const { title, actions = [] } of kernels)
    if (actions.length > 0) {
      print(`\n${title}: what each action is done by`);
      printTable(actionRows(actions));
    }
  if (kernels.some(({ refused = [] }) => refused.length > 0)) {
    print('\nSystem calls that Override refuses, and by what');
    printTable(refusedRows(kernels));
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      kernel: { type: 'string' },
      only: { type: 'string', default: '' },
      write: { type: 'boolean', default: false },
    },
  });
  const isWhole = values.only === '';
  const started = performance.now();
  const programs = await makePrograms();
  const jobs = wantedBoots(values.kernel).map(
    (boot) => () => bootVm(boot, kernelOf(boot), programs, values.only, printCase(boot)),
  );
  const atOnce = Math.min(availableParallelism(), Math.floor(freemem() / VM_BYTES));
  const boots = await inParallel(jobs, Math.max(1, atOnce));
  printTables(boots);
  const changed = isWhole ? boots.flatMap((boot) => differences(resultsOf(boot))) : [];
  const results = boots.flatMap((boot) => boot.results);
  const failures = boots.flatMap(({ boot, results }) =>
    results.flatMap(({ name, problem }) =>
      problem === undefined ? [] : [`${boot} ${name}\n${problem}`],
    ),
  );
  if (values.write && isWhole && failures.length === 0) store(boots.map(resultsOf));
  else if (values.write) print('\nnot kept: only what has passed as a whole is');
  else if (changed.length > 0) {
    failures.push(`not as docs/kernels has it\n${changed.join('\n')}`);
    print(`\n✗ not as docs/kernels has it (npm run test:vm -- --write keeps it):`);
    for (const line of changed) print(`    ${line}`);
  }
  const failed = failures.length;
  const passed = results.length + (isWhole && !values.write ? 1 : 0) - failed;
  const seconds = (performance.now() - started) / 1000;
  print(`\ntrigon in VMs: ${passed} passed, ${failed} failed (${seconds.toFixed(0)} s)`);
  addTotals({ passed, failed, failures });
  if (failed > 0 || passed === 0) process.exitCode = 1;
}

// So that the VMs end too.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.once(signal, () => process.exit(1));
await main();
