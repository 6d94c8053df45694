import type { ContainerFact, Fact } from '../events/facts.ts';
import { executableKey } from '../events/wire/executable.ts';
import type { CountedFacts } from '../events/wire/recentProcesses.ts';
import { dropOldest } from './evict.ts';

/** The facts as the agent's messages tell them; the oldest of each kind go when there are too many. */
export type FactBook = CountedFacts & {
  learn(facts: readonly Fact[]): void;
  /** All that are known: for somebody who comes later. What is learnt while they are gone through may come too. */
  all(): Iterable<Fact>;
};

/** Of containers and of addresses. */
const MOST = 8192;
/** Of executables that have been hashed. */
const MOST_HASHES = 4096;
/** Characters of all containers' texts: their makers choose them. */
const MOST_TEXT = 32 << 20;
/** Of one fact: no container has as much (enrichment/json.ts), no name, no hash. What is longer is not learnt. */
const LONGEST_CONTAINER = 256 << 10;
const LONGEST_NAME = 2048;
const LONGEST_HASH = 256;

/** `text`: its length. */
type KnownContainer = { readonly container: ContainerFact; readonly text: number };

/** @param mostText characters of all containers together */
export function createFactBook(mostText = MOST_TEXT): FactBook {
  const containers = new Map<string, KnownContainer>();
  const names = new Map<string, string>();
  const hashes = new Map<string, string>();
  let text = 0;
  let generation = 0;

  /** The newest last, so that the first is the one to go. */
  const put = <Value>(map: Map<string, Value>, key: string, value: Value, most: number) => {
    map.delete(key);
    map.set(key, value);
    if (map.size > most) dropOldest(map, most >> 3);
  };

  const forget = (id: string) => {
    text -= containers.get(id)?.text ?? 0;
    containers.delete(id);
  };

  const putContainer = (container: ContainerFact) => {
    const { length } = JSON.stringify(container);
    if (length > LONGEST_CONTAINER) return;
    forget(container.id);
    containers.set(container.id, { container, text: length });
    text += length;
    if (containers.size <= MOST && text <= mostText) return;
    // Many at once: see dropOldest.
    const [fewer, less] = [MOST - (MOST >> 3), mostText - (mostText >> 3)];
    for (const oldest of containers.keys()) {
      if (containers.size <= fewer && text <= less) return;
      if (oldest !== container.id) forget(oldest);
    }
  };

  return {
    get generation() {
      return generation;
    },
    learn(facts) {
      for (const fact of facts) {
        if (fact.kind !== 'name') generation += 1;
        if (fact.kind === 'name') {
          if (fact.address.length + fact.name.length <= LONGEST_NAME)
            put(names, fact.address, fact.name, MOST);
        } else if (fact.kind === 'sha256') {
          if (fact.executable.length + fact.sha256.length <= LONGEST_HASH)
            put(hashes, fact.executable, fact.sha256, MOST_HASHES);
        } else {
          const { kind: _, ...container } = fact;
          putContainer(container);
        }
      }
    },
    *all() {
      for (const { container } of containers.values())
        yield { kind: 'container' as const, ...container };
      for (const [address, name] of names) yield { kind: 'name' as const, address, name };
      for (const [executable, sha256] of hashes)
        yield { kind: 'sha256' as const, executable, sha256 };
    },
    container: (id) => containers.get(id)?.container,
    hostName: (address) => names.get(address),
    sha256: (record) => (hashes.size > 0 ? hashes.get(executableKey(record)) : undefined),
  };
}
