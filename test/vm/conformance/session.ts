import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { projectRoot } from '../../../src/agent/client.ts';
import { askTrigon } from '../../../src/agent/control/client.ts';
import { until } from '../../driver/until.ts';
import { parseEvents } from './events.ts';

/** Where the recorder had its files: the events tell their paths. */
const RECORDER = '/opt/tetragon';
export const WORKLOAD = join(RECORDER, 'work-a.sh');

/** What the workload makes; in a VM it is not the host's that goes. */
const LEFTOVERS = ['/tmp/sl', '/tmp/sl2', '/tmp/m', '/etc/vmtest', '/root/.ssh-x'];

/** Loading takes most of a minute on an emulated CPU. */
const PATIENT = { limitMs: 180_000, everyMs: 250 };

/**
 * Runs the recorded commands under `trigon events` with these policies. Resolves to what it printed.
 *
 * @param folder an empty one
 * @param options of `trigon events`
 */
export async function record(
  folder: string,
  policies: readonly string[],
  options: readonly string[],
): Promise<string> {
  const parent = startParent();
  const socket = join(folder, 'trigon.sock');
  const trigon = spawn(
    process.execPath,
    [
      ...[join(projectRoot(), 'bin', 'trigon.mjs'), 'events', '-o', 'json'],
      ...['--socket', socket, '--policy-path', 'none', ...options],
      ...policies.flatMap((path) => ['--policy', path]),
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const closed = new Promise((resolve) => trigon.once('close', resolve));
  let lines = '';
  let said = '';
  trigon.stdout.setEncoding('utf8').on('data', (text: string) => {
    lines += text;
  });
  trigon.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const loaded = async () => (await askTrigon(socket, { command: 'status' })).policies.length;
  const areLoaded = () =>
    loaded().then(
      (count) => count === policies.length,
      () => false,
    );
  const isOver = () =>
    parseEvents(lines.slice(0, lines.lastIndexOf('\n') + 1)).some(
      ({ kind, process: { pid } }) => kind === 'process_exit' && pid === parent.pid,
    );
  try {
    assert(await until(areLoaded, PATIENT), `not all policies are loaded: ${said}`);
    await writeFile(parent.begin, '\n');
    assert(await until(isOver, PATIENT), `the workload does not end: ${parent.said()}`);
  } finally {
    trigon.kill('SIGINT');
    await closed;
  }
  return lines;
}

type Parent = {
  pid: number;
  /** The workload begins when something is written to it. */
  begin: string;
  /** What the workload wrote. */
  said(): string;
};

/** A child of the first process, as the recorder was. */
function startParent(): Parent {
  const folder = join(RECORDER, 'out-a');
  const output = join(folder, 'output');
  const begin = join(folder, 'begin');
  mkdirSync(folder, { recursive: true });
  for (const path of LEFTOVERS) rmSync(path, { recursive: true, force: true });
  for (const name of ['rec.sh', 'work-a.sh'])
    copyFileSync(join(projectRoot(), 'test/vm/conformance', name), join(RECORDER, name));
  execFileSync('mkfifo', [begin]);
  const command = [join(RECORDER, 'rec.sh'), folder, join(RECORDER, 'pa'), WORKLOAD];
  const text = execFileSync('bash', ['-c', `bash "$@" >${output} 2>&1 & echo $!`, '', ...command], {
    cwd: '/',
    encoding: 'utf8',
  });
  return { pid: Number(text), begin, said: () => readFileSync(output, 'utf8') };
}
