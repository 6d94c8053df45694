/** Narrowing the live stream by keys. Needs root and a built dist/. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type AppSession, startApp } from '../../driver/app.ts';
import { run } from '../../driver/command.ts';

let app: AppSession;
beforeAll(async () => {
  app = await startApp([], { columns: 120, rows: 40 });
});
afterAll(async () => {
  expect(await app.quit()).toBe(0);
});

/** A word that only this test's processes have in their arguments. */
let marker: string;
beforeEach(() => {
  marker = `m${randomUUID().slice(0, 8)}`;
});

const body = (): string[] =>
  app
    .screen()
    .slice(3, -2)
    .filter((row) => row !== '');
const footer = (): string => app.screen().at(-1) ?? '';
const tabs = (): string => app.screen()[1] ?? '';

const act = async (word: string, times = 1): Promise<void> => {
  for (let i = 0; i < times; i++) await run('/bin/sh', ['-c', 'exit 3', marker, word]);
};

const filter = async (text: string): Promise<void> => {
  app.command('row.filter');
  await app.waitForText('Enter applies');
  app.press('ctrl+u');
  app.type(text);
  await app.waitFor(() => footer().includes(text));
  app.press('enter');
  await app.waitForNoText('Enter applies');
};

const clear = async (): Promise<void> => {
  app.command('app.back');
  await app.waitFor(() => !tabs().includes('filter:'));
};

test('what matches is shown, old and new, and nothing else; Esc takes the filter away', async () => {
  await act('before', 2);
  await run('/bin/true', []);
  await filter(marker);
  await app.waitFor(() => body().filter((row) => row.includes('before')).length === 4);
  await act('after');
  await app.waitFor(() => body().filter((row) => row.includes('after')).length === 2);
  expect(body().every((row) => row.includes(marker))).toBe(true);
  await app.waitFor(() => /6 of [\d,]+ match $|6 of [\d,]+ match$/.test(footer()));
  await clear();
  await run('/bin/true', []);
  await app.waitFor(() => body().some((row) => row.includes('/bin/true')));
});

test('words are ANDed, ! negates, fields ask for one thing', async () => {
  await act('keep');
  await act('drop');
  await filter(`${marker} !drop event:exit status:3`);
  await app.waitFor(() => /exit .*keep 3/.test(body()[0] ?? ''));
  expect(body()).toHaveLength(1);
  await clear();
});

test('what is no filter is said in words with its place, and Enter does not take it', async () => {
  app.command('row.filter');
  await app.waitForText('Enter applies');
  app.type('ok nofield:x');
  await app.waitForText('not valid at 4: no field "nofield"');
  app.press('enter');
  app.type('!');
  await app.waitForText('nofield:x!');
  app.press('ctrl+u');
  await app.waitForText('no filter ·');
  app.command('app.back');
  await app.waitForNoText('Enter applies');
  expect(tabs()).not.toContain('filter:');
});

test('Esc in the input leaves the filter as it was; ↑ brings earlier ones back; a paste is typed', async () => {
  await filter('event:exec');
  app.command('row.filter');
  await app.waitForText('Enter applies');
  app.paste('pid:1\nq');
  await app.waitFor(() => footer().includes('event:exec pid:1'));
  app.command('app.back');
  await app.waitForNoText('Enter applies');
  expect(tabs()).toMatch(/filter: event:exec$/);
  await clear();
  app.command('row.filter');
  await app.waitForText('Enter applies');
  app.press('up');
  await app.waitFor(() => footer().includes('event:exec'));
  app.press('enter');
  await app.waitFor(() => /filter: event:exec$/.test(tabs()));
  await clear();
});

test('paused: the filter works on what was there, and new matches are counted only', async () => {
  await act('before', 3);
  // Others may do more than a screen shows.
  await filter(marker);
  await app.waitFor(() => body().filter((row) => row.includes(marker)).length === 6);
  app.command('stream.pause');
  await app.waitForText('paused');
  await filter(`${marker} event:exec`);
  await app.waitFor(() => body().length === 3);
  await act('after');
  await app.waitForText('1 newer');
  expect(body().length).toBe(3);
  app.command('stream.pause');
  await app.waitFor(() => body().length === 4);
  await app.waitForNoText('newer');
  await clear();
});

test('under a filter one can stop, scroll to the first match, and follow again', async () => {
  await filter(`${marker} event:exec`);
  const count = () => Number(/(\d+) of [\d,]+ match/.exec(footer())?.[1] ?? 0);
  await act('word', 45);
  await app.waitFor(() => count() >= 45);
  const bottom = body();
  app.command('move.first');
  await app.waitFor(() => body()[0] !== bottom[0] && footer().includes('newer'));
  app.command('move.last');
  await app.waitForNoText('newer');
  expect(body().at(-1)).toBe(bottom.at(-1));
  await clear();
});

test('the row under the cursor stays when the filter goes: its surroundings are seen', async () => {
  await act('other');
  await run('/bin/true', [`${marker}-x`]);
  await act('other', 3);
  await filter(`${marker}-x`);
  await app.waitFor(() => body().length === 2);
  app.command('move.up');
  await app.waitFor(() => app.cells().some((row) => row.every((cell) => cell.isInverse)));
  await clear();
  const cursor = () => app.cells().find((row) => row.every((cell) => cell.isInverse));
  await app.waitFor(() =>
    (cursor() ?? [])
      .map(({ text }) => text)
      .join('')
      .includes(`${marker}-x`),
  );
  expect(body().some((row) => row.includes('other'))).toBe(true);
  app.command('move.last');
});
