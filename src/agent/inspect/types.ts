import type { EnvironmentVariable, Process } from '../../events/types.ts';

/** Everything that is known of one process, for the operator who looks at it. Texts are as the kernel has them: hostile. */
export type ProcessDescription = {
  /**
   * The process first, then its parent and so on upwards, each as it was at its last fork or exec: a parent that has ended is
   * told, not the one that the kernel gave the process since. In full detail whatever the options say (the environment only if it
   * was read). Empty when the process is not known any more.
   */
  lineage: Process[];
  /** The same from the first ancestor down, with the programs that each ran one after the other. */
  steps: AncestryStep[];
  /** undefined: environments are not read. */
  environment: { own: Environment | undefined; parent: Environment | undefined } | undefined;
  /** Path of its cgroup now; '' when it has ended. */
  cgroup: string;
  /** Of the container that it was in at its exec; undefined: it was in none. */
  container: ContainerFacts | undefined;
};

/** A program in a process. */
export type AncestryStep = {
  pid: number;
  /** Exec id time: asks for this program's description. */
  ktime: bigint;
  /** Ran before Trigon; forked and called no exec since, so that it runs its creator's program; or called exec. */
  how: 'before' | 'fork' | 'exec';
  binary: string;
  /** Tetragon's `arguments`. */
  arguments: string;
  uid: number | undefined;
  /** The user's name, where an event told it. */
  user?: string | undefined;
  /** Of the fork or exec, ms since the epoch. */
  startedAt: number;
  /** Programs ran before this one in the process, and are not known any more. */
  isCut: boolean;
  /** How the process ended; undefined while it runs. */
  end: { at: number | undefined; ending: string | undefined } | undefined;
};

/** What a program was started with. */
export type Environment = {
  variables: readonly EnvironmentVariable[];
  /** There is more that could not be kept. */
  isCut: boolean;
};

/** What its runtime tells; '' where it doesn't. */
export type ContainerFacts = {
  /** 64 hexadecimal digits. */
  id: string;
  name: string;
  image: string;
  pod: string;
  namespace: string;
  /** Of the pod, where there is one. */
  labels?: Readonly<Record<string, string>>;
};

export type OpenFiles =
  /** It has ended, or is not the process any more that was asked about. */
  | { kind: 'gone' }
  | { kind: 'refused'; reason: string }
  | {
      kind: 'read';
      /** Ms since the epoch. */
      at: number;
      files: OpenFile[];
      /** Open ones that are left out; at least so many: there is a limit to the time that they are counted for. */
      more: number;
      /** The process runs another program by now. */
      isOtherProgram: boolean;
    };

export type OpenFile = {
  fd: number;
  type: 'file' | 'directory' | 'device' | 'pipe' | 'socket' | 'memory' | 'kernel object';
  access: 'read' | 'write' | 'read and write' | 'path only' | 'not known';
  /** As /proc has it: a path, `socket:[4711]`, `anon_inode:[eventpoll]`. */
  target: string;
  isDeleted: boolean;
  /** Bytes; undefined: not known. */
  offset: bigint | undefined;
  /** O_* in words: append, nonblocking, close-on-exec; of what watches other files (epoll, inotify …) none is told. */
  flags: readonly string[];
  /** undefined: none, or not found in its network namespace. */
  socket: SocketFacts | undefined;
};

export type SocketFacts = {
  /** tcp, tcp6, udp, udp6, unix stream, netlink … */
  protocol: string;
  /** `10.0.0.1:80`, `[::1]:53`, a path, `@abstract`; ''. */
  local: string;
  remote: string;
  /** `established`, `listen`; '' where there is none. */
  state: string;
};
