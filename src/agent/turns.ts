/** Something that is to be done, unless it is cancelled. */
export type Planned = { cancel(): void };

export function later(act: () => void, ms: number): Planned {
  const timer = setTimeout(act, ms);
  return { cancel: () => clearTimeout(timer) };
}

/** Once timers, messages and sockets have had their turn. */
export function soon(act: () => void): Planned {
  const immediate = setImmediate(act);
  return { cancel: () => clearImmediate(immediate) };
}
