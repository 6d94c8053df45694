/** The tree of real processes, by keys. Needs root and a built dist/. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type AppSession, startApp } from '../../driver/app.ts';
import { LIMIT_MS, until } from '../../driver/until.ts';
import { createTarget, type Target } from './target.ts';

let target: Target;
let app: AppSession;
let children: ChildProcess[] = [];

beforeAll(async () => {
  target = createTarget();
  // High enough for all processes of a busy machine: the tests look at rows, and don't scroll for them.
  app = await startApp(['--policy', target.policy], { columns: 160, rows: 500 });
  app.command('view.tree');
  await app.waitForText('Process');
});
afterAll(async () => {
  expect(await app.quit()).toBe(0);
  target.remove();
});
afterEach(() => {
  for (const child of children) if (child.pid) killGroup(child.pid);
  children = [];
});

const killGroup = (pid: number) => {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
};

/** A family with a marker in its arguments: sh ─ sleep, in a group of its own. Ends by a line on its input. */
const startFamily = () => {
  const marker = randomUUID();
  // The marker comes first: however deep the test runs, the row shows it.
  const script = `: ${marker}; sleep 600 & read line; kill $!; wait $!; exit 7`;
  const child = spawn('/bin/sh', ['-c', script], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  children.push(child);
  return { marker, pid: child.pid ?? 0, end: () => child.stdin?.write('\n') };
};

const rowWith = (text: string): string => app.screen().find((row) => row.includes(text)) ?? '';
/** Of a process number, which stands at the beginning. */
const rowOf = (pid: number): string =>
  app.screen().find((row) => new RegExp(`^ +${pid} `).test(row)) ?? '';
/** The row below another one. */
const rowBelow = (row: string): string => app.screen()[app.screen().indexOf(row) + 1] ?? '';
/** Column in which the command line begins, behind the guides. */
const indentOf = (row: string): number => row.search(/[─ ] (\(|\[\+|KILLED|\/)/);

const cursorRow = (): string => {
  const at = app.cells().findIndex((row) => row.length > 0 && row.every((cell) => cell.isInverse));
  return at < 0 ? '' : (app.screen()[at] ?? '');
};

/** Moves the cursor to a row that is on the screen, whatever others start and end in between. */
const moveTo = async (text: string): Promise<void> => {
  const found = await until(async () => {
    const from = app.screen().indexOf(cursorRow());
    const to = app.screen().findIndex((row) => row.includes(text));
    if (from < 0 || to < 0) return false;
    if (from === to) return true;
    const before = cursorRow();
    const step = to > from ? 'move.down' : 'move.up';
    app.command(...Array<typeof step>(Math.abs(to - from)).fill(step));
    await until(() => cursorRow() !== before && cursorRow() !== '', { limitMs: 500, everyMs: 5 });
    return cursorRow().includes(text);
  });
  expect(found, `${text} in:\n${app.shown()}`).toBe(true);
};

const patient = { timeoutMs: LIMIT_MS };

describe('a family', () => {
  test('appears below its parent, with guides', async () => {
    const { marker } = startFamily();
    await app.waitFor(() => /sleep 600/.test(rowBelow(rowWith(marker))), patient);
    const parent = rowWith(marker);
    const child = rowBelow(parent);
    expect(parent).toMatch(/^ +\d+ root +\d+s +1 .*─ \/\S*sh -c /);
    expect(child).toMatch(/└─ \/\S*sleep 600/);
    expect(indentOf(child)).toBe(indentOf(parent) + 2);
  });

  test('collapses and expands by keys; the parent key leads to the parent', async () => {
    const { marker } = startFamily();
    await app.waitFor(() => /sleep 600/.test(rowBelow(rowWith(marker))), patient);
    await moveTo(marker);
    app.command('tree.collapse');
    await app.waitFor(() => /\[\+1\] \/\S*sh -c/.test(rowWith(marker)));
    expect(rowBelow(rowWith(marker))).not.toContain('sleep 600');
    app.command('tree.expand');
    await app.waitFor(() => rowBelow(rowWith(marker)).includes('sleep 600'));
    app.command('tree.toggle');
    await app.waitFor(() => rowWith(marker).includes('[+1]'));
    app.command('tree.toggle', 'move.down');
    await app.waitFor(() => cursorRow().includes('sleep 600'));
    app.command('tree.parent');
    await app.waitFor(() => cursorRow().includes(marker));
    app.command('move.down', 'tree.collapse');
    await app.waitFor(() => cursorRow().includes(marker));
  });

  test('Enter shows the detail of the process under the cursor, Esc the tree again', async () => {
    const { marker, pid } = startFamily();
    await app.waitFor(() => /sleep 600/.test(rowBelow(rowWith(marker))), patient);
    await moveTo(marker);
    app.command('row.detail');
    await app.waitForText(`process ${pid}`);
    app.command('app.back');
    await app.waitFor(() => cursorRow().includes(marker));
  });

  test('stays collapsed while another view is shown', async () => {
    const { marker } = startFamily();
    await app.waitFor(() => /sleep 600/.test(rowBelow(rowWith(marker))), patient);
    await moveTo(marker);
    app.command('tree.collapse');
    await app.waitFor(() => rowWith(marker).includes('[+1]'));
    app.command('view.stream');
    await app.waitForText('pause');
    app.command('view.tree');
    await app.waitFor(() => rowWith(marker).includes('[+1]') && cursorRow().includes(marker));
    app.command('tree.toggle');
  });

  test('when it ends its rows stay, dimmed, and say how', async () => {
    const { marker, pid, end } = startFamily();
    await app.waitFor(() => /sleep 600/.test(rowBelow(rowWith(marker))), patient);
    end();
    await app.waitFor(() => /\(exit 7\) \/\S*sh/.test(rowWith(marker)), patient);
    await app.waitFor(() => /\(SIGTERM\) \/\S*sleep/.test(rowBelow(rowWith(marker))), patient);
    await app.waitFor((screen) => /[1-9]\d* ended/.test(screen.at(-1) ?? ''));
    app.command('move.first');
    await app.waitFor(() => cursorRow() !== '' && !cursorRow().includes(marker));
    const at = app.screen().indexOf(rowOf(pid));
    const letters = (app.cells()[at] ?? []).filter(({ text }) => text.trim() !== '');
    expect(new Set(letters.map(({ fg }) => JSON.stringify(fg))).size).toBe(1);
  });
});

test('everything collapses into the children of the root, and comes back', async () => {
  const { marker } = startFamily();
  await app.waitFor(() => rowWith(marker) !== '', patient);
  app.command('tree.toggleAll');
  await app.waitFor(() => app.text().includes('[+'));
  app.command('tree.toggleAll');
  await app.waitFor(() => !app.text().includes('[+') && rowWith(marker) !== '');
});

test('kernel threads are hidden until they are asked for', async () => {
  const isThere = () => app.screen().some((row) => / \[[a-z]+[/\w:.-]*\]$/.test(row));
  expect(isThere()).toBe(false);
  app.command('tree.kernelThreads', 'move.last');
  await app.waitFor(isThere);
  app.command('tree.kernelThreads', 'move.first');
  await app.waitFor(() => !isThere());
});

test('a policy event marks the row of its process, and of the collapsed parent', async () => {
  const marker = randomUUID();
  // The victim writes, which its policy in monitor mode counts, and goes on.
  const script = `echo x >> '${target.file}'; while :; do read line || sleep 600; done`;
  const shell = `"$0" -c "$1" ${marker}; true`;
  const child = spawn('/bin/sh', ['-c', shell, target.victim, script], {
    detached: true,
    stdio: 'ignore',
  });
  children.push(child);
  const pid = child.pid ?? 0;
  const victim = () => rowBelow(rowOf(pid));
  await app.waitFor(() => /^ +\d+ root +\S+ +2 +!1 .*victim-sh/.test(victim()), patient);
  expect(rowOf(pid)).not.toContain('!');
  await moveTo(` ${pid} `);
  app.command('tree.collapse');
  await app.waitFor(() => /!1 .*\[\+\d\] \/\S*sh/.test(rowOf(pid)), patient);
  app.command('tree.expand');
  await app.waitFor(() => victim().includes('victim-sh'));
});
