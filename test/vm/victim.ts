import assert from 'node:assert/strict';
import { type Ended, run } from '../driver/command.ts';

/** What the deed's system call returned, unless a signal ended the program before. */
export type Done = Ended & { result: number | undefined; errno: number | undefined };

export async function doDeed(program: string, ...words: readonly string[]): Promise<Done> {
  const ended = await run(program, words);
  assert.equal(ended.stderr, '');
  const [, result, errno] = /^(-?\d+) (\d+)$/m.exec(ended.stdout) ?? [];
  return {
    ...ended,
    result: result === undefined ? undefined : Number(result),
    errno: errno === undefined ? undefined : Number(errno),
  };
}
