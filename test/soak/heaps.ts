import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AGENT_THREAD } from '../../src/agent/aheadWorker.ts';
import { sleep } from '../bench/cpu.ts';
import { until } from '../driver/until.ts';

/** What heapProbe.mjs writes of a thread after a collection. Bytes. */
type HeapFigure = {
  /** The number that it answers. */
  readonly asked: number;
  /** 'main', or what the thread is called. */
  readonly thread: string;
  readonly heapUsed: number;
  readonly arrayBuffers: number;
};

/** After a collection, in bytes: the heaps of the screen's and of the agent's thread, and the buffers of all threads. */
export type Heaps = { readonly screen: number; readonly agent: number; readonly buffers: number };

/** The others answer in this time, too: they have less to collect. */
const OTHERS_MS = 600;

/**
 * Asks the threads of a program with the probe to collect, and to tell what is left.
 *
 * @param folder where the probe writes
 * @returns asks once; undefined: screen or agent did not answer
 */
export function createHeapQuestions(folder: string, pid: number): () => Promise<Heaps | undefined> {
  let asked = 0;
  /** Threads that have ended meanwhile answered an older question. */
  const answers = (): HeapFigure[] =>
    readdirSync(folder)
      .filter((name) => name.startsWith(`${pid}-`) && name.endsWith('.json'))
      .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as HeapFigure)
      .filter((figure) => figure.asked === asked);
  const of = (thread: string) => answers().find((figure) => figure.thread === thread)?.heapUsed;

  return async () => {
    asked += 1;
    const file = join(folder, 'asked');
    writeFileSync(`${file}.part`, String(asked));
    renameSync(`${file}.part`, file);
    if (!(await until(() => of('main') !== undefined && of(AGENT_THREAD) !== undefined)))
      return undefined;
    await sleep(OTHERS_MS);
    const [screen, agent] = [of('main'), of(AGENT_THREAD)];
    if (screen === undefined || agent === undefined) return undefined;
    return { screen, agent, buffers: answers().reduce((sum, each) => sum + each.arrayBuffers, 0) };
  };
}
