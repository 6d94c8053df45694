/** The README's minute, step by step as a newcomer follows it. Needs root and a built dist/. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AppSession, startApp } from '../driver/app.ts';
import { run } from '../driver/command.ts';
import { ROOT } from '../driver/documented.ts';
import { untilRow } from '../screen/app/stream.ts';

type Step = {
  /** What is to be pressed, typed, or (`$ …`) run elsewhere. */
  readonly deeds: readonly string[];
  /** What must be on the screen then. */
  readonly seen: readonly string[];
};

const KEYS: Readonly<Record<string, string>> = { Enter: 'enter', Space: 'space' };

/** The table below "A minute with it". */
function tour(): Step[] {
  const page = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const [, section = ''] = page.split('## A minute with it\n');
  const rows = section.split('\n\n')[0]?.split('\n').slice(2) ?? [];
  return rows.map((row) => {
    const [deeds = '', seen = ''] = row.split(' | ');
    return {
      deeds: [...deeds.matchAll(/`([^`]+)`/g)].map(([, deed = '']) => deed),
      seen: [...seen.matchAll(/\*\*([^*]+)\*\*/g)].map(([, text = '']) => text),
    };
  });
}

const [start, ...steps] = tour();

let app: AppSession;
beforeAll(async () => {
  app = await startApp([], { columns: 120, rows: 40 });
});
afterAll(() => app.kill('SIGKILL'));

test('begins with the command that starts it, and ends with the key that quits', () => {
  expect(start).toEqual({ deeds: ['npm start'], seen: ['live'] });
  expect(steps.length).toBeGreaterThanOrEqual(8);
  expect(steps.at(-1)?.deeds.at(-1)).toBe('q');
});

const runElsewhere = async (line: string, seen: string): Promise<void> => {
  const [program = '', ...words] = line.split(' ');
  const row = await untilRow(
    app,
    (each) => each.includes(seen),
    () => run(program, words),
  );
  expect(row, `${line}\n${app.shown()}`).toBeDefined();
};

const press = (deed: string): void => {
  if (deed === 'Esc') app.command('app.back');
  else if (deed in KEYS) app.press(KEYS[deed] ?? '');
  else if (deed.length === 1) app.press(deed);
  else app.type(deed);
};

/** A search field is there before what is typed into it, or the letters would be commands. */
const FIELD = /^ (?:filter|search):/;

test.each(steps.slice(0, -1).map((step) => [step.deeds.join(' '), step] as const))(
  '%s',
  async (_, { deeds, seen }) => {
    expect(deeds).not.toEqual([]);
    expect(seen).not.toEqual([]);
    for (const deed of deeds) {
      if (deed.startsWith('$ ')) await runElsewhere(deed.slice(2), seen[0] ?? '');
      else press(deed);
      if (deed === '/') await app.waitFor((screen) => FIELD.test(screen.at(-1) ?? ''));
    }
    for (const text of seen) await app.waitForText(text);
  },
);

test('quits, and the shell is as it was', async () => {
  for (const deed of steps.at(-1)?.deeds ?? []) press(deed);
  expect((await app.exit).code).toBe(0);
  expect(app.bufferType()).toBe('normal');
});
