/**
 * The kernel, as far as Trigon's native addon reaches: BPF objects, links, maps and ring buffers.
 *
 * This module is the only importer of `build/trigon.node` (sources in `native/`, a thin layer over
 * libbpf). Everything here is synchronous and belongs to the thread that opened it: handles cannot
 * be sent to another worker. Several workers may use the addon at once.
 *
 * Lifetime: close what you open. What is forgotten is closed when it is collected, and everything a
 * worker holds is closed when the worker ends, by whatever way. `close()` and `detach()` may be
 * called twice; every other call on something closed throws BPF_EBADF.
 *
 * Errors: see {@link BpfError}. Wrong arguments are a TypeError with code 'BPF_EINVAL'.
 */
import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { getSystemErrorName } from 'node:util';
import { functionOffset } from '../symbols/functionOffset.ts';

/**
 * What every failed kernel or libbpf operation throws. The message names the operation and the
 * program or map, then what the number means, then the end of libbpf's log.
 */
export type BpfError = Error & {
  /** 'BPF_' and the errno's name ('BPF_EPERM') or libbpf's own ('BPF_FORMAT': no ELF file). */
  readonly code: string;
  /** The number, positive: an errno, or ≥ 4000 for libbpf's own codes. */
  readonly errno: number;
  /** The last 40 lines libbpf printed, the verifier's reason among them; absent if it was silent. */
  readonly log?: string;
  /** The program concerned: asked for, or the one the kernel refused to load. */
  readonly program?: string;
};

/** Tells the addon's errors from all others. */
export function isBpfError(error: unknown): error is BpfError {
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    error.code.startsWith('BPF_')
  );
}

/** What the kernel knows of a loaded program (`struct bpf_prog_info`, linux/bpf.h). */
export type BpfProgramInfo = {
  id: number;
  /** Time spent in the program, in ns; counted only while `kernel.bpf_stats_enabled` is 1. */
  runTimeNs: bigint;
  /** Runs of the program; counted only while `kernel.bpf_stats_enabled` is 1. */
  runCount: bigint;
  /** Runs skipped because the program was already running on that CPU; always counted. */
  recursionMisses: bigint;
  /** BPF instructions after the verifier removed dead code. */
  instructions: number;
  /** Bytes of machine code; 0 where the JIT is off. */
  jitedBytes: number;
  /** Kernel memory of the program itself, in bytes (whole pages); its maps not included. */
  memlockBytes: number;
};

/** A place in an executable or library. */
export type UprobeTarget = {
  /** The file, as this process sees it: `/proc/PID/root/…` reaches a container's. */
  path: string;
  /**
   * A function's name, perhaps with a version (`memcpy@GLIBC_2.14`); `offset` then counts from its first byte. Without it
   * `offset` counts from the start of the file.
   */
  symbol?: string | undefined;
  offset: bigint;
  /** Offset in the file of a counter that the kernel keeps above 0 while the probe is on (SystemTap's semaphores); default 0, none. */
  refCtrOffset?: bigint | undefined;
  /** When the function returns, instead of at the place. Returns are those of a function: the place must be its first byte. */
  returns: boolean;
  cookie: bigint;
  /** Only in this process; default: in all, those to come included. */
  pid?: number | undefined;
};

/** A probe that the authors of a program put into it: a note in the ELF section .note.stapsdt. */
export type UsdtTarget = {
  path: string;
  provider: string;
  name: string;
  cookie: bigint;
  /** Only in this process; default: in all, those to come included. */
  pid?: number | undefined;
};

/** Places in one executable or library, of each its offset in the file and its cookie. */
export type UprobesTarget = {
  /** The file, as this process sees it: `/proc/PID/root/…` reaches a container's. */
  path: string;
  /** From the start of the file; a function's is that of `functionOffset` (src/agent/symbols). */
  offsets: readonly bigint[];
  /** As of {@link UprobeTarget}; 0: that place has none. Default: none has one. */
  refCtrOffsets?: readonly bigint[] | undefined;
  cookies: readonly bigint[];
  /** When the functions return, instead of at the places. */
  returns: boolean;
  /** Only in this process; default: in all, those to come included. */
  pid?: number | undefined;
};

/** Functions of the kernel, each at most once, and of each its cookie. */
export type KprobesTarget = {
  functions: readonly string[];
  cookies: readonly bigint[];
  returns: boolean;
};

/** Kinds of link for many places, and their numbers in `enum bpf_attach_type`. */
const MULTI = { 'kprobe.multi': 42, 'uprobe.multi': 48 } as const;

/** A function of the kernel. */
export type KprobeTarget = { function: string; returns: boolean; cookie: bigint };

/** A BPF object file: opened, configured, loaded once, attached program by program. */
export type BpfObject = {
  /**
   * Presets a variable of .rodata, .data or .bss; before `load`.
   * @param bytes at most the variable's size; the rest of it keeps its default.
   * @throws BPF_ENOENT no such variable, BPF_E2BIG too many bytes, BPF_EBUSY already loaded.
   */
  setGlobal(name: string, bytes: Uint8Array): void;
  /**
   * Sets the number of entries of a map, or the bytes of a ring buffer, which libbpf rounds up to a
   * power of two that pages divide; before `load`.
   */
  setMaxEntries(map: string, entries: number): void;
  /** Decides whether `load` takes this program along; before `load`. */
  setAutoload(program: string, load: boolean): void;
  /**
   * Says to which function of the kernel or a module a SEC "fentry", "fexit", "fmod_ret" or "lsm" program will be attached, by
   * `attach`; before `load`, because the verifier checks the program against the function's types. A program is loaded for one
   * function.
   * @param target the function (`security_file_open`); for LSM programs the hook (`file_open`), whose function in BTF is
   * `bpf_lsm_file_open`.
   * @throws BPF_ENOENT neither the kernel's BTF nor a module's has the function; BPF_EBUSY already loaded.
   */
  setAttachTarget(program: string, target: string): void;
  /**
   * Says that a SEC "kprobe", "kretprobe", "uprobe" or "uretprobe" program will be attached by `attachKprobeMulti` or
   * `attachUprobeMulti` instead of to single places; before `load`. A program is loaded for one or the other.
   */
  setAttachType(program: string, type: keyof typeof MULTI): void;
  /**
   * Makes this object use another object's map instead of one of its own; before `load`. The map
   * lives as long as either object. It keeps its name here and the size it has there.
   * @throws BPF_EINVAL type, key size or value size differ.
   */
  reuseMap(name: string, from: BpfMap): void;
  /**
   * Creates the maps and loads the programs; all or nothing. After a failure only `close` is left.
   * @throws `program` and `log` tell whom the verifier refused and why (mostly BPF_EACCES or
   * BPF_EINVAL); BPF_EPERM: no CAP_BPF; BPF_ESRCH: the kernel offers no BTF.
   */
  load(): void;
  /**
   * Attaches a program where its SEC name or `setAttachTarget` says; after `load`.
   * @throws BPF_EOPNOTSUPP neither says where; BPF_E2BIG so many trampoline programs as the kernel allows (38) are on the function.
   */
  attach(program: string): BpfLink;
  /**
   * Attaches a raw tracepoint program (SEC "raw_tp") to any tracepoint; after `load`. So do all methods of this name: whatever
   * the SEC name says of the place doesn't count, and one program can be attached to many places.
   * @param cookie what bpf_get_attach_cookie() gives there; default 0.
   * @throws BPF_ENOENT no such tracepoint; BPF_EINVAL a cookie, and the kernel is older than 6.10 (or the program is of another
   * type). Such kernels also refuse to load a raw tracepoint program that calls bpf_get_attach_cookie().
   */
  attachRawTracepoint(program: string, name: string, cookie?: bigint): BpfLink;
  /**
   * Attaches a SEC "tracepoint" program to a tracepoint as tracefs has it: `('sched', 'sched_process_exec')`.
   * @throws BPF_ENOENT no such tracepoint; BPF_EACCES the program reads beyond its fields; BPF_EOPNOTSUPP a cookie, and the
   * kernel is older than 5.15.
   */
  attachTracepoint(program: string, category: string, name: string, cookie?: bigint): BpfLink;
  /**
   * Attaches a SEC "uprobe" program. The file is found once: one that replaces it later at the same path isn't probed.
   * @throws BPF_ENOENT no such file or function; BPF_EINVAL the file has no usable symbols, the name is ambiguous, or the
   * offset lies outside; BPF_EOPNOTSUPP the kernel has no uprobes.
   */
  attachUprobe(program: string, target: UprobeTarget): BpfLink;
  /**
   * Attaches a SEC "usdt" program to all places of a probe in a file. An object holds at most 256 different places of probes.
   * @throws BPF_ENOENT no such file or probe in it.
   */
  attachUsdt(program: string, target: UsdtTarget): BpfLink;
  /** Attaches a program for cgroups (SEC "cgroup/…", "sockops") to a cgroup v2 folder: to all that are in it and below. */
  attachCgroup(program: string, folder: string): BpfLink;
  /**
   * Attaches a SEC "kprobe" program to a function of the kernel.
   * @throws BPF_EOPNOTSUPP the kernel has no kprobes; BPF_ENOENT no such function; BPF_EINVAL it may not be probed.
   */
  attachKprobe(program: string, target: KprobeTarget): BpfLink;
  /**
   * Attaches a program that was loaded for 'kprobe.multi' (SEC "kprobe.multi", or `setAttachType`) to functions of the kernel.
   * @throws BPF_ENOENT one of the functions isn't there, can't be traced or is named twice; BPF_EOPNOTSUPP the kernel has no
   * kprobe.multi; BPF_EINVAL no functions, or the program was loaded for something else.
   */
  attachKprobeMulti(program: string, target: KprobesTarget): BpfLink;
  /**
   * Attaches a program that was loaded for 'uprobe.multi' by `setAttachType`. The file is found once, as with `attachUprobe`.
   * @throws BPF_ENOENT no such file; BPF_EBADF it is none; BPF_EINVAL no places, an offset outside of the file, the kernel
   * is older than 6.6, or the program was loaded for something else; BPF_ESRCH no such process.
   */
  attachUprobeMulti(program: string, target: UprobesTarget): BpfLink;
  /**
   * Runs a loaded program on this thread without attaching it (BPF_PROG_TEST_RUN): for tests.
   * @param options `context`: what the program's argument points to (raw tracepoints: at most 12 numbers of 8 bytes);
   * `repeat`: how often, for the types that allow it.
   * @returns what the program returned, and the mean duration of a run where the type has it measured, else 0.
   * @throws BPF_ENOTSUPP this type of program can't be run so, BPF_EINVAL the context is too small or isn't allowed.
   */
  testRun(
    program: string,
    options?: { context?: Uint8Array; repeat?: number },
  ): { result: number; nanoseconds: number };
  /**
   * Runs an iterator program (SEC "iter/…") over all objects of its kind and returns what it wrote; after `load`.
   * @throws BPF_E2BIG more than 64 MiB were written.
   */
  readIterator(program: string): Uint8Array;
  /** A map by its name in C, or a section ('.bss'); after `load`. */
  map(name: string): BpfMap;
  /** All programs of the file, in file order, those that are not loaded included. */
  programs(): { name: string; section: string }[];
  /** Facts and counters of a loaded program. */
  programInfo(program: string): BpfProgramInfo;
  /** The descriptor of a loaded program, for a value of a PROG_ARRAY map. It stays the object's. */
  programFd(program: string): number;
  /** Detaches all links, unmaps all rings, unloads. Maps and rings got from here then throw. */
  close(): void;
};

/** An attached program. It stays attached until `detach`, or until its object closes. */
export type BpfLink = { detach(): void };

/** A copy: what is written to it doesn't reach the map. */
export type MapEntry = { key: Uint8Array; value: Uint8Array };

/** A map in the kernel. All sizes in bytes, as the kernel reports them. */
export type BpfMap = {
  readonly name: string;
  /** `enum bpf_map_type` of linux/bpf.h. */
  readonly type: number;
  readonly keySize: number;
  /** One value; for per-CPU maps one CPU's. */
  readonly valueSize: number;
  /** For a ring buffer: its bytes. */
  readonly maxEntries: number;
  /**
   * The value, or undefined when absent. Per-CPU maps: the values of all {@link possibleCpus},
   * concatenated, each rounded up to 8 bytes.
   */
  get(key: Uint8Array): Uint8Array | undefined;
  /**
   * Writes a value, of the length `get` returns.
   * @param flags BPF_ANY 0 (default), BPF_NOEXIST 1, BPF_EXIST 2.
   * @throws BPF_E2BIG the map is full, BPF_EEXIST, BPF_ENOENT by the flags.
   */
  set(key: Uint8Array, value: Uint8Array, flags?: number): void;
  /** False when the key was absent. Array maps throw BPF_EINVAL: their entries always exist. */
  delete(key: Uint8Array): boolean;
  /**
   * At most `maxEntries` keys. While others delete from the map the kernel may start its walk over:
   * keys may then be missing or come twice.
   */
  keys(): Uint8Array[];
  /**
   * Keys with their values, of which `get` says the form, in few system calls instead of two an entry. Those of an array come in
   * the order of their indices. Meanwhile others may write: an entry is then as before or as after, and one that comes or goes
   * is there or is missing. Where the kernel has no batches for the type of map, entries are read one by one.
   * @param atMost the first so many, in the kernel's order; never more than `maxEntries`, the default.
   * @throws BPF_E2BIG they take more than 64 MiB.
   */
  entries(atMost?: number): MapEntry[];
  /** Kernel memory that the map takes now, in bytes; before Linux 6.4 what it was expected to take when it was created. */
  memoryBytes(): number;
  /**
   * Maps a ring buffer for reading. A ring has one reader at a time.
   * @throws BPF_EINVAL the map is no ring buffer, BPF_EBUSY it is being read through this object.
   */
  openRing(): BpfRing;
};

/** The reading end of a ring buffer. */
export type BpfRing = {
  readonly bytes: number;
  /**
   * Copies the records that are committed now, in order: each with its 8-byte kernel header (u32
   * length of what follows, u32 page offset that means nothing here), each starting at a multiple
   * of 8. Discarded records are left out. Stops before a record that does not fit and before one
   * that is still being written. Never waits.
   * @returns bytes written to the front of `into`.
   * @throws BPF_ENOSPC the next record alone is larger than `into`; nothing is consumed then.
   */
  consume(into: ArrayBuffer): number;
  /**
   * Calls `act` once, from the event loop, as soon as the producers are ahead of the reader: at once if they are, and later when
   * one of them wakes us (no BPF_RB_NO_WAKEUP), or by chance before. Instead of what was to be called until now. The record may
   * still be written: `consume` then finds nothing.
   * @throws when the event loop can't watch the map: BPF_ENOMEM, BPF_ENOSPC.
   */
  whenFilled(act: () => void): void;
  /** Calls nothing any more. */
  stopWaiting(): void;
  close(): void;
};

/** A tiny program to try on the kernel. Numbers are those of include/uapi/linux/bpf.h. */
export type ProgramTrial = {
  /** `enum bpf_prog_type`. */
  type: number;
  /** `enum bpf_attach_type`; default 0. */
  attachType?: number;
  /** Kernel function or typedef the program is bound to: see {@link kernelTypeIds}; default 0, none. */
  btfId?: number;
  sleepable?: boolean;
  /** 1 to 64 instructions of 8 bytes each. */
  instructions: Uint8Array;
  /** `enum bpf_map_type` of a small map; its descriptor is put into every BPF_PSEUDO_MAP_FD load; default 0, no map. */
  mapType?: number;
  /** Also attach, and detach at once; default: only load. */
  attach?: AttachWay | undefined;
  /** The function, raw tracepoint, cgroup's folder or executable to attach to. */
  target?: string | undefined;
  /** Type and config of the `perf_event_attr` for tracepoint, kprobe and uprobe. */
  perfType?: number;
  perfConfig?: number;
  /** Offset in the executable, for uprobes. */
  offset?: number;
};

/** The ways of `native/probe_attach.c`. `tracing` is for whatever `btfId` binds: tp_btf, fentry, fexit, fmod_ret, LSM. */
export type AttachWay =
  | 'tracing'
  | 'rawTracepoint'
  | 'iterator'
  | 'cgroup'
  | 'kprobe'
  | 'kprobeMulti'
  | 'tracepoint'
  | 'uprobe'
  | 'uprobeMulti';

/** What the kernel said to a {@link ProgramTrial}. */
export type TrialResult =
  | { ok: true }
  | {
      ok: false;
      /** What was refused: creating the map, loading the program, or attaching it. */
      stage: 'map' | 'load' | 'attach';
      errno: number;
      /** The errno's name: 'EPERM'. */
      code: string;
      /** The verifier's log; '' when it said nothing. */
      log: string;
    };

declare const handle: unique symbol;
type Handle<Kind extends string> = { readonly [handle]: Kind };
type NativeObject = Handle<'object'>;
type NativeLink = Handle<'link'>;
type NativeMap = Handle<'map'>;
type NativeRing = Handle<'ring'>;
type NativeStatistics = Handle<'statistics'>;

/** The functions of `native/*.c`, as they are exported there. */
type Addon = {
  clock(): { boot: bigint; real: bigint };
  possibleCpus(): number;
  libbpfVersion(): string;
  objectOpen(bytes: Uint8Array, name: string, keepUserReads: boolean): NativeObject;
  objectSetGlobal(object: NativeObject, name: string, bytes: Uint8Array): void;
  objectSetMaxEntries(object: NativeObject, map: string, entries: number): void;
  objectSetAutoload(object: NativeObject, program: string, load: boolean): void;
  programSetTarget(object: NativeObject, program: string, target: string): void;
  programSetAttachType(object: NativeObject, program: string, type: number): void;
  objectReuseMap(object: NativeObject, name: string, from: NativeMap): void;
  objectLoad(object: NativeObject): void;
  programList(object: NativeObject): { name: string; section: string }[];
  programInfo(object: NativeObject, program: string): BpfProgramInfo;
  programFd(object: NativeObject, program: string): number;
  iteratorRead(object: NativeObject, program: string): Uint8Array;
  objectClose(object: NativeObject): void;
  linkAttach(object: NativeObject, program: string): NativeLink;
  linkAttachRawTracepoint(
    object: NativeObject,
    program: string,
    name: string,
    cookie: bigint,
  ): NativeLink;
  linkAttachTracepoint(
    object: NativeObject,
    program: string,
    category: string,
    name: string,
    cookie: bigint,
  ): NativeLink;
  linkAttachKprobe(
    object: NativeObject,
    program: string,
    name: string,
    returns: boolean,
    cookie: bigint,
  ): NativeLink;
  linkAttachCgroup(object: NativeObject, program: string, folder: string): NativeLink;
  /** `pid` 0: all processes; the same for the next. */
  linkAttachUprobe(
    object: NativeObject,
    program: string,
    path: string,
    offset: bigint,
    refCtrOffset: bigint,
    returns: boolean,
    cookie: bigint,
    pid: number,
  ): NativeLink;
  linkAttachKprobeMulti(
    object: NativeObject,
    program: string,
    functions: readonly string[],
    returns: boolean,
    cookies: BigUint64Array,
  ): NativeLink;
  linkAttachUprobeMulti(
    object: NativeObject,
    program: string,
    path: string,
    offsets: BigUint64Array,
    refCtrOffsets: BigUint64Array,
    returns: boolean,
    cookies: BigUint64Array,
    pid: number,
  ): NativeLink;
  linkAttachUsdt(
    object: NativeObject,
    program: string,
    path: string,
    provider: string,
    name: string,
    cookie: bigint,
    pid: number,
  ): NativeLink;
  linkDetach(link: NativeLink): void;
  programTestRun(
    object: NativeObject,
    program: string,
    context: Uint8Array,
    repeat: number,
  ): { result: number; nanoseconds: number };
  statisticsEnable(): NativeStatistics;
  statisticsDisable(statistics: NativeStatistics): void;
  mapOpen(object: NativeObject, name: string): NativeMap;
  mapDescribe(map: NativeMap): Pick<BpfMap, 'type' | 'keySize' | 'valueSize' | 'maxEntries'>;
  mapMemory(map: NativeMap): number;
  mapGet(map: NativeMap, key: Uint8Array): Uint8Array | undefined;
  mapSet(map: NativeMap, key: Uint8Array, value: Uint8Array, flags: number): void;
  mapDelete(map: NativeMap, key: Uint8Array): boolean;
  mapKeys(map: NativeMap): ArrayBuffer;
  mapEntries(map: NativeMap, atMost: number): { keys: ArrayBuffer; values: ArrayBuffer };
  ringOpen(map: NativeMap): NativeRing;
  ringBytes(ring: NativeRing): number;
  ringConsume(ring: NativeRing, into: ArrayBuffer): number;
  ringWait(ring: NativeRing, act: () => void): void;
  ringStopWaiting(ring: NativeRing): void;
  ringClose(ring: NativeRing): void;
  tryProgram(request: Required<ProgramTrial>): { errno: number; stage: string; log: string };
  kernelTypeIds(names: readonly string[]): number[];
  filesystemOpen(type: string): number;
  signalProcess(pid: number, startTicks: bigint, signal: number): void;
  socketProtocol(descriptor: number): string;
  peerProcess(descriptor: number): PeerProcess;
  withUserFiles<T>(uid: number, gid: number, action: () => T): T;
  lockFile(descriptor: number): Promise<number>;
};

/** The nearest directory above this module, bundled or not, that holds a package.json. */
function projectRoot(): string {
  const start = dirname(fileURLToPath(import.meta.url));
  for (let directory = start; ; directory = dirname(directory)) {
    if (existsSync(join(directory, 'package.json'))) return directory;
    if (dirname(directory) === directory) return start;
  }
}

let loaded: Addon | undefined;

/** Loads the binary at the first use, so that commands which need no kernel run without it. */
function addon(): Addon {
  if (loaded === undefined) {
    const path = resolve(process.env.TRIGON_ADDON ?? join(projectRoot(), 'build', 'trigon.node'));
    if (!existsSync(path)) {
      throw Object.assign(new Error(`the native addon ${path} is missing`), {
        ...{ code: 'ENOENT', path },
      });
    }
    // The linker maps what the head promises, and the process would die of what isn't there.
    if (isCutShort(path))
      throw Object.assign(new Error(`the native addon ${path} is cut short`), {
        code: 'ERR_DLOPEN_FAILED',
      });
    // Not import: Node loads addons by require only. The file's name must end in .node.
    loaded = createRequire(import.meta.url)(path) as Addon;
  }
  return loaded;
}

/** Where the table of sections begins and how many there are, in an ELF64 file's head (elf(5)); it stands at the end of the file. */
const ELF = { bytes: 64, sections: 0x28, entryBytes: 0x3a, entries: 0x3c } as const;

/** Whether an ELF file ends before its end. False also for what is none: the linker says so itself. */
function isCutShort(path: string): boolean {
  const file = openSync(path, 'r');
  try {
    const head = Buffer.alloc(ELF.bytes);
    if (readSync(file, head, 0, ELF.bytes, 0) < ELF.bytes || !head.includes('\x7fELF'))
      return false;
    const sections = head.readUInt16LE(ELF.entryBytes) * head.readUInt16LE(ELF.entries);
    return fstatSync(file).size < Number(head.readBigUInt64LE(ELF.sections)) + sections;
  } finally {
    closeSync(file);
  }
}

/** The native side of each map handed out, for `reuseMap`; a BpfMap itself shows none of it. */
const nativeMaps = new WeakMap<BpfMap, NativeMap>();

/**
 * The links of each object. A link that is collected detaches; so hold it for as long as anything of
 * its object is in use, and callers need not keep what `attach` returns.
 */
const heldLinks = new WeakMap<NativeObject, Set<NativeLink>>();

function wrapRing(native: Addon, ring: NativeRing): BpfRing {
  return {
    bytes: native.ringBytes(ring),
    consume: (into) => native.ringConsume(ring, into),
    whenFilled: (act) => native.ringWait(ring, act),
    stopWaiting: () => native.ringStopWaiting(ring),
    close: () => native.ringClose(ring),
  };
}

function wrapMap(native: Addon, owner: NativeObject, name: string): BpfMap {
  const map = native.mapOpen(owner, name);
  const { keySize, ...shape } = native.mapDescribe(map);
  const wrapped: BpfMap = {
    name,
    keySize,
    ...shape,
    get: (key) => native.mapGet(map, key),
    set: (key, value, flags = 0) => native.mapSet(map, key, value, flags),
    delete: (key) => native.mapDelete(map, key),
    keys: () => {
      const keys = native.mapKeys(map);
      return Array.from(
        { length: keys.byteLength / keySize },
        (_, index) => new Uint8Array(keys, index * keySize, keySize),
      );
    },
    entries: (atMost = shape.maxEntries) => {
      const { keys, values } = native.mapEntries(map, atMost);
      const count = keys.byteLength / keySize;
      const size = count === 0 ? 0 : values.byteLength / count;
      return Array.from({ length: count }, (_, index) => ({
        key: new Uint8Array(keys, index * keySize, keySize),
        value: new Uint8Array(values, index * size, size),
      }));
    },
    memoryBytes: () => native.mapMemory(map),
    openRing: () => wrapRing(native, native.ringOpen(map)),
  };
  nativeMaps.set(wrapped, map);
  return wrapped;
}

const wrongArgument = (message: string): TypeError =>
  Object.assign(new TypeError(message), { code: 'BPF_EINVAL', errno: constants.errno.EINVAL });

/** The array alone would take numbers that are too large for it, by leaving digits out. */
function numbers(list: readonly bigint[], what: string): BigUint64Array {
  const isOne = (number: unknown) =>
    typeof number === 'bigint' && BigInt.asUintN(64, number) === number;
  if (!Array.isArray(list) || !list.every(isOne))
    throw wrongArgument(`${what} must be an array of bigints from 0 to 2^64 - 1`);
  return BigUint64Array.from(list);
}

/**
 * The place in the file. Symbols are found here and not by libbpf: its version 1.1 knows no versions of symbols, and refuses a
 * name that a library has in two of them.
 */
function uprobeOffset(program: string, { path, symbol, offset }: UprobeTarget): bigint {
  if (symbol === undefined) return offset;
  try {
    return functionOffset(path, symbol) + offset;
  } catch (error) {
    const { message, errno } = error as NodeJS.ErrnoException;
    // Errors of the file system have a negative number; the others say that the file or the name is unusable.
    const number = errno === undefined ? constants.errno.EINVAL : -errno;
    throw Object.assign(
      new Error(`attach program '${program}' (function '${symbol}' of '${path}'): ${message}`),
      { code: `BPF_${getSystemErrorName(-number)}`, errno: number, program },
    );
  }
}

export type OpenOptions = {
  /**
   * For kernels that let programs read user memory and not kernel memory, which libbpf takes for kernels that have neither
   * helper: native/user_reads.h. Holds for all objects from now on, in the whole process.
   */
  keepUserReads?: boolean;
};

/**
 * Opens a compiled BPF object file; nothing reaches the kernel before `load`.
 * @param bytes the whole file; copied.
 * @param name for messages and the kernel's names of global-variable maps (its first 15 bytes).
 * @throws BPF_FORMAT, BPF_LIBELF, BPF_EINVAL: no usable BPF object file.
 */
export function openObject(
  bytes: Uint8Array,
  name: string,
  { keepUserReads = false }: OpenOptions = {},
): BpfObject {
  const native = addon();
  const object = native.objectOpen(bytes, name, keepUserReads);
  const links = new Set<NativeLink>();
  heldLinks.set(object, links);
  const hold = (link: NativeLink): BpfLink => {
    links.add(link);
    return {
      detach: () => {
        links.delete(link);
        native.linkDetach(link);
      },
    };
  };

  return {
    setGlobal: (variable, value) => native.objectSetGlobal(object, variable, value),
    setMaxEntries: (map, entries) => native.objectSetMaxEntries(object, map, entries),
    setAutoload: (program, load) => native.objectSetAutoload(object, program, load),
    setAttachTarget: (program, target) => native.programSetTarget(object, program, target),
    setAttachType: (program, type) => native.programSetAttachType(object, program, MULTI[type]),
    reuseMap: (map, from) => {
      const source = nativeMaps.get(from);
      if (source === undefined) {
        throw wrongArgument(`reuse map '${map}': not a map of this thread`);
      }
      native.objectReuseMap(object, map, source);
    },
    load: () => native.objectLoad(object),
    attach: (program) => hold(native.linkAttach(object, program)),
    attachRawTracepoint: (program, name, cookie = 0n) =>
      hold(native.linkAttachRawTracepoint(object, program, name, cookie)),
    attachTracepoint: (program, category, name, cookie = 0n) =>
      hold(native.linkAttachTracepoint(object, program, category, name, cookie)),
    attachUprobe: (program, target) => {
      const { path, refCtrOffset = 0n, returns, cookie, pid = 0 } = target;
      const offset = uprobeOffset(program, target);
      return hold(
        native.linkAttachUprobe(object, program, path, offset, refCtrOffset, returns, cookie, pid),
      );
    },
    attachUsdt: (program, { path, provider, name, cookie, pid = 0 }) =>
      hold(native.linkAttachUsdt(object, program, path, provider, name, cookie, pid)),
    attachCgroup: (program, folder) => hold(native.linkAttachCgroup(object, program, folder)),
    attachKprobe: (program, { function: name, returns, cookie }) =>
      hold(native.linkAttachKprobe(object, program, name, returns, cookie)),
    attachKprobeMulti: (program, { functions, returns, cookies }) =>
      hold(
        native.linkAttachKprobeMulti(
          ...[object, program, functions, returns, numbers(cookies, 'the cookies')],
        ),
      ),
    attachUprobeMulti: (program, target) => {
      const { path, offsets, refCtrOffsets = offsets.map(() => 0n), returns, cookies } = target;
      return hold(
        native.linkAttachUprobeMulti(
          ...[object, program, path, numbers(offsets, 'the offsets')],
          ...[numbers(refCtrOffsets, "the reference counters' offsets"), returns],
          ...[numbers(cookies, 'the cookies'), target.pid ?? 0],
        ),
      );
    },
    testRun: (program, { context = new Uint8Array(), repeat = 0 } = {}) =>
      native.programTestRun(object, program, context, repeat),
    map: (map) => wrapMap(native, object, map),
    readIterator: (program) => native.iteratorRead(object, program),
    programs: () => native.programList(object),
    programInfo: (program) => native.programInfo(object, program),
    programFd: (program) => native.programFd(object, program),
    close: () => {
      links.clear();
      native.objectClose(object);
    },
  };
}

/**
 * CLOCK_BOOTTIME, the clock of `bpf_ktime_get_boot_ns`, and CLOCK_REALTIME at one instant, in ns.
 * In a time namespace other than the host's the first differs from the kernel's.
 */
export function clock(): { boot: bigint; real: bigint } {
  return addon().clock();
}

/** CPUs the kernel may ever bring up: how many values an element of a per-CPU map has. */
export function possibleCpus(): number {
  return addon().possibleCpus();
}

/**
 * Makes the kernel measure how often and how long BPF programs run (`runTimeNs`, `runCount`), of all programs of the host, until
 * `close`. That costs each run two readings of the clock.
 * @throws BPF_EPERM no CAP_SYS_ADMIN; BPF_EINVAL before Linux 5.8.
 */
export function enableRunTimeStats(): { close(): void } {
  const native = addon();
  const statistics = native.statisticsEnable();
  return { close: () => native.statisticsDisable(statistics) };
}

/** Version of the libbpf in use, as 'v1.1'. */
export function libbpfVersion(): string {
  return addon().libbpfVersion();
}

/** The kernel's own "not supported", which no libc knows (include/linux/errno.h), and one that Node names otherwise than the kernel. */
const NAMES: ReadonlyMap<number, string> = new Map([
  [524, 'ENOTSUPP'],
  [95, 'EOPNOTSUPP'],
]);

/**
 * Loads a program from raw instructions, attaches it when asked, and undoes both before it returns. A refusal is a result;
 * only wrong arguments throw. Without CAP_BPF every answer is EPERM and says nothing about the kernel: check that first.
 */
export function tryProgram(trial: ProgramTrial): TrialResult {
  const { errno, stage, log } = addon().tryProgram({
    attachType: 0,
    btfId: 0,
    sleepable: false,
    mapType: 0,
    attach: undefined,
    target: undefined,
    perfType: 0,
    perfConfig: 0,
    offset: 0,
    ...trial,
  });
  if (errno === 0) return { ok: true };
  const code = NAMES.get(errno) ?? getSystemErrorName(-errno);
  return {
    ok: false,
    stage: stage === 'map' || stage === 'attach' ? stage : 'load',
    errno,
    code,
    log: log.trimEnd(),
  };
}

/**
 * For each name the id of the kernel's function, typedef or struct of that name in the kernel's BTF (looked for in this
 * order), or 0 when there is none. Needs no privileges.
 * @throws when the kernel offers no BTF.
 */
export function kernelTypeIds(names: readonly string[]): number[] {
  return addon().kernelTypeIds(names);
}

/**
 * Opens a kernel filesystem ('tracefs', 'securityfs') that need not be mounted, and mounts it for nobody.
 * @returns a descriptor of its root; the caller closes it, and with that it is gone.
 * @throws BPF_EPERM no CAP_SYS_ADMIN, BPF_ENODEV the kernel has no such filesystem, BPF_ENOSYS before Linux 5.2.
 */
export function openFilesystem(type: string): number {
  return addon().filesystemOpen(type);
}

/**
 * Sends a signal to the process with this number, if it is the one that started then: never to another one that got the number
 * since.
 * @param startTicks field 22 of /proc/PID/stat: since boot, in 1/100 s
 * @param signal its number, 1 to 64
 * @throws BPF_ESRCH it has ended; BPF_ESTALE the number is another process's now; BPF_EPERM not allowed.
 */
export function signalProcess(pid: number, startTicks: bigint, signal: number): void {
  addon().signalProcess(pid, startTicks, signal);
}

/**
 * The kernel's name for the protocol of a socket: `TCP`, `UDPv6`, `UNIX-STREAM`, `AF_VSOCK`.
 * @param descriptor of ours; one opened with O_PATH will do
 * @throws BPF_EOPNOTSUPP it is no socket; BPF_ENOENT there is no such descriptor
 */
export const socketProtocol = (descriptor: number): string => addon().socketProtocol(descriptor);

/** `pid` 0: it has none in our PID namespace. User and group are those that it had when it connected. */
export type PeerProcess = { readonly pid: number; readonly uid: number; readonly gid: number };

/**
 * The process that connected to a Unix socket of ours, or that we connected to (SO_PEERCRED).
 * @throws BPF_ENOTSOCK it is no socket; BPF_EBADF there is no such descriptor
 */
export const peerProcess = (descriptor: number): PeerProcess => addon().peerProcess(descriptor);

/**
 * Runs the action with the rights that a user has on files, by their other groups too, and no other of ours: for paths that
 * somebody else names or can change while we are root. Only what the action does before it returns, with the synchronous functions of node:fs.
 * @throws what the action throws; BPF_EPERM we are neither root nor this user.
 */
export function withUserFiles<T>(uid: number, gid: number, action: () => T): T {
  return addon().withUserFiles(uid, gid, action);
}

/**
 * Locks an open file for as long as it is open (flock(2), exclusive, without waiting for who has it); who opens it anew, also in this
 * process, does not get the lock meanwhile.
 * @returns 0, or the number of the error: EWOULDBLOCK somebody else has it; EOPNOTSUPP, ENOLCK and the like: there are no locks there
 */
export const lockFile = (descriptor: number): Promise<number> => addon().lockFile(descriptor);
