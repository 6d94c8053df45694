import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as settle } from 'node:timers/promises';
import { keyOf } from '../../src/ui/commands.ts';
import { startApp } from '../driver/app.ts';
import { run } from '../driver/command.ts';
import type { Cell } from '../driver/emulator.ts';
import { LIMIT_MS, until } from '../driver/until.ts';
import { createTarget, type Target } from '../screen/app/target.ts';
import { createRandom } from '../screen/terminal/random.ts';
import { nextStep, type Profile, type Step } from './input.ts';

export type FuzzOptions = {
  readonly seed: number;
  /** Keys, texts, mouse reports and resizes in all. */
  readonly keys: number;
  /** Of them between two checks. */
  readonly batch: number;
  /** After so many a program is quit and the next one started: what the driver keeps of its output would fill our own memory. */
  readonly program: number;
  /** The programs before this many keys are left out: what one of them did is repeated without the others. */
  readonly from?: number;
  onBatch?(summary: FuzzSummary): void;
};

/** Descriptors but for those of policies. */
export type Measures = {
  readonly rss: { readonly first: number; readonly last: number; readonly most: number };
  readonly descriptors: { readonly first: number; readonly last: number };
};

export type FuzzSummary = {
  readonly seed: number;
  readonly keys: number;
  readonly resizes: number;
  readonly checks: number;
  /** Programs that ran: each is quit and started anew after so many keys, and when keys led to its end (by the palette, by a click). */
  readonly starts: number;
  readonly quits: number;
  /** One for each program that ran: MiB and descriptors when it was first looked at, and at last. */
  readonly programs: readonly Measures[];
  readonly seconds: number;
};

/** Every so many programs one that could arm. */
const ARMING_EVERY = 3;
/** How far a program's memory may grow after its warm-up: the event store fills, the collector takes its time. */
const MOST_GROWTH_MB = 150;
const WARM_UP_CHECKS = 5;
/** Descriptors that come and go: a save, a watched folder, a read of /proc. */
const SPARE_DESCRIPTORS = 8;
const LOAD_MS = 150;
/** More than anything that can lie over anything else. */
const MOST_LEVELS = 10;
const KEPT_STEPS = 80;
/** In which a paused stream must come to rest. */
const MOST_ROUNDS = 20;
const START_SIZE = { columns: 120, rows: 40 } as const;
const MIN_SIZE = { columns: 60, rows: 15 } as const;

const ESCAPE = '\x1b[27u';
/** Ends a paste and any string sequence that was left open. */
const END_OF_RUBBISH = '\x1b[201~\x1b\\';
const CRASH = /(?:Type|Reference|Range|Syntax)Error: |\n {4}at \S+ \(|UnhandledPromise/;

/**
 * Presses random keys in the real program, in a folder of its own, with --read-only (nothing is armed and no process gets a signal)
 * or from a few keys that can't, and looks after each batch whether everything is as it should be.
 *
 * @throws Error that tells the last keys, the screen, and how to repeat it
 */
export async function fuzz({
  seed,
  keys,
  batch,
  program,
  from = 0,
  onBatch,
}: FuzzOptions): Promise<FuzzSummary> {
  const random = createRandom(seed);
  const folder = mkdtempSync(join(tmpdir(), 'tgfuzz-'));
  const target = createTarget();
  const started = performance.now();
  const steps: Step[] = [];
  const measured: Measures[] = [];
  const counts = { keys: 0, resizes: 0, checks: 0, starts: 0, quits: 0 };
  let size: Size = START_SIZE;
  let subject: Subject | undefined;

  const profile = (): Profile => (counts.starts % ARMING_EVERY === 0 ? 'arming' : 'everything');
  const start = async () => {
    size = START_SIZE;
    counts.starts += 1;
    // What comes before `from` is only drawn from the generator.
    if (counts.keys + program > from) subject = await startSubject(folder, target, profile());
  };
  const stop = async () => {
    if (!subject) return;
    measured.push(...subject.measures());
    if (subject.ended() === undefined) await subject.quit();
    subject = undefined;
  };
  const summary = (): FuzzSummary => ({
    ...{ seed, ...counts, programs: [...measured, ...(subject?.measures() ?? [])] },
    seconds: Math.round((performance.now() - started) / 1000),
  });
  const take = async (step: Step) => {
    steps.push(step);
    if (steps.length > KEPT_STEPS) steps.shift();
    if (step.kind === 'resize') size = step;
    await subject?.take(step);
  };
  /** The palette and a click on the footer quit too. */
  const startAgain = async () => {
    const code = subject?.ended();
    if (code === undefined) return;
    if (code !== 0) throw new Error(`the program ended with ${code}`);
    counts.quits += 1;
    await stop();
    await start();
  };

  await start();
  const load = setInterval(() => void run('/bin/true', ['fuzz-load']), LOAD_MS);
  try {
    while (counts.keys < keys) {
      for (let at = 0; at < batch && counts.keys < keys; at++) {
        await startAgain();
        const step = nextStep(random, size.columns, size.rows, profile());
        counts.keys += 1;
        if (step.kind === 'resize') counts.resizes += 1;
        await take(step);
      }
      if (size.columns < MIN_SIZE.columns || size.rows < MIN_SIZE.rows)
        await take({
          kind: 'resize',
          columns: MIN_SIZE.columns + random.below(120),
          rows: MIN_SIZE.rows + random.below(40),
        });
      if (subject?.ended() === undefined) {
        await subject?.check();
        if (subject) counts.checks += 1;
        if (subject) onBatch?.(summary());
      }
      if (Math.floor(counts.keys / program) > Math.floor((counts.keys - batch) / program)) {
        await stop();
        if (counts.keys < keys) await start();
      }
    }
    await stop();
    return summary();
  } catch (error) {
    const last = steps.map((step) =>
      step.kind === 'resize'
        ? `${step.columns}x${step.rows}`
        : JSON.stringify(step.bytes.toString('latin1')),
    );
    const from = Math.floor((counts.keys - 1) / program) * program;
    throw new Error(
      [
        error instanceof Error ? error.message : String(error),
        `the screen:\n${subject?.text()}`,
        `the last keys: ${last.join(' ')}`,
        `again: npm run fuzz -- --seed ${seed} --from ${from} --keys ${counts.keys} --batch ${batch} --program ${program}`,
      ].join('\n'),
    );
  } finally {
    clearInterval(load);
    subject?.kill();
    target.remove();
    rmSync(folder, { recursive: true, force: true });
  }
}

type Size = { readonly columns: number; readonly rows: number };
type Subject = Awaited<ReturnType<typeof startSubject>>;

async function startSubject(folder: string, target: Target, profile: Profile) {
  let size: Size = START_SIZE;
  const args = profile === 'arming' ? [] : ['--read-only'];
  const app = await startApp([...args, '--policy', target.policy], { ...size, cwd: folder });
  const pid = app.appPid();
  const rss: number[] = [];
  const descriptors: number[] = [];
  let code: number | undefined;
  let taken = 0;
  void app.exit.then((exit) => {
    code = exit.code;
  });

  const resize = (columns: number, rows: number) => {
    size = { columns, rows };
    app.resize(columns, rows);
  };

  const expectSoon = async (what: string, condition: () => boolean) => {
    const limitMs = LIMIT_MS;
    if (!(await until(() => code !== undefined || condition(), { limitMs })) || code !== undefined)
      throw new Error(code === undefined ? what : `the program ended with ${code}: ${what}`);
  };
  const header = () => app.screen()[0] ?? '';

  /** Back to the stream, whatever is open. */
  const goHome = async () => {
    app.type(END_OF_RUBBISH);
    await settle(80);
    for (let level = 0; level < MOST_LEVELS; level++) app.type(ESCAPE);
    app.command('view.stream', 'app.back', 'app.back');
  };

  /** It still takes keys, and nothing lies over the view: the pause key pauses, or resumes. */
  const checkAnswers = async () => {
    // On a busy machine the last resize may not have come through yet.
    const isFilled = () => {
      const [rule, footer] = [app.cells()[2], app.screen().at(-1)];
      const isZoomed = !/^ +1 .* 5 /.test(app.screen()[1] ?? '');
      return footer !== '' && (isZoomed || rule?.at(-1)?.text !== ' ');
    };
    await expectSoon('it does not fill the terminal', isFilled);
    const isPaused = () => header().includes('paused');
    await expectSoon('no status in the header', () => /live|paused/.test(header()));
    const before = isPaused();
    app.command('stream.pause');
    await expectSoon('the pause key does nothing', () => isPaused() !== before);
    if (!isPaused()) {
      app.command('stream.pause');
      await expectSoon('the pause key pauses no more', isPaused);
    }
  };

  /** Paused, what is between header and footer stands still: a redraw must not change a cell of it. */
  const checkRedraw = async () => {
    const body = () => JSON.stringify(app.cells().slice(1, -2));
    const still = async () => {
      for (let round = 0; round < MOST_ROUNDS; round++) {
        const before = body();
        await settle(200);
        const between = body();
        await settle(200);
        if (before === between && body() === before) return before;
      }
      throw new Error('paused, the stream goes on');
    };
    const before = await still();
    const drawn = app.raw().length;
    app.command('app.redraw');
    await expectSoon('Ctrl-L draws nothing', () => app.raw().length > drawn + size.columns);
    const after = await still();
    if (before === after) return;
    throw new Error(`a redraw changes the screen: ${differences(before, after)}`);
  };

  const checkResources = () => {
    rss.push(residentMb(pid));
    descriptors.push(openFiles(pid));
    const [firstFds = 0] = descriptors;
    if ((descriptors.at(-1) ?? 0) > firstFds + SPARE_DESCRIPTORS)
      throw new Error(`descriptors: ${firstFds} at first, ${descriptors.at(-1)} now`);
    const warm = rss.slice(WARM_UP_CHECKS);
    const grown = Math.min(...warm.slice(-3)) - Math.max(...warm.slice(0, 3));
    if (warm.length > 6 && grown > MOST_GROWTH_MB)
      throw new Error(`memory: ${grown} MiB more than after the warm-up: ${rss.join(' ')}`);
  };

  return {
    ended: () => code,
    text: app.text,
    kill: () => app.kill('SIGKILL'),
    /** None when it was never looked at. */
    measures: (): Measures[] =>
      rss.slice(0, 1).map((first) => ({
        rss: { first, last: rss.at(-1) ?? first, most: Math.max(...rss) },
        descriptors: { first: descriptors[0] ?? 0, last: descriptors.at(-1) ?? 0 },
      })),
    async take(step: Step) {
      taken += 1;
      if (step.kind === 'resize') resize(step.columns, step.rows);
      else app.type(step.bytes);
      // Bytes that come together are one sequence, or keys that are painted once: most must come apart.
      if (taken % 3 !== 0) await settle(4);
    },
    async check() {
      await goHome();
      await checkAnswers();
      await checkRedraw();
      checkResources();
      if (header().includes('ARMED')) throw new Error('random keys have armed something');
      if (CRASH.test(app.raw().slice(-50_000))) throw new Error('it tells of an error of its own');
      app.command('stream.pause', 'move.last');
      await expectSoon('it does not go on', () => header().includes('live'));
    },
    async quit() {
      await goHome();
      app.type(keyOf('app.quit'));
      const exit = await app.exit;
      if (exit.code !== 0) throw new Error(`q ends it with ${exit.code}`);
    },
  };
}

/** Descriptors but for programs, maps and events of the kernel, which grow with the policies that are on. */
const openFiles = (pid: number): number =>
  readdirSync(`/proc/${pid}/fd`).filter((fd) => {
    try {
      return !/^anon_inode:(bpf|\[perf_event\]|\[bpf)/.test(readlinkSync(`/proc/${pid}/fd/${fd}`));
    } catch {
      return false; // closed meanwhile
    }
  }).length;

const residentMb = (pid: number): number =>
  Math.round((Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * 4096) / 2 ** 20);

function differences(before: string, after: string): string {
  const [left, right] = [before, after].map((rows) => JSON.parse(rows) as Cell[][]);
  const found = (left ?? []).flatMap((row, y) => {
    const x = row.findIndex(
      (cell, at) => JSON.stringify(cell) !== JSON.stringify(right?.[y]?.[at]),
    );
    const text = (cells: Cell[] | undefined) =>
      JSON.stringify((cells ?? []).map((cell) => cell.text).join(''));
    return x < 0 ? [] : [`row ${y + 1} from column ${x}: ${text(row)} becomes ${text(right?.[y])}`];
  });
  return `${found.length} rows, ${found.slice(0, 3).join('; ')}`;
}
