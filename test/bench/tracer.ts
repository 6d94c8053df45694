import type { Bench } from './fixtures.ts';

/** Something that tells of processes that are started. */
export type Tracer = {
  readonly name: string;
  /** One of ours: it may lose nothing. */
  readonly isTrigon: boolean;
  /**
   * Starts it and resolves when it is attached.
   *
   * @param target the program whose execs are counted: each has its turn as argument
   * @throws NotPossible
   */
  start(bench: Bench, target: string): Promise<Running>;
};

export type Running = {
  /** The command that the load must be started with. */
  readonly wrap?: readonly string[];
  /**
   * CPU seconds so far. `spawned`: pid of the load's command, which is the tracer if it wraps.
   *
   * @throws Error when it has ended
   */
  cpu(spawned: number): number;
  /** Ends it, and resolves to how many of `count` execs it has lost. @throws NotPossible when it saw none at all */
  stop(count: number): Promise<number>;
  /** Ends it if it still runs. @throws Error with the reason when it had ended by itself; NotPossible if it is none of ours */
  end(): Promise<void>;
};

/** A tracer can't run on this machine; the message is what it said itself. */
export class NotPossible extends Error {}

/** How many different matches there are: by the pattern's group if it has one. */
export function countMatches(text: string, pattern: RegExp): number {
  const seen = new Set<string | number>();
  for (const match of text.matchAll(pattern)) seen.add(match[1] ?? match.index);
  return seen.size;
}
