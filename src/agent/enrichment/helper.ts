import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { projectRoot } from '../client.ts';
import { createDeaths } from './deaths.ts';
import type { EnricherOptions, FromEnricher, ToEnricher } from './messages.ts';

/** The thread that asks others, from the agent's side. It is started by the first question, and again when it dies. */
export type Helper = {
  /** False: there is no such thread now. */
  ask(message: ToEnricher): boolean;
  /** Without a question: to hear what is wrong with its options. */
  start(): void;
  close(): void;
};

type Options = {
  readonly options: EnricherOptions;
  onAnswer(message: FromEnricher): void;
  /** It has died, and what it was asked with it. `isOver`: it has died so often that it rests for long. */
  onDeath(reason: string, isOver: boolean): void;
};

/** What others answer must not take the host's memory: the thread dies of it, and the agent lives. */
const LIMITS = { maxOldGenerationSizeMb: 192, maxYoungGenerationSizeMb: 16 };

export function createHelper({ options, onAnswer, onDeath }: Options): Helper {
  let worker: Worker | undefined;
  const deaths = createDeaths();
  let isClosed = false;

  const start = (): Worker | undefined => {
    if (worker) return worker;
    if (isClosed || !deaths.mayStart(performance.now())) return undefined;
    const fresh = new Worker(threadFile(), { workerData: options, resourceLimits: LIMITS });
    let reason = 'it ended';
    fresh.on('message', onAnswer);
    fresh.on('error', (error) => {
      reason = error instanceof Error ? error.message : String(error);
    });
    fresh.on('exit', () => {
      if (worker !== fresh) return;
      worker = undefined;
      if (isClosed) return;
      onDeath(reason, deaths.died(performance.now()));
    });
    worker = fresh;
    return fresh;
  };

  return {
    ask(message) {
      const running = start();
      running?.postMessage(message);
      return running !== undefined;
    },
    start: () => void start(),
    close() {
      isClosed = true;
      void worker?.terminate();
    },
  };
}

/** The bundle's thread beside the bundle; the source itself when we run from source (tests). */
const threadFile = (): string =>
  import.meta.url.endsWith('.ts')
    ? join(projectRoot(), 'src', 'agent', 'enrichment', 'thread.ts')
    : join(projectRoot(), 'dist', 'enricher.mjs');
