import { constants } from 'node:os';

// Of two names for one number the first counts: EAGAIN, not EWOULDBLOCK.
const NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(constants.errno)
    .map(([name, number]): [number, string] => [number, name])
    .reverse(),
);

/** `EPERM` of 1; of a number that has no name on this host the number. */
export const errorName = (errno: number): string => NAMES.get(errno) ?? `error ${errno}`;
