/** Sizes of the terminal: everything has its place, and a change of size leaves nothing behind. */
import { afterEach, describe, expect, test } from 'vitest';
import { type AppSession, startApp } from '../../driver/app.ts';
import type { Cell } from '../../driver/emulator.ts';
import { LIMIT_MS, until } from '../../driver/until.ts';
import { goToLimits } from './arming.ts';
import { createTarget, type Target } from './target.ts';

let app: AppSession | undefined;
let target: Target | undefined;
afterEach(() => {
  app?.kill('SIGKILL');
  target?.remove();
});

const start = async (columns: number, rows: number, ready = 'live'): Promise<AppSession> => {
  target = createTarget();
  app = await startApp(['--policy', target.policy], { columns, rows, ready });
  return app;
};

/** Header and footer are where they belong, for the size at hand. */
const isComplete = (screen: string[]): boolean =>
  /(live|paused)/.test(screen[0] ?? '') &&
  /lost \d/.test(screen[0] ?? '') &&
  /1 Stream/.test(screen[1] ?? '') &&
  /^─+$/.test(screen[2] ?? '') &&
  // In it the rate of what the view shows.
  /^─+( \S.*\/s [\d,.]+ [▁-█]+ ─)?$/.test(screen.at(-2) ?? '') &&
  /(quit|back|detail)/.test(screen.at(-1) ?? '');

const complete = (of: AppSession) => of.waitFor(isComplete, { timeoutMs: LIMIT_MS });

/** All rows but header, rate, footer, and for how long a policy has watched: their numbers change by themselves. */
const still = (of: AppSession): string => {
  const rows = of.cells().slice(1, -2);
  return JSON.stringify(rows.map((row) => (WATCHING.test(textOf(row)) ? [] : plain(row))));
};
const WATCHING = /\d+ \w+ of watching/;
const textOf = (row: Cell[]) => row.map(({ text }) => text).join('');
const plain = (row: Cell[]) => row.map(({ text, isBold, isInverse }) => [text, isBold, isInverse]);

/** A fresh redraw must change nothing. */
const expectNoRubbish = async (of: AppSession): Promise<void> => {
  // A frame may come in pieces.
  let before = '';
  const isDrawn = () => {
    const last = before;
    before = still(of);
    return before === last;
  };
  // Longer than from one frame to the next.
  expect(await until(isDrawn, { everyMs: 150 })).toBe(true);
  const clears = () => of.raw().split('\x1b[2J').length;
  const drawn = clears();
  of.command('app.redraw');
  expect(await until(() => clears() > drawn && isComplete(of.screen()))).toBe(true);
  await until(() => still(of) === before);
  expect(still(of)).toBe(before);
};

describe.each([
  [80, 24],
  [120, 40],
  [200, 50],
  [60, 15],
])('%i x %i', (columns, rows) => {
  test('header, footer, and each view without a leftover', async () => {
    const session = await start(columns, rows);
    await complete(session);
    expect(session.screen()[2]).toBe('─'.repeat(columns));
    session.command('stream.pause');
    await session.waitForText('paused');
    await expectNoRubbish(session);
    // Their numbers change by themselves: only that they are there.
    for (const [view, text] of [
      ['view.tree', 'Process'],
      ['view.binaries', 'Binary'],
    ] as const) {
      session.command(view);
      await session.waitFor((screen) => isComplete(screen) && (screen[3] ?? '').includes(text));
    }
    session.command('view.policies');
    await session.waitFor((screen) => (screen[3] ?? '').includes('State'));
    // While policies are loaded, the list grows.
    await session.waitFor((screen) => /\d policies(, \d+ files.*)?\s*$/.test(screen.at(-1) ?? ''), {
      timeoutMs: LIMIT_MS,
    });
    // One that is off: its numbers stand still.
    session.command('move.down');
    await session.waitFor((screen) => screen.some((row) => /^ [\w-]+ {2}off /.test(row)));
    await expectNoRubbish(session);
    session.command('move.up');
    await session.waitFor((screen) => screen.some((row) => row.startsWith(' tgapp-')));
    session.command('policy.arm');
    // Whatever the size, the operator sees what is armed, for how long, and what to type.
    await session.waitForText('by its own text');
    await expectNoRubbish(session);
    await goToLimits(session);
    await expectNoRubbish(session);
    session.press('enter');
    for (const text of ['Arm ', 'name: ', '5 min', 'Enter arms']) await session.waitForText(text);
    await expectNoRubbish(session);
    for (const step of ['3 of 4', '2 of 4', '1 of 4']) {
      session.command('app.back');
      await session.waitForText(step);
    }
    session.command('app.back', 'move.down', 'policy.open');
    await session.waitForText('On this host');
    await session.waitForText('apiVersion');
    await expectNoRubbish(session);
    session.command('app.back', 'app.help');
    await session.waitForText('letters narrow the list');
    await expectNoRubbish(session);
    session.command('move.last');
    await session.waitForText('never quits');
    session.command('app.back');
    expect(await session.quit()).toBe(0);
  });
});

test('too small: it says what it needs, and q quits', async () => {
  const session = await start(50, 10, 'needs 60');
  session.resize(80, 24);
  await complete(session);
  session.resize(50, 10);
  await session.waitForText('trigon needs 60×15; q quits');
  expect(await session.quit()).toBe(0);
});

test('growing and shrinking again and again, then a storm of sizes: a redraw changes nothing', async () => {
  const session = await start(100, 30);
  await complete(session);
  session.command('stream.pause');
  await session.waitForText('paused');
  const sizes: [number, number][] = [
    [200, 50],
    [60, 15],
    [120, 40],
    [80, 24],
  ];
  for (const [columns, rows] of sizes) {
    session.resize(columns, rows);
    await session.waitFor(
      (screen) => isComplete(screen) && screen[2]?.length === columns && screen.length === rows,
      { timeoutMs: LIMIT_MS },
    );
    await expectNoRubbish(session);
  }
  for (let i = 0; i < 150; i++) session.resize(1 + ((i * 37) % 220), 1 + ((i * 17) % 60));
  session.resize(90, 25);
  await session.waitFor((screen) => isComplete(screen) && screen[2]?.length === 90, {
    timeoutMs: LIMIT_MS,
  });
  await expectNoRubbish(session);
  expect(await session.quit()).toBe(0);
});
