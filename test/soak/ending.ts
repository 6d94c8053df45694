import { existsSync } from 'node:fs';
import { listPids, readExe } from '../../src/agent/procfs.ts';
import type { Report } from '../driver/app.ts';
import { SANE_MODES } from '../driver/terminalModes.ts';
import { until } from '../driver/until.ts';
import { openWorkshop } from '../kernel/workshop.ts';
import { filesBelow } from './holdings.ts';
import type { Ledger } from './ledger.ts';
import type { LoadCounts } from './load.ts';
import { temporaryFiles } from './rests.ts';
import type { Shop } from './shop.ts';
import { EXPORT_BACKUPS, type Subject } from './subject.ts';

const LEFT_SCREEN = '\x1b[?1049l';

/**
 * Every process that the load has started must have been seen, start and end, no more and no less.
 *
 * @param lost of process events, with a cause that we know: so many may be missing, whosever they were
 */
export async function checkCounts(
  subject: Subject,
  shop: Shop,
  load: LoadCounts,
  lost: number,
  ledger: Ledger,
): Promise<void> {
  const counted = async (type: string) =>
    (await subject.stats()).byType.find(
      ({ group, binary }) => group === type && binary === shop.path('brief'),
    )?.count ?? 0;
  for (const type of ['PROCESS_EXEC', 'PROCESS_EXIT']) {
    // What happened last is still on its way.
    await until(async () => (await counted(type)) >= load.execs - lost);
    const seen = await counted(type);
    ledger.count(`${type} of the load seen`, seen);
    if (seen > load.execs || seen < load.execs - lost)
      ledger.fail(
        `the load has run ${load.execs} programs, Trigon tells of ${seen} (${type}) and ${lost} lost`,
      );
  }
  if (load.struck > 0) ledger.fail(`${load.struck} processes of the load died of a signal`);
}

/** The exit code, the terminal, and what is left in the kernel and on the disk. */
export async function checkEnd(
  report: Report,
  subject: Subject,
  shop: Shop,
  seen: ReadonlySet<string>,
  ledger: Ledger,
): Promise<void> {
  if (report.code !== 0) ledger.fail(`exit code ${report.code}: ${report.afterwards}`);
  for (const mode of SANE_MODES)
    if (!report.modes.includes(mode)) ledger.fail(`the terminal is left without ${mode}`);
  if (!report.afterwards.startsWith(LEFT_SCREEN)) ledger.fail('the terminal shows its screen');
  if (!subject.app.isCursorVisible()) ledger.fail('the terminal has no cursor');
  const left = await objectsLeft(seen);
  if (left.length > 0) ledger.fail(`left in the kernel: ${left.join(' ')}`);
  for (const path of [subject.control, subject.grpc.replace('unix://', '')])
    if (existsSync(path)) ledger.fail(`${path} is still there`);
  const temporary = temporaryFiles(shop);
  if (temporary.length > 0) ledger.fail(`left on the disk: ${temporary.join(' ')}`);
  // The file itself, old ones, and its lock.
  const exported = filesBelow(shop.path('export'));
  if (exported.length > EXPORT_BACKUPS + 2)
    ledger.fail(`more files of the export than it may keep: ${exported.join(' ')}`);
}

/** Those of the BPF objects that the kernel still has; it frees them a little after the last descriptor is gone. */
async function objectsLeft(seen: ReadonlySet<string>): Promise<string[]> {
  const shop = openWorkshop();
  try {
    let left = [...seen];
    await until(async () => {
      // Those that are gone don't come back.
      left = (await shop.access('alive', ...left)).stdout.split('\n').filter((id) => id !== '');
      return left.length === 0;
    });
    return left;
  } finally {
    shop.remove();
  }
}

/** Processes that run a program of the soak. */
export const processesOf = (shop: Shop): number[] =>
  listPids().filter((pid) => readExe(pid).startsWith(`${shop.folder}/`));
