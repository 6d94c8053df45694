/**
 * The kernel has no memory for our maps: a memory cgroup with a limit, and nobody in it but the program. The maps count there with
 * what the program takes for itself, so that the same limit leaves more or less for them: limits are tried from below, and those that
 * the program itself does not live in are passed over. Needs root.
 */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LAUNCHER } from '../driver/app.ts';
import { type Ended, run } from '../driver/command.ts';
import { type MemoryGroup, openMemoryGroup } from '../driver/memoryGroup.ts';
import { startPty } from '../driver/pty.ts';
import { SANE_MODES } from '../driver/terminalModes.ts';

const MB = 1 << 20;
const STEP = 12 * MB;
const MOST = 220 * MB;
/** Killed by the kernel, which had nothing else to take memory from; and the same as a shell and the launcher say it. */
const KILLED = 137;

let group: MemoryGroup;
beforeEach(() => {
  group = openMemoryGroup('maps');
});
afterEach(() => group.remove());

/** The first that was not killed. */
async function withLittleMemory<T>(
  from: number,
  attempt: () => Promise<T>,
  wasKilled: (result: T) => boolean,
): Promise<T> {
  for (let limit = from; limit < MOST; limit += STEP) {
    group.limit(limit);
    const result = await attempt();
    if (!wasKilled(result)) return result;
  }
  throw new Error('killed whatever the limit');
}

/** The command line in the group. */
const inGroup = (...args: string[]): [string, string[]] => {
  const [first = '', ...rest] = [...group.wrap, ...args];
  return [first, rest];
};

const NO_MEMORY = /load object 'process': Cannot allocate memory/;
const WHICH = /\| libbpf: map '\w+': failed to create: Cannot allocate memory/;
const REMEDY = 'the kernel has no memory left for this: raise the limit';

test('lines: which map could not be made, and what to do', async () => {
  const events = () =>
    run(...inGroup(process.execPath, LAUNCHER, 'events', '--socket', 'none', '--duration', '1s'));
  const ended = await withLittleMemory<Ended>(80 * MB, events, ({ code }) => code === KILLED);
  expect([ended.code, ended.stdout]).toEqual([1, '']);
  expect(ended.stderr).toMatch(NO_MEMORY);
  expect(ended.stderr).toMatch(WHICH);
  expect(ended.stderr).toContain(REMEDY);
  expect(ended.stderr).not.toMatch(/\n +at |please report/);
});

test('a screen: the terminal comes back, and it is said why', async () => {
  const attempt = async () => {
    const line = `"$@"; echo "EXIT=$?"; stty -a`;
    const session = startPty(...inGroup('/bin/sh', '-c', line, 'sh', process.execPath, LAUNCHER), {
      columns: 200,
    });
    // One that lives is ended by the key.
    void session.waitFor('live', { timeoutMs: 60_000 }).then(
      () => session.press('q'),
      () => {},
    );
    await session.exit;
    return session;
  };
  const session = await withLittleMemory(92 * MB, attempt, (ended) =>
    ended.text().includes(`EXIT=${KILLED}`),
  );
  expect(session.text()).toMatch(NO_MEMORY);
  expect(session.text()).toContain(REMEDY);
  expect(session.text()).toContain('EXIT=1');
  expect(session.bufferType()).toBe('normal');
  expect(session.isCursorVisible()).toBe(true);
  for (const mode of SANE_MODES) expect(session.text()).toMatch(new RegExp(`(^|\\s)${mode}\\b`));
});
