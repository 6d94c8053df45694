import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatExecId } from '../../../src/events/execId.ts';
import { decodeEvent } from '../../../src/events/json.ts';
import { createPackedBatch } from '../../../src/events/wire/packed.ts';
import { packTold } from '../../../src/events/wire/told.ts';
import { ROOT } from './samples.ts';

/** Lines of a real Tetragon. */
export const corpusLines = (name = 'tetragon-recorded.jsonl'): string[] =>
  readFileSync(join(ROOT, '..', 'shared', 'corpus', name), 'utf8')
    .split('\n')
    .filter((line) => line !== '');

/** As a replay sends them. */
export function packLines(lines: readonly string[]): {
  buffer: ArrayBuffer;
  bytes: number;
  count: number;
} {
  const batch = createPackedBatch();
  for (const line of lines) {
    const packed = packTold(decodeEvent(line), line, 0n);
    batch.append(packed, packed.payload, packed.process);
  }
  const taken = batch.take();
  if (!taken) throw new Error('nothing was packed');
  return taken;
}

type Told = {
  readonly pid?: number;
  readonly parent?: number;
  readonly binary?: string;
  readonly args?: string;
  readonly node?: string;
  /** ns since the epoch */
  readonly time: bigint;
};

/** Processes are told apart by their pids alone: exec id times are made of them. */
export const execIdOf = (pid: number, node = 'n1'): string =>
  formatExecId({ node, ktimeNs: BigInt(pid), pid });

/** An exec, as Tetragon tells of it. */
export function execLine({
  pid = 100,
  parent = 50,
  binary = '/bin/x',
  args = '',
  node = 'n1',
  time,
}: Told): string {
  const at = new Date(Number(time / 1_000_000n)).toISOString().slice(0, 19);
  return JSON.stringify({
    process_exec: {
      process: {
        ...{ exec_id: execIdOf(pid, node), pid, uid: 0, cwd: '/', binary, arguments: args },
        ...{ flags: 'execve clone', parent_exec_id: execIdOf(parent, node) },
      },
    },
    node_name: node,
    time: `${at}.${String(time % 1_000_000_000n).padStart(9, '0')}Z`,
  });
}
