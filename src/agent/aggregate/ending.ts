import { signalName } from '../../events/signals.ts';

/** How a process ended, from wait(2)'s code: the signal's name, or the exit status as a number. */
export function endingOf(code: number): string {
  const signal = code & 0x7f;
  return signal === 0 ? String((code >> 8) & 0xff) : signalName(signal);
}

/** Ended by a signal, or with a status other than 0; the bit of a core dump alone is none. */
export const isFailure = (code: number): boolean => (code & 0xff7f) !== 0;
