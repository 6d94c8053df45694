import { createPackedBatch, PACKED_KIND } from '../../../src/events/wire/packed.ts';
import { createStreamPane } from '../../../src/ui/panes/streamPane.ts';
import { type AppState, createState } from '../../../src/ui/state.ts';
import { createEventStore } from '../../../src/ui/store/eventStore.ts';
import { execRecord } from '../wire/records.ts';
import { DARK, plain } from './samples.ts';

export const SIZE = { width: 120, height: 10 };

/** 2026-11-21 12:00:00 of local time, ns. */
export const NOON = BigInt(new Date(2026, 10, 21, 12).getTime()) * 1_000_000n;
export const SECOND = 1_000_000_000n;

export type Exec = {
  readonly time?: bigint;
  readonly pid?: number;
  readonly parent?: number;
  readonly binary?: string;
  readonly args?: string;
};

/** Processes are told apart by their pids alone: exec id times are made of them. */
export function pack(events: readonly Exec[]): { buffer: ArrayBuffer; bytes: number } {
  const batch = createPackedBatch();
  for (const { time = NOON, pid = 100, parent = 50, binary = '/bin/x', args = '' } of events)
    batch.append(
      {
        ...{ kind: PACKED_KIND.exec, flags: 0, time, tgid: pid, tid: pid, ktime: BigInt(pid) },
        ...{ parentTgid: parent, parentKtime: BigInt(parent) },
      },
      execRecord(
        { filename: binary, exe: binary, cwd: '/', args: `${binary}\0${args}\0` },
        { tgid: pid, ktime: BigInt(pid) },
      ),
      new Uint8Array(),
    );
  const taken = batch.take();
  if (!taken) throw new Error('nothing was packed');
  return taken;
}

/** The pane of a stream that is filled by hand. */
export function setUpStream({ capacity = 1000, ascii = false } = {}) {
  const state: AppState = Object.assign(createState(), {
    ...{ isReady: true, store: createEventStore(capacity) },
  });
  const pane = createStreamPane({
    ...{ state, node: 'n', theme: DARK, ascii, userNames: new Map<number, string>() },
    repaint: () => {},
  });
  let number = 0;
  const put = (...events: Exec[]) => {
    const { buffer, bytes } = pack(events);
    state.store.add(buffer, bytes);
    number += events.length;
  };
  /** Events a second apart, whose arguments are their numbers and, every tenth, `tenth`. */
  const add = (count: number) =>
    put(
      ...Array.from({ length: count }, (_, index) => ({
        time: NOON + BigInt(number + index) * SECOND,
        args: `n${number + index}n${(number + index) % 10 === 0 ? ' tenth' : ''}`,
      })),
    );
  const rows = (size = SIZE) => pane.lines(size).map(plain);
  /** What the rows are: events' numbers, or the words of a mark. */
  const shown = (size = SIZE) =>
    rows(size).map((row) => /mark \d+/.exec(row)?.[0] ?? Number(/\bn(\d+)n/.exec(row)?.[1]));
  const cursor = () =>
    Number(
      /\bn(\d+)n/.exec(
        plain(pane.lines(SIZE).find((line) => line.startsWith(DARK.cursor.open)) ?? ''),
      )?.[1],
    );
  return { state, pane, put, add, rows, shown, cursor };
}
