/** What is written to the terminal on a thin link, and when. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Workspace } from '../../../src/ui/workspace.ts';
import { policy } from './samples.ts';
import { openOnTestTerminal } from './testTerminal.ts';
import { treeProcess } from './treeSamples.ts';

const START = 1_700_000_000_000;
beforeEach(() => {
  vi.useFakeTimers({
    now: START,
    toFake: ['Date', 'performance', 'setTimeout', 'clearTimeout'],
  });
});
let workspace: Workspace | undefined;
afterEach(() => {
  workspace?.close();
  vi.useRealTimers();
});

function open(isThinLink: boolean, bytesPerSecond?: number) {
  const terminal = openOnTestTerminal(isThinLink, { fps: 2, bytesPerSecond });
  const made = terminal.workspace;
  workspace = made;
  const processes = [1, 2, 3].map((pid) => treeProcess(pid, { startedAt: START - pid * 3000 }));
  made.onAgent({ type: 'ready', hostNamespaces: undefined });
  made.onAgent({ type: 'tree', reset: true, changed: processes, removed: [] });
  /** Lets time pass, with the second's tick; what was written in it. */
  const pass = async (seconds: number): Promise<string> => {
    terminal.written();
    for (let tenth = 1; tenth <= seconds * 10; tenth++) {
      await vi.advanceTimersByTimeAsync(100);
      if (tenth % 10 === 0) made.onSecond();
    }
    return terminal.written();
  };
  const press = async (keys: string): Promise<string> => {
    terminal.written();
    terminal.type(keys);
    await Promise.resolve();
    return terminal.written();
  };
  const start = (pid: number) =>
    made.onAgent({
      type: 'tree',
      reset: false,
      changed: [treeProcess(pid, { binary: `/new/${pid}`, startedAt: START })],
      removed: [],
    });
  return { ...made, pass, press, start };
}

describe('while nothing happens', () => {
  test('ages go on every second where the link is wide', async () => {
    const { pass, press } = open(false);
    await press('2');
    await pass(3);
    expect(await pass(9)).not.toBe('');
  });

  test('on a thin one they go on every ten seconds, and nothing else is written', async () => {
    const { pass, press } = open(true);
    await press('2');
    // START is a whole ten seconds.
    expect(await pass(3)).toContain('PID');
    expect(await pass(6)).toBe('');
    expect(await pass(10)).not.toBe('');
  });

  test('while a policy is armed the time that is left goes on', async () => {
    const { pass, state } = open(true);
    await pass(1);
    state.policies = [policy({ mode: 'enforce', armedUntil: START + 60_000 })];
    await pass(1);
    expect(await pass(2)).toContain('ARMED 00:5');
  });
});

describe('events on a thin link', () => {
  test('wait for their frame; a key’s frame shows what the key has changed', async () => {
    const { pass, press, start } = open(true);
    await press('2');
    await pass(3);
    start(77);
    const answer = await press('\x1b[B');
    expect(answer).not.toBe('');
    expect(answer).not.toContain('/new/77');
    expect(await pass(1)).toContain('/new/77');
  });

  test('on a wide one a key shows all that has come', async () => {
    const { pass, press, start } = open(false);
    await press('2');
    await pass(3);
    start(77);
    expect(await press('\x1b[B')).toContain('/new/77');
  });

  test('keep to the budget, and are all there in the end', async () => {
    const { pass, press, start } = open(true, 500);
    await press('2');
    await pass(20);
    let bytes = 0;
    for (let pid = 100; pid < 160; pid++) {
      start(pid);
      bytes += Buffer.byteLength(await pass(0.5));
    }
    // 30 seconds, the second that was saved up, and the last frame.
    expect(bytes).toBeLessThan(31 * 500 + 2500);
    expect(bytes).toBeGreaterThan(15 * 500);
    await pass(10);
    expect(workspace?.state.tree.count().running).toBe(63);
  });
});
