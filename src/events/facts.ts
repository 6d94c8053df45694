import type { Pod } from './types.ts';

/** What the runtime or Kubernetes says of a container. Texts are its maker's: hostile. */
export type ContainerFact = {
  /** All 64 digits. */
  readonly id: string;
  /** '' where nobody told. */
  readonly name: string;
  readonly image: string;
  readonly imageId: string;
  /** Ms since the epoch; undefined where nobody told. */
  readonly startedAt?: number | undefined;
  readonly labels: Readonly<Record<string, string>>;
  /** Of Kubernetes' containers, without `container`, which the rest says. */
  readonly pod?: Omit<Pod, 'container'> | undefined;
};

/** Something that was learnt, and that events are read with from then on. */
export type Fact =
  | ({ readonly kind: 'container' } & ContainerFact)
  /** An answer of DNS that this host received: the name that was asked for, without the last dot. */
  | { readonly kind: 'name'; readonly address: string; readonly name: string }
  /** Of an executable's content, by its `executableKey`; 64 hexadecimal digits. */
  | { readonly kind: 'sha256'; readonly executable: string; readonly sha256: string };

/** What is known, from elsewhere than the kernel, about things that events name. Any of it may be unknown. */
export type Facts = {
  /** @param id all 64 digits */
  container(id: string): ContainerFact | undefined;
  /** @param address as events show it */
  hostName(address: string): string | undefined;
  /** @param record exec record of a process that runs the executable */
  sha256(record: Uint8Array): string | undefined;
};
