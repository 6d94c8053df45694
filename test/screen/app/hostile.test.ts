/** Programs that want to harm whoever watches them: their text is shown, and does nothing. */
import { randomUUID } from 'node:crypto';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { GROUND_QUERY } from '../../../src/ui/terminal/groundProbe.ts';
import { type AppSession, startApp } from '../../driver/app.ts';
import { run } from '../../driver/command.ts';
import { untilRow } from './stream.ts';

let app: AppSession;
let folder: string;
/** What the program itself wrote to take the screen ends here. */
let start: number;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tgapp-'));
  // The node's name is shown in the header; a terminal wide enough for the longest line below.
  app = await startApp(['--node', 'host\x1b]0;pwned\x07\x9b2J'], { columns: 200, rows: 30 });
  start = app.raw().length;
});
afterAll(async () => {
  expect(await app.quit()).toBe(0);
  rmSync(folder, { recursive: true, force: true });
});

/** No operating system command, no clearing, no reset, no C1 control, no direction override, no device control string. */
const expectHarmless = (): void => {
  const raw = app.raw().slice(start);
  for (const harmful of ['\x1b]', '\x1b[2J', '\x1bc', '\x1bP', '\x9b', '\u202e', '\u2066', '\x07'])
    expect(raw).not.toContain(harmful);
  expect(app.clipboard()).toEqual([]);
  expect(app.bufferType()).toBe('alternate');
  expect(app.screen()[0]).toContain('lost');
};

const marker = randomUUID();

test.each([
  ['a title', '\x1b]0;pwned\x07', '\\x1b]0;pwned\\a'],
  ['a cleared screen', '\x1b[2J\x1b[H', '\\x1b[2J\\x1b[H'],
  ['the clipboard', '\x1b]52;c;cHduZWQ=\x1b\\', '\\x1b]52;c;cHduZWQ='],
  ['a C1 control sequence', 'a\u009b2Jb', 'a\\u009b2Jb'],
  ['reversed text', 'exe\u202efdp.sh', 'exe\\u202efdp.sh'],
  ['line breaks', 'one\ntwo\rthree', 'one\\ntwo\\rthree'],
  ['invisible characters', 'a\u200bb\u2060c\u{e0041}', 'a\\u200bb\\u2060c\\U000e0041'],
])('%s in an argument', async (_what, argument, shown) => {
  const act = () => run('/bin/true', [marker, argument]);
  const row = await untilRow(app, (line) => line.includes(marker) && line.includes(shown), act);
  // Quoted once by the argument list, where the escape's backslash may be doubled.
  expect(row, app.shown()).toBeDefined();
  expectHarmless();
});

test('bytes that are no UTF-8, in an argument', async () => {
  const act = () => run('/bin/sh', ['-c', `exec /bin/true "$(printf '\\377\\233\\376')${marker}"`]);
  const isIt = (line: string) => line.includes('/bin/true') && line.includes(`\uFFFD${marker}`);
  expect(await untilRow(app, isIt, act), app.shown()).toBeDefined();
  expectHarmless();
});

test('a program with such a name', async () => {
  const program = join(folder, 'x\x1b]0;pwned\x07\u202e\ny');
  copyFileSync('/bin/true', program);
  const isIt = (line: string) => line.includes(folder) && line.includes('\\u202e');
  expect(await untilRow(app, isIt, () => run(program, [])), app.shown()).toBeDefined();
  expectHarmless();
});

test('the name of the host that was given on the command line', () => {
  // One sequence of that kind is the program's own: it asks for the background.
  const beginning = app.raw().slice(0, start).replace(GROUND_QUERY, '');
  for (const harmful of ['\x1b]', '\x9b', '\x07']) expect(beginning).not.toContain(harmful);
  expect(app.screen()[0]).toContain('host');
});
