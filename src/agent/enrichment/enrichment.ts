import type { ContainerFact, Fact } from '../../events/facts.ts';
import type { CgroupOwner } from '../../events/wire/container.ts';
import type { EnrichmentOptions, FromAgent } from '../messages.ts';
import { createAskedContainers } from './askedContainers.ts';
import type { RunningProgram } from './executable.ts';
import { createHashBook } from './hashBook.ts';
import { createHelper } from './helper.ts';
import type { FromEnricher } from './messages.ts';

/** Finds out, in a thread of its own, about containers and executables that the agent sees. */
export type Enrichment = {
  /** A process lives in this container. */
  sawContainer(owner: Extract<CgroupOwner, { kind: 'container' }>): void;
  /** All is known about the container that will be. */
  isSettled(id: string): boolean;
  /** A process runs this program: its hash is asked for once. */
  sawProgram(program: RunningProgram): void;
  close(): void;
};

type Options = {
  /** undefined: nobody is asked, only state files are read. */
  readonly enrichment?: EnrichmentOptions | undefined;
  readonly node: string;
  /** The agent's own mount namespace, 0: not known. */
  readonly mountNamespace: number;
  /** For events from now on. */
  learn(facts: readonly Fact[]): void;
  tell(message: FromAgent): void;
  /** Of a container something is known, or nothing will be (undefined). */
  onContainer(id: string, fact: ContainerFact | undefined): void;
};

const STATE_FILES_ONLY: EnrichmentOptions = { containers: false, names: false, hashes: false };
/** Hashes of programs that start are told together. */
const TELL_MS = 100;
const MOST_UNTOLD = 4096;

export function createEnrichment(options: Options): Enrichment {
  const { enrichment = STATE_FILES_ONLY, node, learn, tell, onContainer } = options;
  const containers = createAskedContainers();
  let untold: Fact[] = [];
  let timer: NodeJS.Timeout | undefined;

  const tellNow = () => {
    clearTimeout(timer);
    timer = undefined;
    if (untold.length > 0) tell({ type: 'facts', facts: untold });
    untold = [];
  };
  /** Learnt now, told soon. */
  const add = (facts: readonly Fact[]) => {
    if (facts.length === 0) return;
    learn(facts);
    untold.push(...facts);
    if (untold.length >= MOST_UNTOLD) tellNow();
    else timer ??= setTimeout(tellNow, TELL_MS);
  };

  const onAnswer = (message: FromEnricher) => {
    add(message.containers.map((fact) => ({ kind: 'container', ...fact })));
    add(message.hashes.flatMap(({ key, sha256 }) => hashes.answer(key, sha256)));
    // What comes from the thread comes in batches already.
    tellNow();
    for (const fact of message.containers) onContainer(fact.id, fact);
    for (const id of message.settled) {
      containers.settle(id);
      onContainer(id, undefined);
    }
    for (const text of message.notices) tell({ type: 'notice', level: 'warning', text });
  };

  const helper = createHelper({
    options: { enrichment, node },
    onAnswer,
    onDeath(reason, isOver) {
      hashes.reset();
      for (const id of containers.reset()) onContainer(id, undefined);
      const next = isOver ? 'they are not asked for an hour' : 'it starts anew';
      const text = `the thread that asks container runtimes died (${reason}): ${next}`;
      tell({ type: 'notice', level: 'warning', text });
    },
  });
  const hashes = createHashBook(
    (question) => helper.ask({ type: 'hash', question }),
    options.mountNamespace,
  );
  if (enrichment.kubernetes) helper.start();

  return {
    sawContainer({ id, runtime }) {
      if (!containers.isNew(id)) return;
      if (!helper.ask({ type: 'container', question: { id, runtime } })) containers.forget(id);
    },
    isSettled: containers.isSettled,
    sawProgram(program) {
      if (enrichment.hashes) hashes.saw(program);
    },
    close() {
      clearTimeout(timer);
      helper.close();
    },
  };
}
