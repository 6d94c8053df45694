/** The live program on a terminal: what happens on this host is on the screen. Needs root and a built dist/. */
import { randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { COMMANDS, type Command } from '../../../src/ui/commands.ts';
import { type AppSession, startApp } from '../../driver/app.ts';
import { run } from '../../driver/command.ts';
import { LIMIT_MS, until } from '../../driver/until.ts';
import { untilRow } from './stream.ts';
import { createTarget, type Target } from './target.ts';

const LIBRARY = fileURLToPath(new URL('../../../src/policies/library', import.meta.url));

let target: Target;
let app: AppSession;

beforeAll(async () => {
  target = createTarget();
  app = await startApp(['--policy', target.policy], { columns: 140, rows: 40 });
});
afterAll(async () => {
  expect(await app.quit()).toBe(0);
  target.remove();
});
beforeEach(async () => {
  app.command('view.stream');
  await app.waitForText('pause');
});

const seen = (pattern: RegExp, act: () => Promise<unknown>) =>
  untilRow(app, (row) => pattern.test(row), act);

const isHere = ({ views }: Command) => views?.includes('stream') ?? false;
const others = COMMANDS.filter((command) => !isHere(command));
/** As help, which is longer than the terminal, has them in the stream: what works there alone, then by category. */
const HELP_ORDER = [
  ...COMMANDS.filter(isHere),
  ...[...new Set(others.map(({ category }) => category))].flatMap((category) =>
    others.filter((command) => command.category === category),
  ),
];
const LAST_TITLE = HELP_ORDER.at(-1)?.title ?? '';

const activeTab = (): string =>
  (app.cells()[1] ?? [])
    .filter((cell) => cell.isInverse)
    .map((cell) => cell.text)
    .join('')
    .trim();

/** The number before the ring's size in the footer: how many events are held. */
const taken = (): number =>
  Number(/([\d,]+) \/ 100,000/.exec(app.screen().at(-1) ?? '')?.[1]?.replace(/,/g, '') ?? 0);

/** The rows of the stream. */
const body = (): string[] => app.screen().slice(3, -2);

const eventsHappen = async (count: number): Promise<void> => {
  const before = taken();
  const grown = await until(async () => {
    await run('/bin/true', []);
    return taken() >= before + count;
  });
  expect(grown).toBe(true);
};

describe('the stream', () => {
  test('a command that is run elsewhere, and its exit with its code', async () => {
    const marker = randomUUID();
    const act = () => run('/bin/sh', ['-c', 'exit 7', marker]);
    expect(await seen(new RegExp(`process +/\\S*sh .*${marker}`), act)).toMatch(/ -c "exit 7" /);
    expect(await seen(new RegExp(`exit +/\\S*sh .*${marker}.* 7`), act)).toBeDefined();
  });

  test('moving up stops following and says how much is newer; End follows again', async () => {
    await eventsHappen(60);
    app.command('move.up', 'move.up');
    await app.waitFor(() => app.cells().some((row) => row.every((cell) => cell.isInverse)));
    await eventsHappen(5);
    await app.waitForText('newer');
    const [first] = body();
    await eventsHappen(5);
    expect(body()[0]).toBe(first);
    app.command('move.last');
    await app.waitForNoText('newer');
    expect(body()[0]).not.toBe(first);
  });

  test('the follow key stops and resumes too', async () => {
    await eventsHappen(60);
    app.command('stream.follow');
    await eventsHappen(5);
    await app.waitForText('newer');
    app.command('stream.follow');
    await app.waitForNoText('newer');
  });

  test('pause: the rows stand still while events are counted; scrolling works; resuming shows the newest', async () => {
    await eventsHappen(60);
    app.command('stream.pause');
    await app.waitForText('paused');
    // The last row of the frame tells that the whole of it has arrived.
    await eventsHappen(1);
    await app.waitForText('newer');
    const frozen = body();
    await eventsHappen(10);
    expect(body()).toEqual(frozen);
    app.command('move.first');
    await app.waitFor(() => body()[0] !== frozen[0]);
    app.command('move.last');
    await app.waitFor(() => body()[0] === frozen[0]);
    app.command('stream.pause');
    await app.waitFor((screen) => /live/.test(screen[0] ?? '') && body()[0] !== frozen[0]);
    await app.waitForNoText('newer');
  });

  test('pages and ends: the view moves by what the keys say', async () => {
    await eventsHappen(200);
    app.command('stream.pause');
    await app.waitForText('paused');
    // What is only counted tells that all before it is painted.
    await eventsHappen(1);
    await app.waitForText('newer');
    const bottom = body();
    app.command('move.first');
    // The last row too: a frame may arrive in pieces.
    await app.waitFor(() => body()[0] !== bottom[0] && body().at(-1) !== bottom.at(-1));
    const top = body();
    // The cursor is on the first row: a page down moves it to the last one, another one moves the view by a page.
    app.command('move.pageDown', 'move.pageDown');
    await app.waitFor(() => body()[0] === top.at(-1));
    app.command('move.pageUp', 'move.pageUp');
    await app.waitFor(() => body()[0] === top[0]);
    app.command('move.last', 'stream.pause');
    await app.waitForNoText('paused');
  });
});

describe('views', () => {
  test('policies: the given one in monitor mode, and those of the library, which are off', async () => {
    app.command('view.policies');
    await app.waitForText(target.policyName);
    const library = readdirSync(LIBRARY).length;
    await app.waitFor((screen) => (screen.at(-1) ?? '').includes(`${library + 1} policies `), {
      timeoutMs: LIMIT_MS,
    });
    const rows = app.screen();
    expect(rows.some((row) => row.startsWith(` monitor     -    ${target.policyName} `))).toBe(
      true,
    );
    expect(rows.some((row) => row.includes(`Library (${library})`))).toBe(true);
    const ofLibrary = rows.slice(rows.findIndex((row) => row.includes('Library (')) + 1);
    expect(ofLibrary[0]).toMatch(/^ off +(info|low|med|high|crit) +[a-z-]+ /);
  });

  test('tabs: by number, Tab and Shift-Tab', async () => {
    expect(activeTab()).toBe('1 Stream');
    for (const [command, tab] of [
      ['view.policies', '4 Policies'],
      ['view.stream', '1 Stream'],
      ['view.next', '2 Tree'],
      ['view.next', '3 Binaries'],
      ['view.next', '4 Policies'],
      ['view.next', '5 Alerts'],
      ['view.next', '1 Stream'],
      ['view.previous', '5 Alerts'],
      ['view.previous', '4 Policies'],
      ['view.previous', '3 Binaries'],
      ['view.tree', '2 Tree'],
      ['view.binaries', '3 Binaries'],
      ['view.stream', '1 Stream'],
    ] as const) {
      app.command(command);
      await app.waitFor(() => activeTab() === tab);
    }
  });

  test('help: every command with its title; Esc closes it, and never quits', async () => {
    app.command('app.help');
    await app.waitForText('The first minute');
    expect(HELP_ORDER.length).toBe(COMMANDS.length);
    // A page at a time: none is passed over.
    for (const { title } of HELP_ORDER) {
      if (app.text().includes(title)) continue;
      app.press('pagedown');
      await app.waitForText(title);
    }
    app.command('app.back');
    await app.waitForNoText(LAST_TITLE);
    app.command('app.back', 'app.back', 'app.back');
    app.command('view.policies');
    await app.waitFor(() => activeTab() === '4 Policies');
  });

  test('keys that help covers do nothing behind it', async () => {
    app.command('view.policies');
    await app.waitFor(() => activeTab() === '4 Policies');
    app.command('app.help');
    await app.waitForText('The first minute');
    app.command('policy.toggle', 'policy.arm', 'app.back', 'app.back');
    await app.waitForText(target.policyName);
    expect(app.screen().some((row) => row.startsWith(' monitor '))).toBe(true);
    expect(app.text()).not.toContain('Arm ');
  });
});
