import type { ContainerFact } from '../../events/facts.ts';
import type { ContainerRuntime } from '../../events/wire/container.ts';
import type { EnrichmentOptions } from '../messages.ts';

/**
 * What passes between the agent and the thread that asks others about what events name. It is a thread of its own because
 * answers may be large, slow or hostile: the agent's thread reads the kernel's ring meanwhile.
 */

export type ContainerQuestion = {
  /** 64 hexadecimal digits. */
  readonly id: string;
  readonly runtime: ContainerRuntime;
};

/** Which content of which file is to be hashed. */
export type HashQuestion = {
  /** The answer's: see executable.ts. */
  readonly key: string;
  /** Of a process that runs it, or did a moment ago. */
  readonly pid: number;
  /** Of the process, ns since boot. */
  readonly start: bigint;
  /** As the kernel told at exec; undefined: the process ran before us. */
  readonly file: FileIdentity | undefined;
  /** The path of it as its process sees it; '' where it isn't one in the agent's file system. */
  readonly path: string;
};

export type FileIdentity = {
  /** As the kernel has it: major << 20 | minor. */
  readonly device: number;
  readonly inode: bigint;
  readonly size: bigint;
  /** Of the last change, ns since the epoch. */
  readonly changed: bigint;
};

export type ToEnricher =
  | { readonly type: 'container'; readonly question: ContainerQuestion }
  | { readonly type: 'hash'; readonly question: HashQuestion };

/** At most ten a second. */
export type FromEnricher = {
  /** What was learnt about containers: of one there may be several, each saying more. */
  readonly containers: readonly ContainerFact[];
  /** Ids about which no more will come. */
  readonly settled: readonly string[];
  /** `sha256`: undefined when it could not be had. */
  readonly hashes: readonly { readonly key: string; readonly sha256: string | undefined }[];
  /** For the operator. */
  readonly notices: readonly string[];
};

/** Passed as `workerData`. */
export type EnricherOptions = {
  readonly enrichment: EnrichmentOptions;
  /** Name of this node in Kubernetes. */
  readonly node: string;
};
