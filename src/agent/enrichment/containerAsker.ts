import type { ContainerFact } from '../../events/facts.ts';
import { mergeFacts } from './containerFacts.ts';
import type { ContainerQuestion } from './messages.ts';
import type { RuntimeAnswer } from './runtimeAnswer.ts';

/** Finds out about containers. Bounded in everything: containers come as fast as somebody starts them. */
export type ContainerAsker = {
  /** False: there are too many questions, it isn't asked. */
  ask(question: ContainerQuestion): boolean;
  close(): void;
};

/** Who is asked, one after the other: each may say more. */
export type Source = (question: ContainerQuestion) => Promise<RuntimeAnswer>;

type Options = {
  readonly sources: readonly Source[];
  /** More is known of a container than before. */
  onFact(fact: ContainerFact): void;
  /** No more will come about it. */
  onSettled(id: string): void;
  /** Somebody did not answer, for the first time in a while. */
  onFailure(reason: string): void;
  /** Ms to wait before each further try with those who did not answer, or knew nothing (yet). */
  readonly retries?: readonly number[];
};

const MOST_WAITING = 4096;
const MOST_AT_ONCE = 8;
/** Sources that fail do so for every container: the retries of all of them would pile up. */
const MOST_RETRIES = 512;
const RETRIES_MS = [500, 2000, 8000];
/** The same is not told again for so long. */
const QUIET_MS = 60_000;

type Task = {
  readonly question: ContainerQuestion;
  readonly sources: readonly Source[];
  readonly tries: number;
  readonly fact: ContainerFact | undefined;
};

/** None of them should throw; one that does must not take the thread with it. */
async function answerOf(source: Source, question: ContainerQuestion): Promise<RuntimeAnswer> {
  try {
    return await source(question);
  } catch (error) {
    return { kind: 'failed', reason: String(error) };
  }
}

export function createContainerAsker(options: Options): ContainerAsker {
  const { onFact, onSettled, onFailure, retries = RETRIES_MS } = options;
  const waiting: Task[] = [];
  /** Later tries: what is asked for the first time goes first. */
  const again: Task[] = [];
  const timers = new Set<NodeJS.Timeout>();
  const told = new Map<string, number>();
  let running = 0;
  let isClosed = false;

  const complain = (reason: string) => {
    const now = performance.now();
    if (now - (told.get(reason) ?? Number.NEGATIVE_INFINITY) < QUIET_MS) return;
    if (told.size > 100) told.clear();
    told.set(reason, now);
    onFailure(reason);
  };

  const run = async ({ question, sources, tries, fact }: Task) => {
    let known = fact;
    /** Those that may know more later. */
    const open: Source[] = [];
    let reason = '';
    for (const source of sources) {
      const answer = await answerOf(source, question);
      if (isClosed) return;
      if (answer.kind === 'known') {
        known = mergeFacts(known, answer.fact);
        onFact(known);
      } else if (answer.kind !== 'absent') {
        open.push(source);
        if (answer.kind === 'failed') reason = answer.reason;
      }
    }
    const wait = retries[tries];
    if (open.length === 0 || wait === undefined || timers.size + again.length >= MOST_RETRIES) {
      if (reason !== '') complain(reason);
      onSettled(question.id);
      return;
    }
    const timer = setTimeout(() => {
      timers.delete(timer);
      again.push({ question, sources: open, tries: tries + 1, fact: known });
      next();
    }, wait);
    timers.add(timer);
  };

  const next = () => {
    while (running < MOST_AT_ONCE && !isClosed) {
      const task = waiting.shift() ?? again.shift();
      if (!task) return;
      running += 1;
      void run(task).finally(() => {
        running -= 1;
        next();
      });
    }
  };

  return {
    ask(question) {
      if (waiting.length >= MOST_WAITING) return false;
      waiting.push({ question, sources: options.sources, tries: 0, fact: undefined });
      next();
      return true;
    },
    close() {
      isClosed = true;
      waiting.length = 0;
      again.length = 0;
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
    },
  };
}
