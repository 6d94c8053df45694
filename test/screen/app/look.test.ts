/** Terminals that can do less: no colours, ASCII only, dumb. */
import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import { type AppOptions, type AppSession, startApp } from '../../driver/app.ts';
import { run } from '../../driver/command.ts';
import { arm, goToLimits, NAME_PROMPT } from './arming.ts';
import { untilRow } from './stream.ts';
import { createTarget, type Target } from './target.ts';

let app: AppSession | undefined;
let target: Target | undefined;
afterEach(() => {
  app?.kill('SIGKILL');
  target?.remove();
});

/** Goes through all that the program can show; calls `look` at each stop. */
async function tour(
  args: string[],
  options: AppOptions,
  look: (app: AppSession) => void = () => {},
) {
  target = createTarget();
  const { policy } = target;
  app = await startApp(['--policy', policy, ...args], { columns: 160, rows: 50, ...options });
  const session = app;
  const stop = async (text: string) => {
    await session.waitForText(text);
    look(session);
  };
  const marker = randomUUID();
  const act = () => run('/bin/true', ['naïve', 'ś', '⬢', '🚀', marker]);
  expect(await untilRow(session, (row) => row.includes(marker), act)).toBeDefined();
  session.command('move.up');
  await stop('/bin/true');
  session.command('app.help');
  await stop('letters narrow the list');
  session.command('view.tree');
  await stop('Process');
  session.command('move.last', 'tree.toggleAll', 'tree.kernelThreads');
  await stop('[+');
  session.command('view.binaries');
  await stop('Binary');
  session.command('view.policies');
  await stop('Would kill');
  session.command('policy.open');
  await stop('On this host');
  session.command('app.back', 'policy.search');
  session.type('tgapp');
  await stop('Esc shows all');
  session.press('enter');
  session.command('policy.arm');
  await stop('1 of 4');
  await goToLimits(session);
  await stop('[5 min]');
  session.press('enter');
  await stop(NAME_PROMPT);
  session.type('grün');
  await stop('gr');
  session.press('enter');
  await stop('not the policy');
  session.press('escape', 'escape', 'escape', 'escape');
  await session.waitForNoText(' of 4');
  await arm(session, target);
  await stop('ARMED');
  expect(await target.survives()).toBe(false);
  session.command('view.stream');
  await stop('lost');
  session.resize(40, 10);
  await stop('trigon needs');
  session.resize(160, 50);
  await stop('quit');
  expect(await session.quit()).toBe(0);
  return session.raw();
}

/** Only starts it, sees an event and quits: what the tour draws is drawn by the same code, however it was asked for. */
async function glance(options: AppOptions) {
  app = await startApp([], { columns: 160, rows: 50, ...options });
  const session = app;
  const marker = randomUUID();
  const act = () => run('/bin/true', ['naïve', 'ś', '⬢', '🚀', marker]);
  expect(await untilRow(session, (row) => row.includes(marker), act)).toBeDefined();
  expect(await session.quit()).toBe(0);
  return session.raw();
}

/** Numbers of all SGR sequences. */
const sgrNumbers = (raw: string): number[] =>
  [...raw.matchAll(/\x1b\[([\d;:]*)m/g)].flatMap(([, codes]) =>
    String(codes).split(/[;:]/).map(Number),
  );

const isColor = (code: number): boolean =>
  (code >= 30 && code <= 49 && code !== 39 && code !== 49) || (code >= 90 && code <= 107);

const expectNoColors = (raw: string): void => {
  expect(sgrNumbers(raw).filter(isColor)).toEqual([]);
  expect(sgrNumbers(raw)).toContain(7);
};

const expectAscii = (raw: string): void => {
  expect([...raw.matchAll(/[^\0-\x7f]+/g)].map(([text]) => text)).toEqual([]);
  expect(raw).toContain('\\u015b');
};

test('CI=true in the environment: a full screen as elsewhere, in colours', async () => {
  const raw = await tour([], { env: { CI: 'true', CONTINUOUS_INTEGRATION: '1' } });
  expect(sgrNumbers(raw).some(isColor)).toBe(true);
});

describe('no colours', () => {
  test.each<[string, string[], AppOptions]>([
    ['NO_COLOR', [], { env: { NO_COLOR: '1' } }],
    ['--theme mono', ['--theme', 'mono'], {}],
    ['TERM=dumb', [], { env: { TERM: 'dumb' } }],
  ])('%s', async (_what, args, options) => {
    expectNoColors(await tour(args, options));
  });

  test('NO_COLOR wins over FORCE_COLOR', async () => {
    expectNoColors(await glance({ env: { NO_COLOR: '1', FORCE_COLOR: '3' } }));
  });
});

describe('ASCII only', () => {
  test('--ascii', async () => {
    const raw = await tour(['--ascii'], {}, (session) =>
      expect(session.text()).toMatch(/^[\n -~]*$/),
    );
    expectAscii(raw);
  });

  const plain = { LC_ALL: undefined, LC_CTYPE: undefined };
  test.each<[string, Record<string, string | undefined>]>([
    ['LANG=C', { ...plain, LANG: 'C' }],
    ['LC_ALL wins', { ...plain, LANG: 'en_US.UTF-8', LC_ALL: 'POSIX' }],
  ])('%s', async (_what, env) => {
    expectAscii(await glance({ env }));
  });
});
