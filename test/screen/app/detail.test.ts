/** Everything about one event, of real processes. Needs root and a built dist/. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AppSession, startApp } from '../../driver/app.ts';
import { run } from '../../driver/command.ts';

let app: AppSession;
const marker = `m${randomUUID().slice(0, 8)}`;
const HOSTILE = '\x1b]52;c;cHduZWQ=\x07\u202e';

beforeAll(async () => {
  app = await startApp([], { columns: 100, rows: 45 });
  await run('/bin/sh', ['-c', 'exit 3', marker, HOSTILE, '', 'two words', 'last']);
  app.command('row.filter');
  await app.waitForText('Enter applies');
  app.enter(`${marker} event:exec`);
  await app.waitForText('1 of ');
  app.command('row.detail');
  await app.waitForText('exec id');
});
afterAll(async () => {
  expect(await app.quit()).toBe(0);
});

const body = (): string[] => app.screen().slice(6, -2);

const tab = async (title: string): Promise<void> => {
  const active = () =>
    (app.cells()[3] ?? [])
      .filter((cell) => cell.isInverse)
      .map(({ text }) => text)
      .join('')
      .trim();
  for (let i = 0; i < 9 && active() !== title; i++) {
    const before = active();
    app.command('view.next');
    await app.waitFor(() => active() !== before);
  }
  expect(active()).toBe(title);
};

const value = (name: string): string =>
  body()
    .find((row) => row.slice(1).startsWith(`${name} `))
    ?.slice(name.length + 1)
    .trim() ?? '';

test('fields: binary as run and as it is, directory, user, parent', async () => {
  expect(value('event')).toBe('exec');
  expect(value('binary')).toBe('/bin/sh');
  expect(value('resolved')).toMatch(/^\/usr\/bin\/(dash|bash)$/);
  expect(value('user')).toBe('root (0)');
  expect(value('directory')).toBe(process.cwd());
  await app.waitFor(() => value('parent').startsWith(`${process.pid}  `));
});

test('arguments: one a line, hostile ones escaped, empty ones seen', async () => {
  await tab('Arguments');
  expect(
    body()
      .slice(0, 8)
      .map((row) => row.trim()),
  ).toEqual([
    '›0  /bin/sh',
    '1  -c',
    '2  "exit 3"',
    `3  ${marker}`,
    '4  "\\x1b]52;c;cHduZWQ=\\a\\u202e"',
    '5  ""',
    '6  "two words"',
    '7  last',
  ]);
  expect(app.clipboard()).toEqual([]);
});

test('ancestry: from pid 1 or the oldest that is known down to this process', async () => {
  await tab('Ancestry');
  await app.waitForText('PROGRAM');
  // The agent is asked for the ancestors.
  await app.waitFor(() => body().some((row) => /^› .* exec +└─\/bin\/sh -c "exit 3"/.test(row)));
  const rows = body().filter((row) => /^[› ] +\d+ /.test(row));
  const pids = rows.map((row) => Number(/\d+/.exec(row)?.[0]));
  expect(pids.at(-2)).toBe(process.pid);
  expect(new Set(pids).size).toBe(pids.length);
  expect(rows.at(-1)).toMatch(/^› .* exit 3 +exec +└─\/bin\/sh -c "exit 3"/);
  expect(app.text()).toMatch(
    pids[0] === 1 ? /pid 1: the first process/ : /its parent is not known/,
  );
});

test('environment: not read unless it is asked for, and how to', async () => {
  await tab('Environment');
  await app.waitForText('--enable-process-environment-variables');
});

test('files: of one that has ended none can be told', async () => {
  await tab('Files');
  await app.waitForText('has ended: its open files');
});

test('credentials: ids, capabilities; namespaces', async () => {
  await tab('Credentials');
  expect(value('effective')).not.toBe('');
  expect(body().join('\n')).toMatch(/real +uid root \(0\) {2}gid root \(0\)/);
  expect(value('permitted')).toMatch(/^(all \d+ capabilities|CAP_|none)/);
  await tab('Namespaces');
  expect(value('ns pid')).toMatch(/^\d+ {2}(the host’s|its own)|not known/);
});

test('JSON: joined it parses; it scrolls and tells where it is', async () => {
  await tab('JSON');
  await app.waitForText('lines 1–');
  const [, room, length] = /lines 1–(\d+) of (\d+)/.exec(app.text()) ?? [];
  const lines: string[] = [];
  for (let at = 0; at < Number(length); at++) {
    const top = Math.min(at, Number(length) - Number(room));
    await app.waitForText(`lines ${top + 1}–`);
    lines[at] = body()[at - top] ?? '';
    if (top < Number(length) - Number(room)) app.command('move.down');
  }
  const parsed = JSON.parse(
    lines.map((line) => line.padEnd(line.endsWith('"') || line.endsWith(',') ? 0 : 100)).join(''),
  );
  expect(parsed.process_exec.process.trigon.argv[4]).toBe(HOSTILE);
  expect(parsed.process_exec.parent.pid).toBe(process.pid);
});

test('Esc closes it; the cursor stands where it stood, and nothing follows', async () => {
  app.command('app.back');
  await app.waitForNoText('Credentials');
  expect(app.screen()[1]).toContain('filter:');
  expect(app.cells().some((row) => row.every((cell) => cell.isInverse))).toBe(true);
});

test('next and previous row, in the same tab; the numbers of the views still switch', async () => {
  await run('/bin/sh', ['-c', 'exit 3', marker, 'second']);
  await app.waitForText('2 of ');
  app.command('row.detail');
  await app.waitForText('Credentials');
  await tab('Arguments');
  app.command('detail.next');
  await app.waitForText('4  second');
  app.command('detail.previous');
  await app.waitForText('7  last');
  app.command('app.help');
  await app.waitForText('The first minute');
  app.command('app.back');
  await app.waitForText('7  last');
  app.command('view.policies');
  await app.waitForText('Would kill');
  app.command('view.stream');
  await app.waitForText('2 of ');
});
