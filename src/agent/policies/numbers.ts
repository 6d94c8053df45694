import { PolicyRefusal } from './refusal.ts';

/** Numbers of a kernel-side table, handed out in runs. */
export type Numbers = {
  /**
   * Takes `count` consecutive numbers and returns the first.
   * @throws PolicyRefusal when there are not as many in one piece.
   */
  take(count: number): number;
  give(first: number, count: number): void;
  /** How many are taken. */
  readonly used: number;
};

/**
 * The numbers `first` .. `end - 1`. The search begins behind those handed out last: what still names a number that was given
 * back (an event on the screen, a rate limit in the kernel) is so seldom taken for its next owner's.
 *
 * @param full what to say when they don't suffice, for the operator
 */
export function createNumbers(first: number, end: number, full: string): Numbers {
  const taken = new Uint8Array(end);
  let next = first;
  let used = 0;

  /** The first run at or after `from` that ends before `to`. */
  const findRun = (from: number, to: number, count: number): number | undefined => {
    let start = from;
    for (let number = from; number < to; number++) {
      if (taken[number] === 1) start = number + 1;
      else if (number - start + 1 === count) return start;
    }
    return undefined;
  };

  return {
    take(count) {
      const found =
        findRun(next, end, count) ?? findRun(first, Math.min(end, next + count - 1), count);
      if (found === undefined) throw new PolicyRefusal(full);
      taken.fill(1, found, found + count);
      used += count;
      next = found + count;
      return found;
    },
    give(start, count) {
      for (let number = start; number < start + count; number++) {
        if (taken[number] !== 1) throw new Error(`number ${number} was not taken`);
        taken[number] = 0;
      }
      used -= count;
    },
    get used() {
      return used;
    },
  };
}
