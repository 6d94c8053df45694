/** Without a terminal on standard output: lines there, everything else on standard error. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodeEvent } from '../../../src/events/json.ts';
import { LAUNCHER } from '../../driver/app.ts';
import { type Ended, run } from '../../driver/command.ts';
import { asNobody } from '../../driver/openClone.ts';
import { startPty } from '../../driver/pty.ts';
import { until } from '../../driver/until.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tgapp-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

/** Runs until it ends, with processes starting and ending meanwhile. */
async function trigon(...args: string[]): Promise<Ended> {
  return withEvents(run(process.execPath, [LAUNCHER, ...args]));
}

async function withEvents(running: Promise<Ended>): Promise<Ended> {
  let ended: Ended | undefined;
  void running.then((result) => {
    ended = result;
  });
  await until(async () => {
    await run('/bin/true', []);
    return ended;
  });
  return await running;
}

const SUMMARY = /^trigon: \d+ events in \d+\.\d s, 0 lost\n$/;

describe('lines', () => {
  test('compact lines and a summary; it ends after --duration', async () => {
    const ended = await trigon('--duration', '1500ms');
    expect(ended.code).toBe(0);
    expect(ended.stderr).toMatch(SUMMARY);
    const lines = Buffer.from(ended.stdout, 'latin1').toString().split('\n').slice(0, -1);
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.some((line) => /^🚀 process \S+ \S*\/true$/.test(line.trimEnd()))).toBe(true);
    expect(ended.stdout).not.toContain('\x1b');
  });

  test('--count, --binary and --event-types narrow what comes, and end it', async () => {
    const ended = await trigon(
      'events',
      '--binary',
      '/true$',
      '-e',
      'PROCESS_EXIT',
      '--count',
      '3',
    );
    expect(ended.code).toBe(0);
    const lines = Buffer.from(ended.stdout, 'latin1').toString().split('\n').slice(0, -1);
    expect(lines).toHaveLength(3);
    for (const line of lines) expect(line).toMatch(/^💥 exit {4}\S+ \S*\/true\s+0$/);
    expect(ended.stderr).toMatch(/^trigon: 3 events in/);
  });

  test('--export-rate-limit: so many events, and how many were dropped', async () => {
    const ended = await trigon(
      ...['events', '-o', 'json', '--export-rate-limit', '3', '--duration', '1500ms'],
    );
    const lines = Buffer.from(ended.stdout, 'latin1').toString().split('\n').slice(0, -1);
    const events = lines.map(decodeEvent);
    expect(events.map(({ kind }) => /^process_/.test(kind))).toEqual([true, true, true, false]);
    const last = events[3];
    if (last?.kind !== 'rate_limit_info') throw new Error(`not the limit: ${last?.kind}`);
    expect(last.numberOfDroppedProcessEvents).toBeGreaterThan(0n);
    expect(last.nodeName).not.toBe('');
    expect(ended.stderr).toMatch(/^trigon: 3 events in \d+\.\d s, 0 lost\n$/);
  });

  test('--cgroup-rate: a limit that nobody reaches changes nothing', async () => {
    const ended = await trigon('events', '--cgroup-rate', '1000000,1s', '--count', '5');
    expect(ended.code).toBe(0);
    expect(ended.stdout.split('\n')).toHaveLength(6);
    expect(ended.stderr).toMatch(/^trigon: 5 events in \d+\.\d s, 0 lost\n$/);
  });

  test('--pid and --follow: a process and its descendants, nobody else', async () => {
    const shell = spawn('sh', ['-c', 'while read go; do /bin/echo; sh -c "/bin/echo; :"; done'], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    // Until the agent listens, what the shell does is seen by nobody: it does it again and again.
    const again = setInterval(() => shell.stdin.write('go\n'), 100);
    const ended = await withEvents(
      run(process.execPath, [
        LAUNCHER,
        ...['events', '-o', 'json', '--follow', '--pid', String(shell.pid), '--count', '12'],
      ]),
    );
    clearInterval(again);
    shell.kill('SIGKILL');
    expect(ended.code).toBe(0);
    const events = ended.stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => decodeEvent(Buffer.from(line, 'latin1').toString()));
    const programs = events.flatMap((event) => ('process' in event ? [event.process.binary] : []));
    expect(programs).toHaveLength(12);
    for (const program of programs) expect(program).toMatch(/\/(echo|sh|dash)$/);
  });

  test('-o json: every line is an event', async () => {
    const ended = await trigon('events', '-o', 'json', '--duration', '1.5s');
    expect(ended.code).toBe(0);
    const lines = ended.stdout.split('\n').slice(0, -1);
    expect(lines.length).toBeGreaterThan(0);
    const kinds = lines.map((line) => decodeEvent(Buffer.from(line, 'latin1').toString()).kind);
    expect(new Set(kinds)).toEqual(new Set(['process_exec', 'process_exit']));
  });

  test('the reader closes the pipe: the end, and no mistake', async () => {
    const line = `"${process.execPath}" "${LAUNCHER}" 2>"${folder}/err" | head -1; echo "\${PIPESTATUS[0]}"; cat "${folder}/err"`;
    const ended = await withEvents(run('/bin/bash', ['-c', line]));
    const [event, code, summary] = ended.stdout.split('\n');
    expect(event).toMatch(/ (process|exit) /);
    expect(code).toBe('0');
    expect(summary).toMatch(/^trigon: \d+ events in/);
  });

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    '%s: exit code 0 and a summary',
    async (signal) => {
      const child = spawn(process.execPath, [LAUNCHER, 'events'], {
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const texts = { out: '', err: '' };
      child.stdout.on('data', (chunk) => {
        texts.out += chunk;
      });
      child.stderr.on('data', (chunk) => {
        texts.err += chunk;
      });
      await until(async () => {
        await run('/bin/true', []);
        return texts.out !== '';
      });
      const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
      child.kill(signal);
      expect(await closed).toBe(0);
      expect(texts.err).toMatch(SUMMARY);
    },
  );
});

describe('mistakes', () => {
  test.each([
    [['--no-such-option'], 'unknown option --no-such-option; see trigon --help'],
    [['-x'], 'unknown option -x; see trigon --help'],
    [['frobnicate'], 'unknown command "frobnicate"'],
    [['events', 'more'], '"more" is one word too many'],
    [['events', '-o', 'xml'], '--output must be compact or json, not "xml"'],
    [['events', '--color', 'blue'], '--color must be auto or always or never, not "blue"'],
    [['events', '--duration', 'soon'], '--duration must be a time such as 30s or 5m, not "soon"'],
    [['events', '--duration', '1s', '--duration', '2s'], '--duration is given twice'],
    [['--policy'], '--policy needs a path'],
    [['--policy', ''], '--policy needs a path'],
    [['--policy', '--ascii'], '--policy needs a path'],
    [['--no-theme'], 'unknown option --no-theme'],
  ])('%j: exit code 2, one line with the remedy', async (args, message) => {
    const ended = await run(process.execPath, [LAUNCHER, ...args]);
    expect(ended.code, ended.stderr).toBe(2);
    expect(ended.stdout).toBe('');
    expect(ended.stderr).toMatch(/^trigon: [^\n]+\n$/);
    expect(ended.stderr).toContain(message);
  });

  test('a theme that there is not, on a terminal', async () => {
    const session = startPty(process.execPath, [LAUNCHER, '--theme', 'drak'], { columns: 120 });
    expect((await session.exit).code).toBe(2);
    expect(session.text()).toContain(
      'trigon: --theme: there is no theme "drak"; did you mean dark? (or a file: ./mine.yaml)',
    );
    expect(session.bufferType()).toBe('normal');
  });

  test('an option that the screen would ignore', async () => {
    const session = startPty(process.execPath, [LAUNCHER, '-o', 'json'], { columns: 120 });
    expect((await session.exit).code).toBe(2);
    expect(session.text()).toMatch(/--output is an option of .*"trigon events".* and others/);
  });

  test('no keyboard: it says so and leaves the terminal alone', async () => {
    const line = `"${process.execPath}" "${LAUNCHER}" </dev/null`;
    const session = startPty('/bin/sh', ['-c', line], { columns: 120 });
    expect((await session.exit).code).toBe(1);
    expect(session.text()).toContain('trigon: standard input is not a terminal');
    expect(session.raw()).not.toContain('\x1b[?1049h');
  });

  test('a broken policy: file, line and column; exit code 1 when it was all there was', async () => {
    const broken = file(
      'broken.yaml',
      'apiVersion: cilium.io/v1alpha1\nkind: TracingPolicy\nmetadata: {name: x\n',
    );
    const ended = await trigon('events', '--policy', broken, '--duration', '30s');
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(/^trigon: \S*broken\.yaml:\d+:\d+: /);
    expect(ended.stderr).not.toMatch(/\n +at /);
  });

  test('a policy that does not exist', async () => {
    const ended = await trigon(
      'events',
      '--policy',
      join(folder, 'none.yaml'),
      '--duration',
      '30s',
    );
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain('none.yaml');
    expect(ended.stderr).not.toMatch(/\n +at /);
  });

  test('a user without privileges: one message with the remedy, no stack trace', async () => {
    const command = [process.execPath, LAUNCHER, 'events'];
    const ended = await run('unshare', asNobody(command, ['--no-new-privs']));
    expect(ended.code).toBe(1);
    expect(ended.stdout).toBe('');
    expect(ended.stderr).toMatch(
      /^trigon: [^\n]+\n {2}run it as root, or with CAP_BPF and CAP_PERFMON\n$/,
    );
  });

  test('the same on a terminal: the message stands on the restored screen', async () => {
    const command = asNobody([process.execPath, LAUNCHER], ['--no-new-privs']);
    const session = startPty('unshare', command, { columns: 120 });
    expect((await session.exit).code).toBe(1);
    expect(session.bufferType()).toBe('normal');
    expect(session.text()).toContain('run it as root, or with CAP_BPF and CAP_PERFMON');
    expect(session.text()).not.toMatch(/\n +at /);
  });
});

describe('about itself', () => {
  test('--help and --version', async () => {
    const short = await run(process.execPath, [LAUNCHER, '--help']);
    expect([short.code, short.stderr]).toEqual([0, '']);
    expect(short.stdout).toContain('trigon --help --all');
    const help = await run(process.execPath, [LAUNCHER, '--help', '--all']);
    expect([help.code, help.stderr]).toEqual([0, '']);
    for (const word of ['--policy', '--enforce', '--theme', '--ascii', '--duration', 'events'])
      expect(help.stdout).toContain(word);
    const version = await run(process.execPath, [LAUNCHER, '--version']);
    expect([version.code, version.stderr]).toEqual([0, '']);
    expect(version.stdout).toMatch(
      /^\d+\.\d+\.\d+\ncommit +\S.*\nnode +26\.10\.0\nlibbpf +v\d+\.\d+\n/,
    );
    expect(version.stdout).toMatch(/\nprocess\.bpf\.o +[0-9a-f]{64}\n/);
  });
});
