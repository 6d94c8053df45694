/**
 * How often the main thread has shown that it lives: one number in memory that it shares with the agent's thread, which so sees it
 * in the midst of long work too, without reading a message. It wraps around: only whether it has changed means something.
 */
export type Beats = Int32Array<SharedArrayBuffer>;

export const createBeats = (): Beats => new Int32Array(new SharedArrayBuffer(4));

/** By the main thread alone, from its event loop: whoever hangs beats no more. */
export function beat(beats: Beats): void {
  Atomics.add(beats, 0, 1);
}

export const readBeats = (beats: Beats): number => Atomics.load(beats, 0);
