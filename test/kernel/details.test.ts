/** What goes out of the agent beside the screen: as Tetragon has it, and whole in recordings. Needs root. */
import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { zstdDecompressSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isRecordingLine } from '../../src/agent/recording/format.ts';
import { LAUNCHER } from '../driver/app.ts';
import { run } from '../driver/command.ts';
import { exportInto, startQuietAgent } from '../driver/quietAgent.ts';
import { until } from '../driver/until.ts';
import { openWorkshop, type Workshop } from './workshop.ts';

let shop: Workshop;
let shell: string;
let last: string;
beforeAll(() => {
  shop = openWorkshop();
  shell = shop.path('first');
  last = shop.path('last');
  copyFileSync('/bin/sh', shell);
  copyFileSync('/bin/true', last);
});
afterAll(() => shop.remove());

type Line = Record<
  string,
  { process?: Record<string, unknown>; parent?: Record<string, unknown> } | undefined
>;

/** What stands in a file, which may not be there yet. */
const textOf = (file: string): string => (existsSync(file) ? readFileSync(file, 'utf8') : '');

/** Events of the two programs. */
const ours = (text: string): Line[] =>
  text
    .split('\n')
    .slice(0, -1)
    .filter((line) => !isRecordingLine(line))
    .map((line): Line => JSON.parse(line))
    .filter(({ process_exec, process_exit }) => {
      const binary = (process_exec ?? process_exit)?.process?.binary;
      return binary === shell || binary === last;
    });

/** Whose child each event's process is; `isKnown`: by the exec id of one of these programs. */
function stepsOf(lines: readonly Line[]) {
  const ids = new Map(
    lines.flatMap(({ process_exec }) =>
      process_exec?.process
        ? [[process_exec.process.exec_id, process_exec.process.binary] as const]
        : [],
    ),
  );
  return lines.map((line) => {
    const [kind = '', event] =
      Object.entries(line).find(([key]) => key.startsWith('process_')) ?? [];
    const { process, parent } = event ?? {};
    const told = ids.get(process?.parent_exec_id);
    if (told !== undefined) expect(parent?.binary).toBe(told);
    return {
      ...{ kind, binary: process?.binary, parent: parent?.binary },
      isKnown: told !== undefined,
    };
  });
}

/** Runs a program that becomes another by a bare exec, until both are in all these files to the end. */
async function execTwice(...files: string[]): Promise<void> {
  await run(shell, ['-c', `exec ${last}`]);
  const isThere = (text: string) => ours(text).some(({ process_exit }) => process_exit);
  expect(await until(() => files.every((file) => isThere(textOf(file))))).toBe(true);
}

test('with or without screens: the export has the parents that Tetragon has', async () => {
  const files = [shop.path('screens.log'), shop.path('none.log')] as const;
  const withScreens = await startQuietAgent({
    attachSocket: shop.path('agent.sock'),
    exportFile: exportInto(files[0]),
  });
  const without = await startQuietAgent({ exportFile: exportInto(files[1]) });
  await execTwice(...files);
  await withScreens.stop();
  await without.stop();
  // A step down the tree, although it is one process.
  const steps = [
    { kind: 'process_exec', binary: shell, parent: expect.any(String), isKnown: false },
    { kind: 'process_exec', binary: last, parent: shell, isKnown: true },
    { kind: 'process_exit', binary: last, parent: shell, isKnown: true },
  ];
  for (const file of files) expect(stepsOf(ours(textOf(file)))).toEqual(steps);
});

test('a recording has all details of processes, whatever was asked for; replayed it still has', async () => {
  const file = shop.path('session.zst');
  const log = shop.path('beside.log');
  const agent = await startQuietAgent({ record: file, exportFile: exportInto(log) });
  await execTwice(log);
  await agent.stop();
  for (const event of ours(textOf(log)))
    expect((event.process_exec ?? event.process_exit)?.process).not.toHaveProperty(
      'process_credentials',
    );
  const whole = {
    process_credentials: { uid: 0, euid: 0 },
    ns: { mnt: { inum: expect.any(Number) } },
    user: { name: 'root' },
  };
  const replayed = await run(process.execPath, [LAUNCHER, 'replay', file, '-o', 'json']);
  expect(replayed).toMatchObject({ code: 0, stderr: '' });
  for (const text of [zstdDecompressSync(readFileSync(file)).toString(), replayed.stdout]) {
    const execs = ours(text).flatMap(({ process_exec }) => process_exec ?? []);
    expect(execs).toHaveLength(2);
    for (const { process } of execs) expect(process).toMatchObject(whole);
  }
});
