/** Narrowing lists by filters, as people do it. Needs root and a built dist/. */
import { randomUUID } from 'node:crypto';
import { beforeEach, expect, test } from 'vitest';
import { run } from '../driver/command.ts';
import { sharedRobot } from '../driver/robot.ts';
import { untilRow } from '../screen/app/stream.ts';

const robot = sharedRobot();

/** A word that only this scenario's processes have in their arguments. */
let marker: string;
beforeEach(() => {
  marker = `m${randomUUID().slice(0, 8)}`;
});

const screen = () => robot.app.screen();
const body = () =>
  screen()
    .slice(3, -2)
    .filter((row) => row.trim() !== '');
const tabs = () => screen()[1] ?? '';
const footer = () => screen().at(-1) ?? '';
const shell = (word: string, code = 3) => run('/bin/sh', ['-c', `exit ${code}`, marker, word]);

/** Opens the input empty. */
async function openFilter(): Promise<void> {
  const { app } = robot;
  app.command('row.filter');
  await app.waitForText('Enter applies');
  app.press('ctrl+u');
  await app.waitForText('no filter');
}

async function filter(text: string): Promise<void> {
  const { app } = robot;
  await openFilter();
  app.type(text);
  await app.waitFor(() => footer().includes(`filter: ${text}`));
  app.press('enter');
  await app.waitFor(() => tabs().includes(`filter: ${text.slice(0, 20)}`));
  await app.waitForNoText('Enter applies');
}

const until = (isIt: (rows: string[]) => boolean) => robot.app.waitFor(() => isIt(body()));

test('a field is completed, then its value: the fields that fit are listed with what they mean', async () => {
  const { app } = robot;
  await untilRow(
    app,
    (row) => / exit .*one 3/.test(row) && row.includes(marker),
    () => shell('one'),
  );
  await openFilter();
  app.type('ev');
  await app.waitForText('kind of event: exec, exit');
  app.press('tab');
  await app.waitFor(() => footer().includes('filter: event:'));
  await app.waitForText('─ event: kind of event');
  app.type('exi');
  await until((rows) => rows.some((row) => /^ +exit +seen /.test(row)));
  app.press('tab');
  await app.waitFor(() => footer().includes('filter: event:exit '));
  app.type(marker);
  app.press('enter');
  await until((rows) => rows.length > 0 && rows.every((row) => / exit .*one 3/.test(row)));
  expect(tabs()).toContain(`filter: event:exit ${marker}`);
});

test('the arrows choose a value in the list; Enter takes it, and applies when pressed again', async () => {
  const { app } = robot;
  await shell('one');
  await openFilter();
  app.type(`${marker} outcome:`);
  await until((rows) => rows.some((row) => /^ +killed/.test(row)));
  app.press('down', 'down');
  await app.waitFor(() =>
    app.cells().some(
      (row) =>
        row.every((cell) => cell.isInverse) &&
        row
          .map(({ text }) => text)
          .join('')
          .includes('denied'),
    ),
  );
  app.press('enter');
  await app.waitFor(() => footer().includes('outcome:denied '));
  app.press('enter');
  await app.waitForText('no event matches the filter');
  expect(tabs()).toContain(`filter: ${marker} outcome:denied`);
});

test('the list narrows while the filter is typed; Esc brings all back', async () => {
  const { app } = robot;
  await shell('early');
  await run('/bin/true', []);
  await openFilter();
  app.type(`${marker} event:exec`);
  await until(
    (rows) =>
      rows.some((row) => row.includes('early')) && !rows.some((row) => row.includes('/bin/true')),
  );
  await app.waitFor(() => /1 of [\d,]+ match/.test(footer()));
  app.command('app.back');
  await app.waitFor(() => !tabs().includes('filter:'));
  await until((rows) => rows.some((row) => row.includes('/bin/true')));
});

test('what is wrong is said in words with its place, the list stays, and Enter does not take it', async () => {
  const { app } = robot;
  await openFilter();
  app.type('curl (pid>x');
  await app.waitForText('not valid at 7: "pid>" needs a number');
  app.press('enter');
  app.press('backspace');
  app.type('1');
  await app.waitForText('not valid at 6: this parenthesis has no end');
  app.type(' a)b');
  await app.waitFor(() => footer().includes('a)b'));
  app.press('backspace');
  await app.waitForText('valid · Enter applies');
  app.command('app.back');
  await app.waitForNoText('Enter applies');
});

test('earlier filters are found by the arrows, also in another view', async () => {
  const { app } = robot;
  await filter(`first-${marker}`);
  await filter(`second-${marker}`);
  app.command('app.back', 'view.tree');
  await app.waitForText('Process');
  await openFilter();
  app.press('up');
  await app.waitFor(() => footer().includes(`filter: second-${marker}`));
  app.press('up');
  await app.waitFor(() => footer().includes(`filter: first-${marker}`));
  app.press('down', 'down');
  await app.waitForText('no filter ·');
  app.command('app.back');
  await app.waitForNoText('Enter applies');
});

test('a filter gets a name, is taken by it, and deleted by the second press', async () => {
  const { app } = robot;
  const text = `${marker} event:exit`;
  await shell('named');
  await filter(text);
  app.command('filter.named');
  await app.waitForText('Named filters');
  app.press('s');
  await app.waitForText('a name is needed');
  app.enter(`my ${marker}`);
  await app.waitForText(`saved as my ${marker}`);
  app.command('app.back');
  await app.waitFor(() => !tabs().includes('filter:'));
  app.command('filter.named');
  await app.waitFor(() => body().some((row) => row.includes(`my ${marker}`)));
  app.press('enter');
  await app.waitFor(() => tabs().includes(`filter: ${text}`));
  await until((rows) => rows.length === 1 && (rows[0] ?? '').includes('named'));
  app.command('filter.named');
  await app.waitForText('failures');
  app.press('d');
  await app.waitForText('d again deletes it');
  app.press('d');
  await app.waitForText(`deleted my ${marker}`);
  expect(body().some((row) => row.includes(`my ${marker}`))).toBe(false);
  app.command('app.back');
});

test('a built-in filter: what failed', async () => {
  const { app } = robot;
  app.command('filter.named');
  await app.waitForText('failures');
  app.press('1');
  await app.waitFor(() => tabs().includes('filter: status!=0'));
  await shell('good', 0);
  await shell('bad', 7);
  await until((rows) => rows.some((row) => row.includes(`${marker} bad`)));
  expect(body().some((row) => row.includes('good'))).toBe(false);
  expect(body().every((row) => row.includes(' exit '))).toBe(true);
});

test('negation, parentheses, OR and letters in order', async () => {
  for (const word of ['alpha', 'beta', 'gamma']) await shell(word);
  await filter(`${marker} event:exec (alpha OR ~bta)`);
  await until((rows) => rows.length === 2);
  expect(body().map((row) => / (alpha|beta|gamma)/.exec(row)?.[1])).toEqual(['alpha', 'beta']);
  await filter(`${marker} event:exec !(alpha OR ~bta)`);
  await until((rows) => rows.length === 1 && (rows[0] ?? '').includes('gamma'));
  await filter(`${marker} status=3 "alpha"`);
  await until((rows) => rows.length === 1 && / exit .*alpha 3/.test(rows[0] ?? ''));
});

test('the tree shows what matches and what it hangs on; Esc shows all again', async () => {
  const { app } = robot;
  app.command('view.tree');
  await app.waitForText('Process');
  await filter('state:running pid=1');
  await until((rows) => rows.length === 2 && /^> +1 /.test(rows[1] ?? ''));
  expect(footer()).toMatch(/1 of \d+ match/);
  const own = app.appPid();
  await filter(`pid=${own}`);
  await until((rows) => rows.some((row) => row.startsWith('>') && row.includes(` ${own} `)));
  // Its ancestors stand there without the sign.
  expect(body().length).toBeGreaterThan(2);
  expect(body().filter((row) => row.startsWith('>'))).toHaveLength(1);
  app.command('app.back');
  await app.waitFor(() => !tabs().includes('filter:') && footer().includes('running,'));
});

test('binaries by their numbers', async () => {
  const { app } = robot;
  app.command('view.binaries');
  await app.waitForText('Binary');
  for (let i = 0; i < 12; i++) await run('/bin/true', [marker]);
  await filter('execs>10 binary=/bin/true');
  await until((rows) => rows.some((row) => /\/bin\/true/.test(row)));
  expect(body()).toHaveLength(2);
  expect(footer()).toMatch(/1 of \d+ programs/);
  await filter('execs<10 binary=/bin/true');
  await app.waitForText('no program matches the filter');
  app.command('app.back');
  await app.waitFor(() => !tabs().includes('filter:'));
});

test('a word with signs in it is found in quotes', async () => {
  const odd = `${marker} (a ~c) !d`;
  const row = await untilRow(
    robot.app,
    (line) => line.includes(odd),
    () => run('/bin/true', [odd]),
  );
  expect(row).toBeDefined();
  await filter(`event:exec args:"${odd}"`);
  await until((rows) => rows.length > 0 && rows.every((one) => one.includes(odd)));
});
