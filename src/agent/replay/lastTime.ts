import { closeSync, fstatSync, readSync } from 'node:fs';
import { openRegularFile } from '../../regularFile.ts';
import { readEntry } from './entry.ts';

/** A last line that is longer isn't looked at. */
const TAIL_BYTES = 256 << 10;

/**
 * Time of the last event of a file that isn't compressed, ns since the epoch: so that it is known how long it is before it was
 * read. undefined: it isn't seen so easily.
 */
export function lastTime(path: string): bigint | undefined {
  try {
    const fd = openRegularFile(path);
    try {
      return timeIn(readTail(fd));
    } finally {
      closeSync(fd);
    }
  } catch {
    return undefined; // reading it will say so
  }
}

function readTail(fd: number): Buffer {
  const { size } = fstatSync(fd);
  const length = Math.min(size, TAIL_BYTES);
  const bytes = Buffer.alloc(length);
  return bytes.subarray(0, readSync(fd, bytes, 0, length, size - length));
}

function timeIn(tail: Buffer): bigint | undefined {
  let end = tail.length;
  while (end > 0) {
    const from = tail.lastIndexOf('\n', end - 1) + 1;
    const bytes = tail.subarray(from, end);
    const entry = readEntry({ bytes, number: 0, isTooLong: false, isUnended: false });
    if (entry.kind === 'event' && entry.event.time !== undefined) return entry.event.time;
    // Of a compressed file no part is a line.
    if (entry.kind === 'bad' && end < tail.length - MAX_ODD) return undefined;
    end = from - 1;
  }
  return undefined;
}

/** Bytes at the end that may be no events. */
const MAX_ODD = 4096;
