import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { compileBpf, compileProgram } from '../driver/compile.ts';
import type { Bench } from './fixtures.ts';

const run = promisify(execFile);

/** Posts policy records into the ring of an agent that runs in this process: feed.c, feed.bpf.c. */
export type Feed = {
  /**
   * A batch each millisecond; resolves to how many were posted, and to how many a second that were.
   *
   * @param policy its number in the kernel, as records carry it; the same of the hook
   */
  post(
    target: { policy: number; hook: number },
    perSecond: number,
    seconds: number,
  ): Promise<{ posted: number; perSecond: number }>;
};

export function buildFeed({ folder }: Bench): Feed {
  const program = join(folder, 'feed');
  const object = join(folder, 'feed.bpf.o');
  const source = (name: string) => join(import.meta.dirname, name);
  compileProgram(source('feed.c'), program, ['-O2', '-lbpf']);
  compileBpf(source('feed.bpf.c'), object);
  return {
    async post({ policy, hook }, perSecond, seconds) {
      const numbers = [process.pid, policy, hook, perSecond, seconds].map(String);
      const { stdout } = await run(program, [object, ...numbers]);
      const [posted = 0, took = Number.NaN] = stdout.split(' ').map(Number);
      return { posted, perSecond: posted / took };
    },
  };
}
