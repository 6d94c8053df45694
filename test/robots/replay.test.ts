/** What comes through a pipe, in the real screen: its keys are the terminal's. A log of a real Tetragon. Needs a built dist/. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AppSession, appSession, LAUNCHER } from '../driver/app.ts';
import { corpusPath, describeCorpus } from '../driver/corpus.ts';
import { startPty } from '../driver/pty.ts';
import { LIMIT_MS } from '../driver/until.ts';

const LOG = corpusPath('tetragon-recorded.jsonl');

describeCorpus('a log through a pipe', () => {
  let app: AppSession;
  beforeAll(async () => {
    const program = `'${process.execPath}' '${LAUNCHER}' replay - --no-state --config none`;
    const session = startPty('/bin/sh', ['-c', `gzip -c '${LOG}' | ${program}`], {
      columns: 120,
      rows: 40,
    });
    await session.waitFor('209 of 209 events', { timeoutMs: LIMIT_MS });
    app = appSession(session);
  });
  afterAll(async () => {
    // The shell's code is that of the last in the pipe.
    expect(await app.quit()).toBe(0);
  });

  test('keys work: the views, a filter, one event', async () => {
    expect(app.screen()[0]).toContain('replay: standard input');
    app.command('view.tree');
    await app.waitForText('/opt/tetragon/work-a.sh');
    app.command('view.binaries');
    await app.waitForText('/usr/bin/setpriv');
    app.command('view.alerts');
    await app.waitForText('file-monitoring-filtered');
    app.command('view.stream', 'row.filter');
    await app.waitForText('Enter applies');
    app.enter('/etc/shadow');
    await app.waitForNoText('Enter applies');
    await app.waitFor((screen) =>
      screen.slice(3, -3).every((row) => !row.includes('/usr/bin/sleep')),
    );
    app.command('move.last', 'row.detail');
    await app.waitForText('security_file_permission');
    app.command('app.back', 'app.back');
  });

  test('it can go back, although a pipe can’t', async () => {
    app.command('play.start');
    await app.waitForText('0 of 209 events');
    app.command('play.step', 'play.step');
    await app.waitForText('2 of 209 events');
    app.command('play.end');
    await app.waitForText('209 of 209 events');
  });
});
