/** That the agent is live is on the screen at once, not with the next frame of events. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Workspace } from '../../../src/ui/workspace.ts';
import { openOnTestTerminal } from './testTerminal.ts';
import { treeProcess } from './treeSamples.ts';

let workspace: Workspace | undefined;
beforeEach(() => {
  // Nothing that waits for its time comes.
  vi.useFakeTimers({ toFake: ['Date', 'performance', 'setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  workspace?.close();
  vi.useRealTimers();
});

function open(isThinLink: boolean) {
  const terminal = openOnTestTerminal(isThinLink, { fps: 2, bytesPerSecond: undefined });
  workspace = terminal.workspace;
  return terminal;
}

test.each([false, true])('no frame is waited for (thin link: %s)', async (isThinLink) => {
  const { workspace: made, written } = open(isThinLink);
  expect(written()).not.toContain('live');
  made.onAgent({ type: 'ready', hostNamespaces: undefined });
  await Promise.resolve();
  expect(written()).toContain('live');
});

test('what came with it is in the same frame', async () => {
  const { workspace: made, written, type } = open(false);
  type('2');
  await Promise.resolve();
  written();
  const tree = [treeProcess(4711, { binary: '/bin/first', startedAt: Date.now() })];
  made.onAgent({ type: 'ready', hostNamespaces: undefined });
  made.onAgent({ type: 'tree', reset: true, changed: tree, removed: [] });
  await Promise.resolve();
  const frame = written();
  expect(frame).toContain('live');
  expect(frame).toContain('4711');
});

test('a screen that was closed before draws nothing more', async () => {
  const { workspace: made, written } = open(false);
  made.onAgent({ type: 'ready', hostNamespaces: undefined });
  made.close();
  written();
  await Promise.resolve();
  expect(written()).toBe('');
});
