/**
 * The kernel has no memory for our maps: a memory cgroup with a limit that the program itself stays well below, and a ring that is
 * larger than the limit. The kernel takes the ring's pages one by one until it is told no; another thread that wants one in that very
 * moment has it kill the program instead. Then it is tried again. Needs root.
 */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LAUNCHER } from '../driver/app.ts';
import { run } from '../driver/command.ts';
import { type MemoryGroup, openMemoryGroup } from '../driver/memoryGroup.ts';
import { startPty } from '../driver/pty.ts';
import { SANE_MODES } from '../driver/terminalModes.ts';

const MB = 1 << 20;
const LIMIT = 400 * MB;
const RING = ['--rb-size-total', '512M'];

let group: MemoryGroup;
beforeEach(() => {
  group = openMemoryGroup('maps');
  group.limit(LIMIT);
});
afterEach(() => group.remove());

/** The command line in the group. */
const inGroup = (...args: string[]): [string, string[]] => {
  const [first = '', ...rest] = [...group.wrap, ...args];
  return [first, rest];
};

const NO_MEMORY = /load object 'process': Cannot allocate memory/;
const WHICH = /\| libbpf: map 'records': failed to create: Cannot allocate memory/;
const REMEDY = 'the kernel has no memory left for this: raise the limit';

const MOST_ATTEMPTS = 20;
/** As a shell and the launcher say it. */
const KILLED = 137;

async function untilRefused<T>(
  attempt: () => Promise<T>,
  wasKilled: (result: T) => boolean,
): Promise<T> {
  for (let at = 0; at < MOST_ATTEMPTS; at++) {
    const result = await attempt();
    if (!wasKilled(result)) return result;
  }
  throw new Error(`killed ${MOST_ATTEMPTS} times`);
}

test('lines: which map could not be made, and what to do', async () => {
  const ended = await untilRefused(
    () => run(...inGroup(process.execPath, LAUNCHER, 'events', '--socket', 'none', ...RING)),
    ({ code }) => code === KILLED,
  );
  expect([ended.code, ended.stdout]).toEqual([1, '']);
  expect(ended.stderr).toMatch(NO_MEMORY);
  expect(ended.stderr).toMatch(WHICH);
  expect(ended.stderr).toContain(REMEDY);
  expect(ended.stderr).not.toMatch(/\n +at |please report/);
});

test('a screen: the terminal comes back, and it is said why', async () => {
  const line = `"$@"; echo "EXIT=$?"; stty -a`;
  const session = await untilRefused(
    async () => {
      const command = inGroup('/bin/sh', '-c', line, 'sh', process.execPath, LAUNCHER, ...RING);
      const terminal = startPty(...command, { columns: 200 });
      await terminal.exit;
      return terminal;
    },
    (terminal) => terminal.text().includes(`EXIT=${KILLED}`),
  );
  expect(session.text()).toMatch(NO_MEMORY);
  expect(session.text()).toContain(REMEDY);
  expect(session.text()).toContain('EXIT=1');
  expect(session.bufferType()).toBe('normal');
  expect(session.isCursorVisible()).toBe(true);
  for (const mode of SANE_MODES) expect(session.text()).toMatch(new RegExp(`(^|\\s)${mode}\\b`));
});
