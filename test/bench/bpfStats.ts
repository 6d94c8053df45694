import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Bench } from './fixtures.ts';

/** A BPF program, as the kernel tells of it. */
export type ProgramStats = {
  readonly id: number;
  /** The first 15 characters. */
  readonly name: string;
  /** While somebody counted: see withCounting. */
  readonly ns: number;
  readonly runs: number;
  /** Instructions that the verifier went through when it was loaded, all ways through the program together. */
  readonly verified: number;
  /** Of the program itself. */
  readonly instructions: number;
};

/** Tells of the programs that a process holds. */
export type ProgramReader = (pid: number) => Promise<ProgramStats[]>;

/** Does the work while the kernel counts how long programs run: runtime.c. */
export async function withCounting<T>(
  { runtime }: Bench,
  work: (read: ProgramReader) => Promise<T>,
): Promise<T> {
  const child = spawn(runtime, [], { stdio: ['pipe', 'pipe', 'inherit'] });
  const closed = once(child, 'close');
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const ask = async (id: string): Promise<string> => {
    child.stdin.write(`${id}\n`);
    const { done, value } = await lines.next();
    if (done) throw new Error('runtime ended');
    return value;
  };
  try {
    if ((await lines.next()).value !== 'on') throw new Error('the kernel does not count run times');
    return await work(async (pid) => {
      const programs: ProgramStats[] = [];
      for (const id of programIds(pid)) programs.push(...readStats(await ask(id)));
      return programs;
    });
  } finally {
    child.stdin.end();
    await closed;
  }
}

/** A line of runtime.c. */
function readStats(line: string): ProgramStats[] {
  const [, ...words] = /^(\d+) (\d+) (\d+) (\d+) (\d+) (.*)$/.exec(line) ?? [];
  const name = words.pop();
  if (name === undefined) return []; // it is gone
  const [id = 0, ns = 0, runs = 0, verified = 0, instructions = 0] = words.map(Number);
  return [{ id, name, ns, runs, verified, instructions }];
}

/** Of all programs behind a process's descriptors, links to programs among these: proc_pid_fdinfo(5). */
function programIds(pid: number): Set<string> {
  const folder = `/proc/${pid}/fdinfo`;
  const ids = readdirSync(folder).flatMap((name) => {
    try {
      return /^prog_id:\s+(\d+)/m.exec(readFileSync(join(folder, name), 'utf8'))?.[1] ?? [];
    } catch {
      return []; // it was closed meanwhile
    }
  });
  return new Set(ids);
}
