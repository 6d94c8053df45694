/** Somebody sets the clock, back or forth, while the screen is up. The host's own is set in test/vm/cases/clock.ts. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Workspace } from '../../../src/ui/workspace.ts';
import { openOnTestTerminal } from './testTerminal.ts';
import { treeProcess } from './treeSamples.ts';

const START = 1_700_000_000_000;
const HOUR_MS = 3_600_000;

let workspace: Workspace | undefined;
beforeEach(() => {
  vi.useFakeTimers({
    now: START,
    toFake: ['Date', 'performance', 'setTimeout', 'clearTimeout'],
  });
});
afterEach(() => {
  workspace?.close();
  vi.useRealTimers();
});

function open() {
  const { workspace: made, written } = openOnTestTerminal(false, {
    fps: 10,
    bytesPerSecond: undefined,
  });
  workspace = made;
  made.onAgent({ type: 'ready', hostNamespaces: undefined });
  const pass = async (seconds: number) => {
    for (let second = 0; second < seconds; second++) {
      await vi.advanceTimersByTimeAsync(1000);
      made.onSecond();
    }
  };
  return { made, pass, written };
}

test.each([
  ['back', -3 * HOUR_MS],
  ['forth', 3 * HOUR_MS],
])(
  '%s: what stands in the footer for seconds stands there for so long, no longer and no shorter',
  async (_, by) => {
    const { made, pass } = open();
    made.onAgent({ type: 'notice', level: 'info', text: 'something was done' });
    await pass(1);
    vi.setSystemTime(Date.now() + by);
    await pass(2);
    expect(made.state.notice?.text).toBe('something was done');
    await pass(6);
    expect(made.state.notice).toBeUndefined();
  },
);

test('back: it is drawn on, and nobody is younger than nothing', async () => {
  const { made, pass, written } = open();
  made.onAgent({ type: 'notice', level: 'info', text: 'a' });
  made.painter.paint();
  const tree = [treeProcess(4711, { startedAt: START - 60_000 })];
  made.onAgent({ type: 'tree', reset: true, changed: tree, removed: [] });
  await pass(1);
  vi.setSystemTime(START - 3 * HOUR_MS);
  await pass(1);
  written();
  made.onAgent({ type: 'notice', level: 'info', text: 'drawn on' });
  await pass(1);
  const text = written();
  expect(text).toContain('drawn on');
  expect(text).not.toMatch(/-\d+[smhd]/);
});
