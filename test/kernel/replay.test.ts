/**
 * A round trip: what was recorded on this host gives the same lines again; and `trigon replay` as a command. The recording needs
 * root; all needs a built dist/.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import { LAUNCHER } from '../driver/app.ts';
import { run } from '../driver/command.ts';
import { corpusPath, describeCorpus } from '../driver/corpus.ts';
import { openClone } from '../driver/openClone.ts';
import { until } from '../driver/until.ts';
import { policyText } from './policyFile.ts';

const folder = mkdtempSync(join(tmpdir(), 'trigon-replay-'));
afterAll(() => rmSync(folder, { recursive: true }));

const LOG = corpusPath('tetragon-recorded.jsonl');

const replay = (...words: string[]) => run(process.execPath, [LAUNCHER, 'replay', ...words]);
const linesOf = (text: string): string[] => text.split('\n').slice(0, -1);

test('recorded on this host, replayed: the same compact lines', async () => {
  const file = join(folder, 'session.zst');
  const policy = join(folder, 'policy.yaml');
  const target = join(folder, 'target');
  writeFileSync(target, '');
  writeFileSync(policy, policyText('seen', [{ args: [[0, 'Equal', [target]]] }]));
  const recording = spawn(
    process.execPath,
    // A recording has the credentials in any case, and what they let a process do stands in its lines.
    [
      ...[LAUNCHER, 'events', '-o', 'compact', '--color', 'never'],
      ...['--record', file, '--policy', policy],
    ],
    { stdio: ['ignore', 'pipe', 'ignore'], detached: true },
  );
  let text = '';
  recording.stdout.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
  });
  // Its beginning is seen by what it sees.
  expect(
    await until(async () => {
      await run('/bin/cat', [target]);
      return text.includes(target);
    }),
  ).toBe(true);
  await run('/bin/sh', ['-c', 'exit 3']);
  await run('/bin/echo', ['two words', '\u001b[31m']);
  const ended = new Promise((resolve) => recording.on('close', resolve));
  recording.kill('SIGTERM');
  await ended;

  const again = await replay(file, '-o', 'compact', '--color', 'never');
  expect(again).toMatchObject({ code: 0, stderr: '' });
  expect(linesOf(Buffer.from(again.stdout, 'latin1').toString('utf8'))).toEqual(linesOf(text));
  expect(linesOf(text).length).toBeGreaterThan(4);
});

// They need nobody's privileges: what is recorded is at hand.
describeCorpus('a log of Tetragon', () => {
  test('-o json gives every line as it was', async () => {
    expect((await replay(LOG, '-o', 'json')).stdout).toBe(readFileSync(LOG, 'latin1'));
    const sample = corpusPath('tetragon-events.sample.json');
    const told = linesOf((await replay(sample, '-o', 'json')).stdout);
    expect(told.map((line) => JSON.parse(line))).toEqual(
      linesOf(readFileSync(sample, 'latin1')).map((line) => JSON.parse(line)),
    );
  });

  test('-o compact gives the lines that tetra printed', async () => {
    const printed = linesOf(readFileSync(corpusPath('tetragon-recorded.compact.txt'), 'latin1'));
    const told = linesOf((await replay(LOG, '-o', 'compact', '--color', 'never')).stdout);
    expect(told.slice(-printed.length).toSorted()).toEqual(printed.toSorted());
  });

  test('lines are chosen as those of "events" are', async () => {
    const count = async (...words: string[]) =>
      linesOf((await replay(LOG, '-o', 'compact', '--color', 'never', ...words)).stdout).length;
    expect(await count('--event-types', 'exec')).toBe(65);
    expect(await count('-e', 'lsm,uprobe')).toBe(8);
    expect(await count('--count', '7')).toBe(7);
    expect(await count('--policy-names', 'lsm-file-open')).toBe(4);
    expect(await count('--user', '65534')).toBeGreaterThan(5);
    expect(await count('--filter', 'binary:/usr/bin/su event:exec')).toBeGreaterThan(0);
    expect(await count('--pid', '188')).toBe(1);
    expect(await count('--pid', '355', '--follow')).toBeGreaterThan(80);
  });

  test('users have the names that the log tells, and none of this host', async () => {
    const untold = await replay(LOG, '--user', 'nobody');
    expect(untold).toMatchObject({ code: 0, stdout: '' });
    expect(untold.stderr).toMatch('tells no names of users');
    const told = join(folder, 'named.jsonl');
    const named = readFileSync(LOG, 'utf8').replaceAll(
      '"uid":65534,',
      '"uid":65534,"user":{"name":"elsewhere"},',
    );
    writeFileSync(told, named);
    const chosen = await replay(told, '--user', 'elsewhere');
    expect(linesOf(chosen.stdout).length).toBeGreaterThan(5);
    expect(chosen.stderr).toBe('');
    expect((await replay(told, '--user', 'nobody')).stdout).toBe('');
  });

  test('a compressed one through a pipe; a reader that has seen enough', async () => {
    const packed = join(folder, 'log.gz');
    writeFileSync(packed, gzipSync(readFileSync(LOG)));
    const command = `'${process.execPath}' '${LAUNCHER}' replay - --color never`;
    const whole = await run('/bin/sh', ['-c', `cat '${packed}' | ${command}`]);
    expect(linesOf(whole.stdout)).toHaveLength(209);
    const head = await run('/bin/sh', ['-c', `${command} < '${packed}' | head -n 2`]);
    expect(linesOf(head.stdout)).toHaveLength(2);
    expect(head.stderr).toBe('');
  });

  test('what is wrong is told, with the exit code that says so', async () => {
    expect(await replay('/nonexistent')).toMatchObject({ code: 1 });
    expect((await replay('/etc/hostname')).stderr).toMatch('/etc/hostname:1: not JSON');
    expect(await replay()).toMatchObject({ code: 2 });
    expect(await replay(LOG, '--speed', 'fast')).toMatchObject({ code: 2 });
    expect(await replay(LOG, '-o', 'xml')).toMatchObject({ code: 2 });
  });

  test('somebody without privileges can do it', async () => {
    const open = join(folder, 'open.jsonl');
    writeFileSync(open, readFileSync(LOG));
    const words = [
      '-c',
      `umask 077; cat '${open}' | setpriv --reuid 65534 --regid 65534 --clear-groups '${process.execPath}' '${LAUNCHER}' replay - -o compact`,
    ];
    expect(linesOf((await run('unshare', openClone(['/bin/sh', ...words]))).stdout)).toHaveLength(
      209,
    );
  });
});
