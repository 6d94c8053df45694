/** A place in the stream: the line of a mark stands before this event, or behind the newest one until it has come. */
export type Mark = {
  /** What it is called by: the lowest number that was free. */
  readonly number: number;
  readonly before: number;
  /** Wall clock, ms since the epoch. */
  readonly time: number;
  /** '' until it is given one. */
  readonly name: string;
};

/** The operator's marks, by their numbers. They stay when their events have left the store: the time still says something. */
export type Marks = {
  readonly size: number;
  list(): readonly Mark[];
  /** Marks before the events `from` to `to`, both included, in the order of the stream. */
  between(from: number, to: number): readonly Mark[];
  /** Takes the mark before the event away, or sets one. @returns undefined: there are too many already */
  toggle(before: number, time: number): { mark: Mark; isSet: boolean } | undefined;
  remove(number: number): void;
  /** @param name at most MAX_NAME characters are kept */
  rename(number: number, name: string): void;
};

export const MAX_MARKS = 100;
export const MAX_NAME = 40;

export function createMarks(limit = MAX_MARKS): Marks {
  /** By number. */
  let marks: readonly Mark[] = [];
  /** The same in the order of the stream: asked for several times a paint. */
  let inOrder: readonly Mark[] = [];
  const put = (wanted: readonly Mark[]) => {
    marks = wanted;
    inOrder = wanted.toSorted((a, b) => a.before - b.before);
  };

  const freeNumber = (): number => {
    const at = marks.findIndex((mark, index) => mark.number !== index + 1);
    return (at < 0 ? marks.length : at) + 1;
  };

  return {
    get size() {
      return marks.length;
    },
    list: () => marks,
    between: (from, to) => inOrder.filter(({ before }) => before >= from && before <= to),
    toggle(before, time) {
      const there = marks.find((mark) => mark.before === before);
      if (there) {
        put(marks.filter((mark) => mark !== there));
        return { mark: there, isSet: false };
      }
      if (marks.length >= limit) return undefined;
      const mark: Mark = { number: freeNumber(), before, time, name: '' };
      put([...marks, mark].sort((a, b) => a.number - b.number));
      return { mark, isSet: true };
    },
    remove(number) {
      put(marks.filter((mark) => mark.number !== number));
    },
    rename(number, name) {
      const kept = [...name.trim()].slice(0, MAX_NAME).join('');
      put(marks.map((mark) => (mark.number === number ? { ...mark, name: kept } : mark)));
    },
  };
}
