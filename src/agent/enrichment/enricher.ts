import type { ContainerFact } from '../../events/facts.ts';
import { createContainerAsker } from './containerAsker.ts';
import { createHasher } from './hasher.ts';
import { createKubernetes } from './kubernetes.ts';
import type { EnricherOptions, FromEnricher, ToEnricher } from './messages.ts';
import { createSources } from './sources.ts';

/** Asks others about what events name, and tells what it learns. */
export type Enricher = {
  handle(message: ToEnricher): void;
  close(): void;
};

/** Answers leave at most this often. */
const TELL_MS = 100;

export function createEnricher(
  options: EnricherOptions,
  tell: (message: FromEnricher) => void,
): Enricher {
  const { kubernetes: where } = options.enrichment;
  const kubernetes = where && createKubernetes(where, options.node);
  let containers = new Map<string, ContainerFact>();
  let settled: string[] = [];
  let hashes: { key: string; sha256: string | undefined }[] = [];
  let notices: string[] = [];
  let timer: NodeJS.Timeout | undefined;
  let toldAt = Number.NEGATIVE_INFINITY;

  const tellNow = () => {
    timer = undefined;
    toldAt = performance.now();
    tell({ containers: [...containers.values()], settled, hashes, notices });
    containers = new Map();
    settled = [];
    hashes = [];
    notices = [];
  };
  /** The first at once, more in batches. */
  const tellSoon = () => {
    timer ??= setTimeout(tellNow, Math.max(0, toldAt + TELL_MS - performance.now()));
  };
  const notice = (text: string) => {
    notices.push(text);
    tellSoon();
  };

  const asker = createContainerAsker({
    sources: createSources(options, kubernetes),
    onFact(fact) {
      containers.set(fact.id, fact);
      tellSoon();
    },
    onSettled(id) {
      settled.push(id);
      tellSoon();
    },
    onFailure: (reason) => notice(`names of containers: ${reason}`),
  });
  const hasher = createHasher({
    onHash(key, sha256) {
      hashes.push({ key, sha256 });
      tellSoon();
    },
    onProblem: notice,
  });
  // Whoever gave a kubeconfig wants to know now whether it is right, not when a container comes.
  kubernetes
    ?.check()
    .catch((error: Error) => notice(`Kubernetes (${nameOf(where)}): ${error.message}`));

  return {
    handle(message) {
      if (message.type === 'container') {
        const { question } = message;
        if (asker.ask(question)) return;
        settled.push(question.id);
      } else {
        const { question } = message;
        if (hasher.ask(question)) return;
        hashes.push({ key: question.key, sha256: undefined });
      }
      tellSoon();
    },
    close() {
      asker.close();
      hasher.close();
      clearTimeout(timer);
    },
  };
}

const nameOf = (where: EnricherOptions['enrichment']['kubernetes']): string =>
  where?.kind === 'kubelet' ? where.url : (where?.file ?? '');
