import type { RecordedMark } from '../../agent/messages.ts';

/** A place in the stream: the line of a mark stands before this event, or behind the newest one until it has come. */
export type Mark = {
  /** What it is called by: the lowest number that was free. */
  readonly number: number;
  /** NO_PLACE: its event is not among those that are held, or was not found there yet. */
  readonly before: number;
  /** Wall clock, ms since the epoch. */
  readonly time: number;
  /** '' until it is given one. */
  readonly name: string;
  /** By which its event is known again in a recording: its time, ns since the epoch, and exec id; '' without a process. */
  readonly at: bigint;
  readonly execId: string;
};

/** What a mark is of. */
export type MarkedEvent = Pick<Mark, 'at' | 'execId'>;

/** The operator's marks, by their numbers. They stay when their events have left the store: the time still says something. */
export type Marks = {
  readonly size: number;
  list(): readonly Mark[];
  /** Marks before the events `from` to `to`, both included, in the order of the stream. */
  between(from: number, to: number): readonly Mark[];
  /**
   * Takes the mark before the event away, or sets one.
   *
   * @param event by default one without a process
   * @returns undefined: there are too many already
   */
  toggle(
    before: number,
    time: number,
    event?: MarkedEvent,
  ): { mark: Mark; isSet: boolean } | undefined;
  remove(number: number): void;
  /** @param name at most MAX_NAME characters are kept */
  rename(number: number, name: string): void;
  /**
   * All that a recording has told of since `forgetPlaces`. What was taken away here doesn't come back.
   *
   * @returns how many there was no room for
   */
  setRecorded(marks: readonly RecordedMark[]): number;
  /** The events that they stood before are void. */
  forgetPlaces(): void;
  /** Its event was found. */
  place(number: number, before: number): void;
};

export const MAX_MARKS = 100;
export const MAX_NAME = 40;
/** Before all events. */
export const NO_PLACE = -1;

export function createMarks(limit = MAX_MARKS): Marks {
  /** By number. */
  let marks: readonly Mark[] = [];
  /** The same in the order of the stream: asked for several times a paint. */
  let inOrder: readonly Mark[] = [];
  /** What the recording has told of, with its labels. */
  const recorded = new Map<string, string>();
  /** Of these, what the last message had. */
  let latest: ReadonlySet<string> = new Set();
  const put = (wanted: readonly Mark[]) => {
    marks = wanted.toSorted((a, b) => a.number - b.number);
    inOrder = wanted.toSorted((a, b) => a.before - b.before);
  };
  const change = (number: number, to: Partial<Mark>) =>
    put(marks.map((mark) => (mark.number === number ? { ...mark, ...to } : mark)));

  const freeNumber = (): number => {
    const at = marks.findIndex((mark, index) => mark.number !== index + 1);
    return (at < 0 ? marks.length : at) + 1;
  };

  /** False: there is no room. */
  const addRecorded = (told: RecordedMark): boolean => {
    if (marks.length >= limit) return false;
    const { time: at, execId, label } = told;
    recorded.set(keyOf(told), label);
    const time = Number(at / NS_PER_MS);
    const name = cutName(label);
    put([...marks, { number: freeNumber(), before: NO_PLACE, time, name, at, execId }]);
    return true;
  };

  /** Another name, unless it was given one here. */
  const relabel = (told: RecordedMark, before: string) => {
    const key = keyOf(told);
    recorded.set(key, told.label);
    const mark = marks.find((one) => markKey(one) === key);
    if (mark?.name === cutName(before)) change(mark.number, { name: cutName(told.label) });
  };

  return {
    get size() {
      return marks.length;
    },
    list: () => marks,
    between: (from, to) => inOrder.filter(({ before }) => before >= from && before <= to),
    toggle(before, time, event = { at: BigInt(Math.round(time)) * NS_PER_MS, execId: '' }) {
      const there = marks.find((mark) => mark.before === before);
      if (there) {
        put(marks.filter((mark) => mark !== there));
        return { mark: there, isSet: false };
      }
      if (marks.length >= limit) return undefined;
      const mark: Mark = { number: freeNumber(), before, time, name: '', ...event };
      put([...marks, mark]);
      return { mark, isSet: true };
    },
    remove(number) {
      put(marks.filter((mark) => mark.number !== number));
    },
    rename: (number, name) => change(number, { name: cutName(name) }),
    setRecorded(told) {
      const now = new Set(told.map(keyOf));
      // Taken away when it was recorded.
      const removed = [...latest].filter((key) => !now.has(key));
      if (removed.length > 0) put(marks.filter((mark) => !removed.includes(markKey(mark))));
      for (const key of removed) recorded.delete(key);
      latest = now;
      let left = 0;
      for (const mark of told) {
        const label = recorded.get(keyOf(mark));
        if (label === undefined && !addRecorded(mark)) left += 1;
        else if (label !== undefined && label !== mark.label) relabel(mark, label);
      }
      return left;
    },
    forgetPlaces() {
      latest = new Set();
      put(marks.map((mark) => ({ ...mark, before: NO_PLACE })));
    },
    place: (number, before) => change(number, { before }),
  };
}

const NS_PER_MS = 1_000_000n;

const keyOf = ({ time, execId }: RecordedMark): string => `${time} ${execId}`;
const markKey = ({ at, execId }: Mark): string => `${at} ${execId}`;

const cutName = (name: string): string => [...name.trim()].slice(0, MAX_NAME).join('');

/** As a recording keeps it. */
export const recordedMark = ({ at, execId, name }: Mark): RecordedMark => ({
  ...{ time: at, execId },
  label: name,
});
