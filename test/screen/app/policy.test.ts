/** A policy from seeing to killing and back, by keys only; the kernel kills real processes of this test. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AppSession, startApp } from '../../driver/app.ts';
import { goToLimits, NAME_PROMPT } from './arming.ts';
import { untilRow } from './stream.ts';
import { createTarget, type Target } from './target.ts';

let target: Target;
let app: AppSession;

beforeAll(async () => {
  target = createTarget();
  // Quiet but for this test: the library's policies are off, and only policy events are looked for.
  app = await startApp(['--policy', target.policy], { columns: 160, rows: 40 });
  app.command('view.policies');
  await app.waitForText(target.policyName);
});
afterAll(() => {
  app.kill('SIGKILL');
  target.remove();
});

/** State, seen, would kill, killed: of the policy's row, which is wide enough here for all of its columns up to those. */
const row = () => {
  const line = app.screen().find((text) => text.includes(` ${target.policyName} `)) ?? '';
  const [, state, seen, would, killed] =
    /^ (.*?) +- +\S+ +\S+ +\d+\/\d+ +[\d.]+ +(\d+) +(\d+) +\d+ +(\d+) /.exec(line) ?? [];
  return { state, seen: Number(seen), would: Number(would), killed: Number(killed) };
};

/** Acts until a row of the stream shows it; other programs' events may carry one off between two frames. */
const streamShows = async (pattern: RegExp, act: () => Promise<unknown>): Promise<void> => {
  app.command('view.stream');
  const found = await untilRow(app, (line) => pattern.test(line), act);
  expect(found, `${pattern} in:\n${app.shown()}`).toBeDefined();
  app.command('view.policies');
  await app.waitForText('Would kill');
};

const dialogIsOpen = () => app.text().includes(' Arm ');

describe('by keys only', () => {
  test('it starts in monitor: a write is counted, shown as "would kill", and happens', async () => {
    expect(row().state).toBe('monitor');
    await streamShows(new RegExp(`would kill .*${target.file}`), async () =>
      expect(await target.write('watched')).toMatchObject({ signal: null, code: 0 }),
    );
    await app.waitFor(() => row().would > 0 && row().killed === 0);
    expect(target.content()).toContain('watched');
  });

  test('Space switches it off, where nothing is seen and arming is refused, and on again', async () => {
    app.command('policy.toggle');
    await app.waitFor(() => row().state === 'off');
    const before = row();
    await target.write('unseen');
    app.command('policy.arm');
    await app.waitForText('switch it to monitor first');
    expect(dialogIsOpen()).toBe(false);
    app.command('policy.toggle');
    await app.waitFor(() => row().state === 'monitor');
    expect(row()).toEqual({ ...before, state: 'monitor' });
    await target.write('seen again');
    await app.waitFor(() => row().seen === before.seen + 1);
  });

  test('the dialog says what will happen, and whom it would have hit', async () => {
    app.command('policy.arm');
    await app.waitForText('1 of 4');
    await app.waitForText('by its own text');
    app.press('enter');
    await app.waitForText('2 of 4');
    await app.waitFor((screen) =>
      screen.some((line) => /│ \d+ +│ \S*victim-sh +│ root /.test(line)),
    );
    app.press('escape');
    await app.waitForText('1 of 4');
    app.press('escape');
    await app.waitForNoText('Arm ');
  });

  test('the dialog: a wrong name does not arm, and Esc leaves step by step', async () => {
    app.command('policy.arm');
    await goToLimits(app);
    app.press('enter');
    await app.waitForText(NAME_PROMPT);
    app.enter('something-else');
    await app.waitForText('not the policy');
    for (const step of ['3 of 4', '2 of 4', '1 of 4']) {
      app.press('escape');
      await app.waitForText(step);
    }
    app.press('escape');
    await app.waitForNoText('Arm ');
    expect(row().state).toBe('monitor');
    expect(await target.survives()).toBe(true);
  });

  test('the dialog: arrows choose the time, letters are letters, and nothing but Enter arms', async () => {
    app.command('policy.arm');
    await goToLimits(app);
    app.press('left');
    await app.waitForText('[1 min]');
    app.press('left', 'right', 'right');
    await app.waitForText('[30 min]');
    app.press('right', 'right');
    await app.waitForText('[until quit]');
    app.press('left', 'left', 'left');
    await app.waitForText('[1 min]');
    app.press('enter');
    await app.waitForText(NAME_PROMPT);
    app.type('qa1');
    await app.waitForText('qa1');
    app.press('ctrl+u');
    await app.waitForNoText('qa1');
    app.type(target.policyName);
    app.type('x');
    app.press('backspace');
    expect(app.screen()[0]).not.toContain('ARMED');
    app.press('enter');
    await app.waitFor((screen) => /1 ARMED 0[01]:\d\d/.test(screen[0] ?? ''));
    await app.waitFor((screen) => (screen[2] ?? '').includes('ARMED'));
    await app.waitForText('is ARMED for 1 min');
    expect(row().state).toMatch(/^ARMED 0[01]:\d\d$/);
  });

  test('armed: the victim dies by SIGKILL, the file stays as it was, the stream says KILLED', async () => {
    const before = target.content();
    await streamShows(new RegExp(`KILLED .*${target.file}`), async () =>
      expect(await target.write('must not be')).toMatchObject({ signal: 'SIGKILL' }),
    );
    expect(target.content()).toBe(before);
    await app.waitFor(() => row().killed > 0);
  });

  test('"!" disarms from any view; the same command then succeeds', async () => {
    app.command('view.stream', 'policy.disarmAll');
    await app.waitForText('back to monitor');
    await app.waitFor((screen) => !(screen[0] ?? '').includes('ARMED'));
    expect(await target.write('allowed again')).toMatchObject({ signal: null, code: 0 });
    expect(target.content()).toContain('allowed again');
  });

  test('"!" works in the dialog too', async () => {
    app.command('view.policies');
    await app.waitFor(() => row().state === 'monitor');
    app.command('policy.arm');
    await goToLimits(app);
    app.press('enter');
    await app.waitForText(NAME_PROMPT);
    app.type('x');
    app.command('policy.disarmAll');
    await app.waitForText('nothing was armed');
    expect(app.text()).toMatch(/name: x▏/);
    app.press('escape', 'escape', 'escape', 'escape');
    await app.waitForNoText('Arm ');
  });

  test('the summary after quitting names the policy and its kills', async () => {
    const { killed } = row();
    expect(killed).toBeGreaterThan(0);
    expect(await app.quit()).toBe(0);
    expect(app.bufferType()).toBe('normal');
    expect(app.text()).toMatch(
      new RegExp(
        `trigon: \\d+ events in \\d+ s, \\d+ lost[\\s\\S]*${target.policyName}.*killed ${killed}`,
      ),
    );
  });
});
