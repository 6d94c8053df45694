import type { Fact } from '../../events/facts.ts';
import { inPieces } from '../pieces.ts';
import type { Link } from './link.ts';

/** Bytes that are told at once: all there is on most hosts. */
const AT_ONCE = 512 << 10;
const PIECE = { most: 128 << 10, mostOfOne: 1 << 20 };
/** So much may wait for a screen; events need room too. */
const MOST_WAITING = 4 << 20;
const PAUSE_MS = 20;

type Options = {
  readonly facts: Iterable<Fact>;
  readonly link: Pick<Link, 'waiting'>;
  send(facts: readonly Fact[]): void;
  isThere(): boolean;
};

/**
 * Tells a new screen all that has been learnt: the most of it later and in pieces, for there may be many megabytes, and this thread
 * has the kernel's ring to read.
 */
export function tellFacts({ facts, link, send, isThere }: Options): void {
  const pieces = inPieces(facts, PIECE);
  const end = link.waiting + AT_ONCE;
  /** False: there are no more. */
  const tellOne = (): boolean => {
    const { value, done } = pieces.next();
    if (done) return false;
    send(value);
    return true;
  };
  const goOn = () => {
    if (isThere() && (link.waiting > MOST_WAITING || tellOne())) setTimeout(goOn, PAUSE_MS).unref();
  };
  while (link.waiting < end) if (!tellOne()) return;
  setTimeout(goOn, PAUSE_MS).unref();
}
