/** `!` while something is armed, wherever the operator is. Only the test's own victim can be hit. Needs root and a built dist/. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { CommandId } from '../../src/ui/commands.ts';
import type { AppSession } from '../driver/app.ts';
import { LIMIT_MS } from '../driver/until.ts';
import { type Armed, arm, startArmed } from '../screen/app/arming.ts';

let armed: Armed;

beforeAll(async () => {
  armed = await startArmed();
});
afterAll(async () => {
  for (let level = 0; level < 6; level++) armed.app.command('app.back');
  const code = await armed.app.quit();
  armed.target.remove();
  expect(code).toBe(0);
});

const isArmed = ([header = '']: readonly string[]): boolean => header.includes('1 ARMED');
const footer = (): string => armed.app.screen().at(-1) ?? '';
const rule = (): string => armed.app.screen().at(-2) ?? '';

/** From wherever the scenario before ended: armed, in the stream. */
beforeEach(async () => {
  const { app, target } = armed;
  app.resize(120, 40);
  for (let level = 0; level < 6; level++) app.command('app.back');
  if (!isArmed(app.screen())) await arm(app, target);
  app.command('view.stream');
  await app.waitFor((screen) => isArmed(screen) && /^ ! disarm all {2}/.test(screen.at(-1) ?? ''), {
    timeoutMs: LIMIT_MS,
  });
});

const untilDisarmed = async (app: AppSession): Promise<void> => {
  await app.waitFor((screen) => !isArmed(screen), { timeoutMs: LIMIT_MS });
  expect(await armed.target.survives()).toBe(true);
};

describe('in a line that is typed', () => {
  test.each<[CommandId, string]>([
    ['app.palette', 'Esc closes'],
    ['find.open', ' find: '],
    ['row.filter', ' filter: '],
    ['stream.time', ' go to time: '],
  ])('%s: the empty line disarms, and stays open', async (id, there) => {
    const { app } = armed;
    app.command(id);
    await app.waitForText(there);
    await app.waitFor(
      () => rule().includes(' ! disarm all ') || app.text().includes('! disarm all'),
    );
    app.press('!');
    await untilDisarmed(app);
    expect(app.text()).toContain(there);
    expect(footer()).not.toContain('!');
  });

  test('behind letters of a filter it is one of them, and the way out stands above: it works', async () => {
    const { app } = armed;
    app.command('row.filter');
    app.type('sh !bash');
    await app.waitFor(() => footer().includes('sh !bash'));
    expect(rule()).toContain('Esc, then ! disarms');
    expect(isArmed(app.screen())).toBe(true);
    app.press('escape', '!');
    await untilDisarmed(app);
  });

  test('a name that is half typed', async () => {
    const { app } = armed;
    app.command('row.filter');
    app.enter('event:exec');
    await app.waitForText('filter: event:exec');
    app.command('filter.named');
    await app.waitForText('s save');
    app.type('smine');
    await app.waitFor(() => footer().includes('name: mine'));
    app.press('!');
    await untilDisarmed(app);
    expect(footer()).toContain('name: mine');
  });

  test(':disarm', async () => {
    const { app } = armed;
    app.command('app.palette');
    await app.waitForText('Esc closes');
    app.type('disarm');
    await app.waitForText('Disarm everything at once');
    app.press('enter');
    await untilDisarmed(app);
  });
});

describe('the way to disarm is the footer’s first hint', () => {
  test.each([
    [60, 15],
    [200, 50],
  ])(
    'at %i×%i, in every view and in what covers it; when all is disarmed it is gone',
    async (columns, rows) => {
      const { app, target } = armed;
      app.resize(columns, rows);
      const isFirst = (screen: readonly string[]) => /^ ! disarm all {2}/.test(screen.at(-1) ?? '');
      const ways: readonly (readonly [CommandId, string])[] = [
        ['view.tree', 'PID'],
        ['view.binaries', 'PROGRAM'],
        ['view.alerts', 'POLICY'],
        ['view.policies', target.policyName],
        ['policy.open', 'YAML'],
        ['app.help', 'letters narrow'],
      ];
      for (const [id, there] of ways) {
        app.command(id);
        await app.waitFor(
          (screen) =>
            isFirst(screen) && screen.join('\n').toLowerCase().includes(there.toLowerCase()),
          { timeoutMs: LIMIT_MS },
        );
      }
      app.press('!');
      await untilDisarmed(app);
      await app.waitFor((screen) => !(screen.at(-1) ?? '').includes('disarm'), {
        timeoutMs: LIMIT_MS,
      });
      expect(footer()).toContain('Esc back');
    },
  );
});
