import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTtyWriter, type TtyWriter } from '../../../src/ui/terminal/ttyWriter.ts';

// A named pipe stands in for a terminal whose other end reads when we say so.
let directory = '';
let reader = -1;
let fd = -1;
let writer: TtyWriter;
let retries: (() => void)[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'trigon-writer-'));
  const path = join(directory, 'pipe');
  execFileSync('mkfifo', [path]);
  reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  fd = openSync(path, constants.O_WRONLY);
  retries = [];
  writer = createTtyWriter({
    fd,
    setTimer: (run) => {
      retries.push(run);
      return () => {
        retries = retries.filter((other) => other !== run);
      };
    },
  });
});

afterEach(() => {
  writer.close();
  if (reader >= 0) closeSync(reader);
  closeSync(fd);
  rmSync(directory, { recursive: true });
});

/** All that waits at the other end. */
const drain = (): string => {
  const chunk = Buffer.alloc(1 << 20);
  let text = '';
  for (;;) {
    try {
      const count = readSync(reader, chunk);
      if (count === 0) return text;
      text += chunk.toString('utf8', 0, count);
    } catch {
      return text;
    }
  }
};

const retry = (): void => {
  for (const run of retries.splice(0)) run();
};

test('writes through while the terminal keeps up', () => {
  expect(writer.write('hello')).toBe(true);
  expect(writer.canWrite()).toBe(true);
  expect(drain()).toBe('hello');
});

test('keeps the rest of what a slow terminal does not take, in order, and says when it is gone', () => {
  const big = 'x'.repeat(200_000);
  let drains = 0;
  const stop = writer.onDrain(() => drains++);
  expect(writer.write(big)).toBe(false);
  expect(writer.canWrite()).toBe(false);
  expect(writer.write('!')).toBe(false);
  retry();
  expect(drains).toBe(0);
  let got = '';
  while (!writer.canWrite()) {
    got += drain();
    retry();
  }
  got += drain();
  expect(got === `${big}!`).toBe(true);
  expect(drains).toBe(1);
  stop();
});

test('writeNow drops what waits and gives up on a terminal that never reads', () => {
  writer.write('x'.repeat(200_000));
  writer.writeNow('bye', 20);
  expect(writer.canWrite()).toBe(true);
  expect(drain()).not.toContain('bye');
  writer.writeNow('bye');
  expect(drain()).toBe('bye');
});

test('a terminal that is gone is no error', () => {
  closeSync(reader);
  reader = -1;
  expect(writer.write('x')).toBe(true);
  writer.writeNow('x');
});
