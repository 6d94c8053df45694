/** A real Tetragon's log and a recording of ours, replayed in the real program. Needs a built dist/; the recording needs root. */
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type AppSession, startApp } from '../driver/app.ts';
import { run } from '../driver/command.ts';
import { corpusPath, describeCorpus } from '../driver/corpus.ts';

const LOG = corpusPath('tetragon-recorded.jsonl');
const OPTIONS = ['--no-state', '--config', 'none'];

const folder = mkdtempSync(join(tmpdir(), 'trigon-playback-'));
afterAll(() => rmSync(folder, { recursive: true }));

let app: AppSession;
const header = (): string => app.screen()[0] ?? '';
/** The line above the footer. */
const bar = (): string => app.screen().at(-2) ?? '';
/** The rows between the rules. */
const body = (): string[] => app.screen().slice(3, -3);
const rows = (): string[] => body().filter((row) => row.trim() !== '');
const barSays = (text: string) => app.waitFor(() => bar().includes(text));

/** Types a command in words. */
const command = async (words: string): Promise<void> => {
  app.command('app.palette');
  await app.waitForText('Esc closes');
  app.type(words);
  await app.waitFor((screen) => (screen.at(-1) ?? '').startsWith(` :${words}`));
  app.press('enter');
  await app.waitForNoText('Esc closes');
};

const narrowTo = async (filter: string, found: string): Promise<void> => {
  app.command('row.filter');
  await app.waitForText('Enter applies');
  app.press('ctrl+u');
  app.enter(filter);
  await app.waitForText(found);
};

describeCorpus('a log of Tetragon', () => {
  beforeEach(async () => {
    app = await startApp(['replay', ...OPTIONS, LOG], { columns: 120, rows: 40, ready: 'replay:' });
    app.command('play.end');
    await barSays('209 of 209 events');
  });
  afterEach(async () => expect(await app.quit()).toBe(0));

  test('the header tells what it is, the bar where it stands; all views have something to show', async () => {
    expect(header()).toContain('replay: tetragon-recorded.jsonl');
    expect(header()).not.toContain(' up ');
    await barSays('at the end');
    expect(bar()).toMatch(/━{10,}●/);
    await app.waitForText('/usr/bin/sleep 4');
    app.command('view.tree');
    await app.waitForText('/opt/tetragon/work-a.sh');
    app.command('view.binaries');
    await app.waitForText('/usr/bin/cat');
    app.command('view.alerts');
    await app.waitForText('file-monitoring');
  });

  test('from the start, step by step, back, and to the end', async () => {
    app.command('play.start');
    await barSays(' 0 of 209 events');
    app.command('play.step', 'play.step', 'play.step');
    await barSays('3 of 209 events');
    expect(bar()).toContain('paused');
    await app.waitFor(() => rows().length === 3);
    app.command('play.stepBack');
    await barSays('2 of 209 events');
    await app.waitFor(() => rows().length === 2);
    app.command('play.faster');
    await barSays('2×');
    app.command('play.toggle');
    await barSays('playing');
    app.command('play.toggle');
    await barSays('paused');
    app.command('play.end');
    await barSays('at the end');
  });

  test('to a time, and to a mark, which a restart doesn’t lose', async () => {
    await narrowTo('event=exec binary=sleep args=4', '1 of ');
    app.command('move.first', 'stream.mark');
    await app.waitForText('mark 1');
    app.command('app.back', 'play.start');
    await barSays(' 0 of 209 events');
    await app.waitFor(() => rows().every((row) => !row.includes('mark 1')));
    app.command('play.nextMark');
    await app.waitFor(() => rows().at(-1)?.includes('/usr/bin/sleep 4') ?? false);
    expect(rows().at(-2)).toContain('mark 1');
    const [time = ''] = /\d\d:\d\d:\d\d/.exec(rows().at(-1) ?? '') ?? [];
    app.command('play.start');
    await barSays(' 0 of 209 events');
    app.command('stream.time');
    await app.waitForText('go to time:');
    app.enter(time);
    // The first event of that second is the last one shown.
    const ofThatSecond = () => rows().filter((row) => row.includes(` ${time}.`));
    await app.waitFor(() => ofThatSecond().length === 1 && ofThatSecond()[0] === rows().at(-1));
  });

  test('filters, and a detail with what the log tells of the process and its ancestors', async () => {
    await narrowTo('event=exec binary=id', '2 of ');
    app.command('move.first', 'row.detail');
    await app.waitForText('/usr/bin/id');
    // A number of another host, which this one has another user for.
    await app.waitFor(() => body().some((row) => /^.user +65534$/.test(row.trimEnd())));
    app.press('tab', 'tab');
    await app.waitForText('START');
    await app.waitFor(() => body().some((row) => row.includes('/usr/bin/setpriv')));
    app.press('tab', 'tab');
    await app.waitForText('a recording doesn’t have the files');
  });

  test('nothing is armed, switched or signalled', async () => {
    app.command('view.policies', 'policy.arm');
    await app.waitForText('a recording can’t be armed');
    app.command('view.tree', 'row.signal');
    await app.waitForText('the processes of a recording get no signals');
  });
});

describeCorpus('for screen readers', () => {
  test('says that it plays, pauses, and where it is', async () => {
    app = await startApp(['replay', '--screen-reader', ...OPTIONS, LOG], {
      ...{ columns: 120, rows: 40, ready: 'At the end' },
    });
    expect(app.raw()).toContain('Trigon replay: tetragon-recorded.jsonl.');
    const from = app.raw().length;
    const heard = (words: RegExp) => app.waitFor(() => words.test(app.raw().slice(from)));
    app.command('play.start');
    await heard(/Paused at \d\d:\d\d:\d\d, event 0 of 209/);
    app.command('play.step');
    await heard(/event 1 of 209/);
    await heard(/process <kernel>/);
    app.command('play.toggle');
    await heard(/Playing from \d\d:\d\d:\d\d, at 1 times speed\./);
    expect(app.raw().slice(from)).not.toContain('\x1b');
    expect(await app.quit()).toBe(0);
  });
});

describe('a session of ours', () => {
  test('is recorded from the palette, with its marks, and replayed', async () => {
    const file = join(folder, 'session.zst');
    const word = `recorded-${process.pid}`;
    app = await startApp(OPTIONS, { columns: 120, rows: 40, cwd: folder });
    // A relative name: where Trigon was started.
    await command('record session.zst');
    await app.waitForText('REC ');
    await narrowTo(word, '0 of ');
    for (const nth of ['one', 'two', 'three']) await run('/bin/true', [word, nth]);
    await app.waitForText(`${word} three`);
    app.command('move.up', 'stream.mark');
    await app.waitForText('mark 1 is set');
    await command('record');
    await app.waitForText('recorded ');
    await app.waitForNoText('REC ');
    await run('/bin/true', [word, 'four']);
    expect(await app.quit()).toBe(0);
    expect(statSync(file).mode & 0o7777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['session.zst']);

    app = await startApp(['replay', ...OPTIONS, file], {
      ...{ columns: 120, rows: 40, ready: 'replay:' },
    });
    app.command('play.end');
    await barSays('at the end');
    await narrowTo(`event=exec ${word}`, '3 of ');
    await app.waitForText(`${word} three`);
    // The search comes to the oldest last.
    const isWhole = /one.*two.*mark 1|one.*mark 1.*two/s;
    await app.waitFor(() => isWhole.test(rows().join('\n')));
    expect(rows().join('\n')).not.toContain('four');
    expect(await app.quit()).toBe(0);
  });
});
