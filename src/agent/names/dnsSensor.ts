import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { tg_dns_answer as ANSWER, tg_dns_counts as COUNTS } from '../../generated/layouts.ts';
import { openObject } from '../bpf/addon.ts';
import { u32 } from '../bytes.ts';
import { findMount, readMounts } from '../host/mounts.ts';
import type { Wakeful } from '../rhythm.ts';

/** The program that sees the DNS answers which sockets of this host receive over UDP (bpf/dns.bpf.c). */
export type DnsSensor = Wakeful & {
  /** Calls `visit` with each message that is pending, some fifty at most, valid only during the call. */
  drain(visit: (message: Uint8Array) => void): void;
  /** Answers that can't be had from `drain`. */
  readUnseen(): UnseenAnswers;
  close(): void;
};

export type UnseenAnswers = {
  /** Beyond the rate that the kernel side lets through. */
  readonly tooMany: number;
  readonly tooLong: number;
  /** The ring was full. */
  readonly noRoom: number;
};

/** The kernel's header in front of each record in the ring. */
const RING_HEADER = 8;
const DRAIN_BYTES = 64 << 10;
const PROGRAM = 'see_dns_answer';

/** Where the tree of all cgroups is. undefined: cgroup v2 isn't mounted. */
export const cgroupTree = (): string | undefined => findMount(readMounts(), 'cgroup2')?.folder;

/**
 * @param cgroup a folder of cgroup v2: sockets of all processes in it and below are watched
 * @throws BpfError when the kernel refuses it.
 */
export function startDnsSensor(objectsDir: string, cgroup: string): DnsSensor {
  const object = openObject(readFileSync(join(objectsDir, 'dns.bpf.o')), 'dns');
  try {
    object.load();
    const ring = object.map('dns_answers').openRing();
    const counts = object.map('dns_counts');
    object.attachCgroup(PROGRAM, cgroup);
    const buffer = new ArrayBuffer(DRAIN_BYTES);
    const view = new DataView(buffer);
    return {
      drain(visit) {
        const filled = ring.consume(buffer);
        for (let at = 0; at < filled; ) {
          const size = view.getUint32(at, true);
          const record = at + RING_HEADER;
          const length = view.getUint32(record + ANSWER.at.length, true);
          visit(new Uint8Array(buffer, record + ANSWER.at.bytes, Math.min(length, MOST_BYTES)));
          at = record + ((size + 7) & ~7);
        }
      },
      whenFilled: ring.whenFilled,
      stopWaiting: ring.stopWaiting,
      readUnseen() {
        const bytes = counts.get(u32(0)) ?? new Uint8Array(COUNTS.size);
        const values = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
        const count = (at: number) => Number(values.getBigUint64(at, true));
        return {
          tooMany: count(COUNTS.at.too_many),
          tooLong: count(COUNTS.at.too_long),
          noRoom: count(COUNTS.at.no_room),
        };
      },
      close() {
        ring.close();
        object.close();
      },
    };
  } catch (error) {
    object.close();
    throw error;
  }
}

const MOST_BYTES = ANSWER.size - ANSWER.at.bytes;
