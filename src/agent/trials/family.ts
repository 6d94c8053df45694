/**
 * The processes of a trial, by what forks and exits tell: those that do its deeds. The one that was started and its
 * first child make the sandbox, which is no deed; all others below it are the trial's.
 */
export type Family = {
  forked(pid: number, creator: number): void;
  exited(pid: number): void;
  has(pid: number): boolean;
  /** The exit of the first was told: all before it was told too, since the ring keeps the order. */
  readonly isOver: Promise<void>;
};

/** @param first the process that was started */
export function createFamily(first: number): Family {
  let maker: number | undefined;
  const members = new Set<number>();
  const { promise: isOver, resolve } = Promise.withResolvers<void>();
  return {
    isOver,
    forked(pid, creator) {
      if (creator === first && maker === undefined) maker = pid;
      else if (creator === first || members.has(creator)) members.add(pid);
    },
    exited(pid) {
      members.delete(pid);
      if (pid === first) resolve();
    },
    has: (pid) => members.has(pid),
  };
}
