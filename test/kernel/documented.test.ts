/** Commands of the pages, run as they stand, block by block, in an empty folder. Needs root and a built dist/. */
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseCommandLine } from '../../src/cli/commandLine.ts';
import { run } from '../driver/command.ts';
import { type Block, type Documented, documentedBlocks, ROOT } from '../driver/documented.ts';

const LAUNCHER = join(ROOT, 'bin', 'trigon.mjs');

let folder: string;
let programs: string;
/** What pages call their recordings and logs. */
const RECORDINGS = ['session.trigon.zst'];
const LOGS = ['monday.log.gz', 'tuesday.log'];

const shell = (script: string, cwd: string) =>
  run('/bin/sh', ['-ec', script], {
    cwd,
    env: {
      ...process.env,
      PATH: `${programs}:${process.env.PATH ?? ''}`,
      // Policies of the host are no part of it.
      TRIGON_POLICY_PATH: 'none',
      TRIGON_AGENT_SOCKET: 'none',
      TRIGON_SOCKET: 'none',
    },
  });

/** In the place of the installed program, and of what asks for a password. */
const STUBS = {
  trigon: `exec '${process.execPath}' '${LAUNCHER}' "$@"`,
  npm: `[ "$1" = start ] || exit 99\nshift\n[ "$1" != -- ] || shift\nexec trigon "$@"`,
  sudo: 'exec "$@"',
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'trigon-pages-'));
  programs = join(folder, 'bin');
  mkdirSync(programs);
  for (const [name, lines] of Object.entries(STUBS)) {
    writeFileSync(join(programs, name), `#!/bin/sh\n${lines}\n`);
    chmodSync(join(programs, name), 0o755);
  }
  const script = `trigon events --record session.trigon.zst -o json --count 5 > tuesday.log & pid=$!
    while kill -0 $pid 2> /dev/null; do /bin/true; done
    wait $pid
    gzip < tuesday.log > monday.log.gz`;
  const { code, stderr } = await shell(script, folder);
  expect(code, stderr).toBe(0);
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Commands that are only read (test/unit/documented.test.ts), each with the reason. */
function whyNotRun({
  program,
  words,
  shell: { words: all, isPiped },
}: Documented): string | undefined {
  if (program !== 'trigon') return 'CI itself runs these, or they take minutes';
  if (isPiped && words.includes('-')) return 'another program writes what it reads';
  if (all.some((word) => /^\/(?:var|root|tmp|etc\/kubernetes)\//.test(word)))
    return 'a file of the host';
  const command = parseCommandLine([...words]);
  switch (command.name) {
    case 'attach':
      return 'hosts of other people: test/kernel/attach.test.ts';
    case 'agent':
      return 'a service with sockets below /run: test/kernel/agent.test.ts';
    case 'stats':
      return 'needs a running Trigon: test/kernel/metrics.test.ts';
    case 'policy': {
      const { options } = command;
      if (options.command === 'test' && options.all) return 'test/kernel/library.test.ts does it';
      const isRunning = ['list', 'show', 'mode', 'rm', 'add'].includes(options.command);
      return isRunning ? 'needs a running Trigon: test/kernel/control.test.ts' : undefined;
    }
    case 'lab':
      return command.options.command === 'list'
        ? undefined
        : 'a screen, or a lab of the reader’s own: test/kernel/labs.test.ts, test/unit/labs';
    case 'events': {
      // Without a terminal it stands for the screen, too.
      const isScreen = words[0] !== 'events';
      const isRecorded = command.options.services.record !== undefined;
      return isScreen && !isRecorded ? 'a screen: test/robots' : undefined;
    }
    default:
      return undefined;
  }
}

/** A command that goes on until it is told to end gets an end. */
function finite({ words, shell: { text } }: Documented): string {
  const command = parseCommandLine([...words]);
  const isEndless =
    command.name === 'events' &&
    command.options.durationMs === undefined &&
    command.options.count === undefined;
  return isEndless ? `${text} --duration 1s` : text;
}

const runnable = ({ commands }: Block) =>
  commands.filter((command) => whyNotRun(command) === undefined);
const blocks = documentedBlocks().filter((block) => runnable(block).length > 0);

test('most pages have commands that can be run', () => {
  const commands = documentedBlocks().flatMap((block) => block.commands);
  const own = commands.filter(({ program }) => program === 'trigon');
  const run = own.filter((command) => whyNotRun(command) === undefined);
  expect(run.length).toBeGreaterThan(20);
  expect(run.length / own.length).toBeGreaterThan(0.4);
});

/** Side by side: most of the time they wait for the kernel, or for the end that they were given. */
const each = test.concurrent.each(blocks.map((block) => [block.place, block] as const));
each('%s', async (place, block) => {
  const here = mkdtempSync(join(folder, 'block-'));
  for (const name of [...RECORDINGS, ...LOGS]) copyFileSync(join(folder, name), join(here, name));
  for (const command of runnable(block)) {
    const script = finite(command);
    const { code, stderr, stdout } = await shell(script, here);
    expect(code, `${place}: ${script}\n${stderr}${stdout.slice(-2000)}`).toBe(0);
    expect(stderr, script).not.toMatch(/unknown option|did you mean|one word too many/);
  }
});
