import { encodeEvent } from '../../events/json.ts';
import type { RunningProcess } from '../../events/tetragonFilter/descendants.ts';
import type { ProcessNews } from '../../events/tetragonFilter/filters.ts';
import type { Event } from '../../events/types.ts';
import type { ExportOptions, FromAgent } from '../messages.ts';
import { createRateLimit } from '../rateLimit.ts';
import type { OutgoingEvent, Tap } from '../taps.ts';
import { within } from '../within.ts';
import { countLines, createLineQueue } from './lineQueue.ts';
import { createPump } from './pump.ts';
import { type Clock, createRotatingFile, SYSTEM_CLOCK } from './rotatingFile.ts';
import type { Sieve } from './sieve.ts';
import { createTrouble } from './trouble.ts';

/** Characters of lines that wait to be written; what comes beyond is dropped and counted. */
export const EXPORT_ROOM = 16 << 20;
/** Bytes of one write, about. */
const CHUNK = 1 << 20;
/** Events that wait for the filters to be made. */
const MOST_HELD = 10_000;
const CLOSE_MS = 1500;
const LAST_MS = 300;

export type ExporterOptions = {
  readonly options: ExportOptions;
  readonly node: string;
  readonly tell: (message: FromAgent) => void;
  /** undefined: events go to the file as they are. */
  readonly sieve: Promise<Sieve> | undefined;
  /** Processes that are here already. */
  readonly running: () => readonly RunningProcess[];
  readonly clock?: Clock;
};

/** To be told of processes too: filters ask for descendants. */
export type Exporter = Tap & Pick<ProcessNews, 'onFork' | 'onExit'>;

/** Tetragon's JSON lines in a file, rotated. The agent never waits for it, and every event is in the file whole or not at all. */
export function createExporter({
  options,
  node,
  tell,
  sieve,
  running,
  clock = SYSTEM_CLOCK,
}: ExporterOptions): Exporter {
  const notice = (level: 'info' | 'warning', text: string) => tell({ type: 'notice', level, text });
  const queue = createLineQueue(EXPORT_ROOM);
  const limit =
    options.perMinute === undefined
      ? undefined
      : createRateLimit(options.perMinute, clock.steady());
  const file = createRotatingFile(options, notice, clock);
  let filter: Sieve | undefined;
  /** What is to be done once the filters are there. */
  let held: ((filter: Sieve) => void)[] | undefined;
  let unheld = 0;
  let unwritten = 0;
  /** For metrics. */
  const written = { events: 0, bytes: 0, limited: 0 };
  const lost = () => queue.dropped + unheld + unwritten;
  const trouble = createTrouble({
    what: `export: ${options.file}`,
    meanwhile: `The last ${EXPORT_ROOM >> 20} MiB of events wait, those beyond are lost`,
    notice,
    lost,
    now: clock.steady,
  });
  const pump = createPump({
    next: () => queue.take(Math.min(CHUNK, file.room)),
    async append(bytes) {
      const appended = await file.append(bytes);
      written.events += countLines(bytes.subarray(0, appended.kept));
      written.bytes += appended.kept;
      return appended;
    },
    look: file.look,
    trouble,
    now: clock.steady,
  });

  /** @param line makes the event's line, when it may pass */
  const write = (isJournal: boolean, line: () => string) => {
    // The journal tells of what was done to the policies, which no limit may hide.
    if (isJournal || limit?.take(clock.steady()) !== false) queue.add(line());
    else written.limited += 1;
  };
  const writeEvent = (event: Event) =>
    write(event.kind === 'trigon_journal', () => encodeEvent(event));
  const tellRefused = (refused: number) => {
    if (refused === 0) return;
    queue.add(
      encodeEvent({
        kind: 'rate_limit_info',
        numberOfDroppedProcessEvents: BigInt(refused),
        nodeName: node,
        time: BigInt(clock.wall()) * 1_000_000n,
      }),
    );
  };

  let problem: string | undefined;
  const ready = sieve
    ?.catch((error: unknown) => {
      // The command line's filters were tried before the start.
      const reason = error instanceof Error ? error.message : String(error);
      notice('warning', `export: nothing is exported: ${reason}`);
      return NOTHING;
    })
    .then((made) => {
      filter = made;
      for (const act of held ?? [])
        try {
          act(made);
        } catch (error) {
          unheld += 1;
          problem ??= error instanceof Error ? error.message : String(error);
        }
      held = undefined;
      if (problem !== undefined) notice('warning', `export: events are lost: ${problem}`);
    });

  /** Does something with the filters: now, or as soon as they are there. */
  const sift = (act: (filter: Sieve) => void): boolean => {
    if (filter) act(filter);
    else if (held && held.length <= MOST_HELD) held.push(act);
    else return false;
    return true;
  };
  if (sieve) {
    const processes = running();
    held = [({ start }) => start(processes)];
  }

  return {
    name: 'export',
    isOpen: true,
    add(outgoing: OutgoingEvent) {
      const event = outgoing.event();
      if (!sieve) write(event.kind === 'trigon_journal', outgoing.json);
      else if (!sift(({ pass }) => pass(event).forEach(writeEvent))) unheld += 1;
    },
    onFork: (pid, creator) => void sift(({ onFork }) => onFork(pid, creator)),
    onExit: (pid) => void sift(({ onExit }) => onExit(pid)),
    flush() {
      filter?.ripe(false).forEach(writeEvent);
      if (limit) tellRefused(limit.endWindow(clock.steady()));
      pump.run();
    },
    lost: () => ({ exportFile: lost() }),
    exported: () => ({ ...written }),
    async close() {
      await ready;
      filter?.ripe(true).forEach(writeEvent);
      if (limit) tellRefused(limit.close());
      const { rest, isStuck } = await pump.close(CLOSE_MS);
      unwritten = queue.lines + (rest ? countLines(rest) : 0);
      if (!isStuck) await within(LAST_MS, file.close());
    },
  };
}

const NOTHING: Sieve = {
  pass: () => [],
  ripe: () => [],
  start() {},
  onFork() {},
  onExit() {},
};
