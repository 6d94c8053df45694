import { createFifo } from '../fifo.ts';
import type { TreeProcess } from '../messages.ts';
import type { ProcessEntry } from '../processTable.ts';
import { endingOf } from './ending.ts';
import type { PolicyHit } from './hit.ts';
import { binaryOf, isKernelThread, type Program, textsOf } from './program.ts';

/** Ended processes stay this long. */
export const RETAIN_MS = 30_000;
/** Of ended processes no more are kept; the first to have ended go first. */
export const MAX_ENDED = 2000;
/** /proc is asked for at most so many parents at a time (about 20 ms); the others wait for the next time. */
export const MAX_PARENT_READS = 1000;

/** What /proc is asked for. */
export type ReadStat = (pid: number) => { parent: number; comm: string } | undefined;

/** Ns: the boot clock as of now, and what makes the wall clock of it. */
export type Now = { boot: bigint; bootToWall: bigint };

/** Removals come before changes. */
export type Changes<Row> = { changed: Row[]; removed: string[] };

/**
 * All processes that run and those that ended lately. Each event costs a few map updates; texts are decoded for rows that are
 * asked for, and /proc is read only then too.
 *
 * A live process always hangs under its parent of now: when the parent ends, the kernel gives its children to another one and
 * no event tells to whom, so /proc is asked. Ended ones stay under their parent, ended or not, as long as that one is there.
 */
export type ProcessTree = {
  /** A process that ran before us. */
  found(entry: ProcessEntry): void;
  forked(entry: ProcessEntry): void;
  executed(entry: ProcessEntry): void;
  /** `time`: boot clock ns; `code`: wait(2)'s. */
  exited(pid: number, time: bigint, code: number): void;
  /** It is gone, and nothing told of its exit. */
  vanished(pid: number, time: bigint): void;
  hit(pid: number, hit: PolicyHit): void;
  /** What changed since the last `take` or `all`. */
  take(now: Now): Changes<TreeProcess>;
  /** Everything there is. */
  all(now: Now): TreeProcess[];
};

type Node = {
  readonly pid: number;
  readonly start: bigint;
  readonly tick: number;
  readonly isKernelThread: boolean;
  ktime: bigint;
  program: Program;
  parent: Node | undefined;
  /** As last heard of; the parent itself may not be known. 0: none. */
  parentPid: number;
  children: Set<Node> | undefined;
  endedAt: bigint | undefined;
  /** How it ended; undefined also when its exit was lost. */
  code: number | undefined;
  events: number;
  hits: number;
  kills: number;
  /** Somebody has its row. */
  told: boolean;
  /** Of a kernel thread, once it was asked for. */
  name: string | undefined;
};

export function createProcessTree(readStat: ReadStat): ProcessTree {
  const live = new Map<number, Node>();
  /** In the order in which they ended. */
  const ended = createFifo<Node>();
  const dirty = new Set<Node>();
  /** Live ones whose parent must be read from /proc. */
  const unsettled = new Set<Node>();
  /** Those whose parent is a process that we don't know (yet). */
  const parentless = new Set<Node>();
  let removed: string[] = [];

  const attach = (node: Node, parent: Node | undefined) => {
    if (parent || node.parentPid === 0) parentless.delete(node);
    else parentless.add(node);
    if (node.parent === parent) return;
    node.parent?.children?.delete(node);
    node.parent = parent;
    if (parent) {
      parent.children ??= new Set();
      parent.children.add(node);
    }
    dirty.add(node);
  };

  /** The live process with this number, if it can be the node's parent. */
  const parentFor = (node: Node, pid: number): Node | undefined => {
    const parent = live.get(pid);
    return parent && canAdopt(parent, node) ? parent : undefined;
  };

  /** Hangs a node under the parent that an event names. */
  const place = (node: Node, parentPid: number) => {
    node.parentPid = parentPid;
    const parent = parentFor(node, parentPid);
    if (!parent && parentPid !== 0) {
      // It has ended, and the node has another parent by now; or lost records keep it from us.
      unsettled.add(node);
      if (node.parent) return;
    }
    attach(node, parent);
  };

  /** Takes what a record says of a live process that is here already. */
  const renew = (entry: ProcessEntry): Node | undefined => {
    const node = live.get(entry.tgid);
    if (!node || !isStartOf(node, entry.start)) return undefined;
    node.ktime = entry.ktime;
    node.program = entry.program;
    dirty.add(node);
    if (node.parentPid !== entry.parentTgid) place(node, entry.parentTgid);
    return node;
  };

  const create = (entry: ProcessEntry): Node => {
    const before = live.get(entry.tgid);
    if (before) end(before, entry.ktime, undefined);
    const node: Node = {
      pid: entry.tgid,
      start: entry.start,
      tick: tickOf(entry.start),
      isKernelThread:
        entry.program.told?.kernelThread !== undefined || isKernelThread(entry.record),
      ktime: entry.ktime,
      program: entry.program,
      parent: undefined,
      parentPid: 0,
      children: undefined,
      endedAt: undefined,
      code: undefined,
      events: 0,
      hits: 0,
      kills: 0,
      told: false,
      name: undefined,
    };
    live.set(node.pid, node);
    dirty.add(node);
    place(node, entry.parentTgid);
    return node;
  };

  /** Makes the node of a process whose start we haven't seen: its children may be here already. */
  const discover = (entry: ProcessEntry): Node => {
    const node = create(entry);
    for (const child of parentless) {
      if (child.parentPid !== node.pid || !canAdopt(node, child)) continue;
      unsettled.delete(child);
      attach(child, node);
    }
    return node;
  };

  const end = (node: Node, time: bigint, code: number | undefined) => {
    live.delete(node.pid);
    unsettled.delete(node);
    node.endedAt = time;
    node.code = code;
    dirty.add(node);
    ended.push(node);
    if (node.children)
      for (const child of node.children) if (child.endedAt === undefined) unsettled.add(child);
    if (ended.size > MAX_ENDED) removeOldest();
  };

  const removeOldest = () => {
    const node = ended.shift();
    if (!node) return;
    dirty.delete(node);
    if (node.told) removed.push(keyOf(node));
    if (node.children) for (const child of node.children) attach(child, node.parent);
    node.parent?.children?.delete(node);
    parentless.delete(node);
  };

  const expire = (boot: bigint) => {
    const until = boot - BigInt(RETAIN_MS) * 1_000_000n;
    while (ended.first?.endedAt !== undefined && ended.first.endedAt <= until) removeOldest();
  };

  const settle = () => {
    for (const node of [...unsettled].slice(0, MAX_PARENT_READS)) {
      unsettled.delete(node);
      const stat = readStat(node.pid);
      // It is gone: its exit is on the way.
      if (!stat) continue;
      const parent = parentFor(node, stat.parent);
      // The exit event comes a moment before the kernel hands the children over.
      if (!parent && node.parent?.pid === stat.parent) unsettled.add(node);
      else {
        node.parentPid = stat.parent;
        attach(node, parent);
      }
    }
  };

  const row = (node: Node, bootToWall: bigint): TreeProcess => {
    const texts = textsOf(node.program);
    node.told = true;
    return {
      ktime: node.ktime,
      key: keyOf(node),
      parent: node.parent && keyOf(node.parent),
      pid: node.pid,
      uid: texts.uid,
      ...(texts.user === undefined ? {} : { user: texts.user }),
      binary: node.isKernelThread ? kernelThreadName(node) : binaryOf(node.program),
      arguments: texts.arguments,
      startedAt: milliseconds(node.start + bootToWall),
      endedAt: node.endedAt === undefined ? undefined : milliseconds(node.endedAt + bootToWall),
      ending: node.code === undefined ? undefined : endingOf(node.code),
      container: texts.container,
      isKernelThread: node.isKernelThread,
      events: node.events,
      hits: node.hits,
      kills: node.kills,
    };
  };

  /** As ps shows it. */
  const kernelThreadName = (node: Node): string => {
    node.name ??= node.program.told?.kernelThread ?? `[${readStat(node.pid)?.comm ?? ''}]`;
    return node.name;
  };

  const finish = ({ boot }: Now): string[] => {
    expire(boot);
    settle();
    const keys = removed;
    removed = [];
    return keys;
  };

  return {
    found: (entry) => void (renew(entry) ?? discover(entry)),
    forked: (entry) => void (renew(entry) ?? create(entry)),
    executed(entry) {
      const node = renew(entry) ?? discover(entry);
      node.events += 1;
    },
    exited(pid, time, code) {
      const node = live.get(pid);
      if (!node) return;
      if (!node.isKernelThread) node.events += 1;
      end(node, time, code);
    },
    vanished(pid, time) {
      const node = live.get(pid);
      if (node) end(node, time, undefined);
    },
    hit(pid, { killed }) {
      const node = live.get(pid);
      if (!node || node.isKernelThread) return;
      node.events += 1;
      node.hits += 1;
      if (killed) node.kills += 1;
      dirty.add(node);
    },
    take(now) {
      const keys = finish(now);
      const changed = Array.from(dirty, (node) => row(node, now.bootToWall));
      dirty.clear();
      return { changed, removed: keys };
    },
    all(now) {
      finish(now);
      dirty.clear();
      const rows: TreeProcess[] = [];
      for (const nodes of [live.values(), ended])
        for (const node of nodes) rows.push(row(node, now.bootToWall));
      return rows;
    },
  };
}

const keyOf = (node: Node): string => `${node.pid}:${node.start}`;

const milliseconds = (ns: bigint): number => Number(ns / 1_000_000n);

/** Ns in a USER_HZ tick: /proc tells the start of a process in these, and some processes are only told of by /proc. */
const TICK = 10_000_000n;

const tickOf = (start: bigint): number => Math.floor(Number(start) / Number(TICK));

/** Whether a process that started then, and has the node's number, is the node's. */
const isStartOf = (node: Node, start: bigint): boolean =>
  node.start === start || (node.start % TICK === 0n && node.tick === tickOf(start));

/**
 * A parent is older than its children, adopted ones included: the kernel gives orphans to an ancestor. When lost records leave a
 * former owner of a number behind, this tells, and keeps the tree free of circles. Within one tick only the tree itself can.
 */
function canAdopt(parent: Node, child: Node): boolean {
  if (parent.tick !== child.tick) return parent.tick < child.tick;
  let ancestor: Node | undefined = parent;
  while (ancestor && ancestor !== child && ancestor.tick === child.tick) ancestor = ancestor.parent;
  return ancestor !== child;
}
