/**
 * The export file of the built program, and what must not break it: kill -9, a full disk, a reader that does not read. The disk is a small
 * tmpfs of the test's own. Needs root and dist/.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { FromAgent } from '../../src/agent/messages.ts';
import { decodeEvent } from '../../src/events/json.ts';
import { hasProcess } from '../../src/events/types.ts';
import { startAgent } from '../driver/agent.ts';
import { run } from '../driver/command.ts';
import { compileProgram } from '../driver/compile.ts';
import { residentMemory } from '../driver/proc.ts';
import { until } from '../driver/until.ts';
import { openWorkshop, type Workshop } from './workshop.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MAIN = `${ROOT}dist/trigon.mjs`;

let shop: Workshop;
let file = '';
const children = new Set<ChildProcess>();
beforeAll(() => {
  shop = openWorkshop();
  const source = fileURLToPath(new URL('fixtures/storm.c', import.meta.url));
  compileProgram(source, shop.path('storm'));
  copyFileSync('/bin/true', shop.path('drop'));
});
beforeEach(() => {
  file = shop.path('export', 'tetragon.log');
  mkdirSync(shop.path('export'));
});
afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  children.clear();
  rmSync(shop.path('export'), { recursive: true });
});
afterAll(() => shop.remove());

type Program = {
  readonly child: ChildProcess;
  /** What it has said on standard error so far. */
  said(): string;
  /** Its exit code, when it has ended by itself and all it had to say was read. */
  readonly ended: Promise<number | null>;
  /** @returns its exit code */
  stop(): Promise<number | null>;
  kill(): Promise<void>;
};

/** `trigon events` without its guardian, which a kill must not wake. Its output is read by nobody unless it is asked for. */
function start(options: readonly string[], reads = true, env: NodeJS.ProcessEnv = {}): Program {
  const child = spawn(process.execPath, [MAIN, 'events', ...options], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_ENV: 'production', ...env },
    detached: true,
  });
  children.add(child);
  if (reads) child.stdout?.resume();
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const ended = new Promise<number | null>((resolve) => {
    child.on('close', (code) => resolve(code));
  });
  return {
    ...{ child, ended },
    said: () => said,
    stop() {
      child.kill('SIGTERM');
      child.stdout?.resume();
      return ended;
    },
    async kill() {
      child.kill('SIGKILL');
      child.stdout?.resume();
      await ended;
    },
  };
}

const linesOf = (path: string): string[] =>
  existsSync(path) ? readFileSync(path, 'utf8').split('\n') : [];

/** Turns of the storm whose execs are told, in their order. @throws when a line is no event */
const turnsIn = (lines: readonly string[]): number[] =>
  lines.flatMap((line) => {
    const event = decodeEvent(line);
    return event.kind === 'process_exec' && event.process.binary === shop.path('drop')
      ? Number(event.process.arguments)
      : [];
  });

const storm = (count: number) => run(shop.path('storm'), [String(count), shop.path('drop')]);
const upTo = (count: number) => Array.from({ length: count }, (_, turn) => turn);

/** Waits until it sees what happens. */
async function isLive(program: Program, path = file): Promise<void> {
  const seen = await until(async () => {
    await run('/bin/true', ['live']);
    return existsSync(path) && statSync(path).size > 0;
  });
  expect(seen, program.said()).toBe(true);
}

test('everything is in the file, whole, with the permissions that were asked for', async () => {
  const program = start(['--export', file, '--export-file-perm', '640']);
  await isLive(program);
  await storm(500);
  expect(await program.stop()).toBe(0);
  const lines = linesOf(file);
  expect(lines.pop()).toBe('');
  expect(turnsIn(lines)).toEqual(upTo(500));
  expect(statSync(file).mode & 0o777).toBe(0o640);
  expect(program.said()).toContain('0 lost');
});

test('kill -9 in the midst of it: at most the last line is a part, and the next one goes on behind whole lines', {
  timeout: 90_000,
}, async () => {
  let read = 0;
  for (let round = 0; round < 3; round++) {
    const program = start(['--export', file, '--export-file-max-size-mb', '0']);
    const before = existsSync(file) ? statSync(file).size : 0;
    await until(async () => {
      await run('/bin/true');
      return existsSync(file) && statSync(file).size > before;
    });
    const middle = statSync(file).size + (round + 1) * (64 << 10);
    const storming = storm(500);
    expect(await until(() => statSync(file).size > middle, { everyMs: 5 })).toBe(true);
    await program.kill();
    await storming;
    const lines = linesOf(file);
    const last = lines.pop() ?? '';
    expect(turnsIn(lines.slice(read)).length).toBeGreaterThan(10);
    read = lines.length;
    expect(last === '' || last.startsWith('{')).toBe(true);
  }
  // What a kill can leave, for certain.
  writeFileSync(file, '{"process_exec":{"process":{"exec_', { flag: 'a' });
  const program = start(['--export', file, '--export-file-max-size-mb', '0']);
  const size = statSync(file).size;
  await until(async () => {
    await run('/bin/true');
    return statSync(file).size > size;
  });
  await storm(10);
  await program.stop();
  expect(program.said()).toContain('ended in a part of a line');
  const lines = linesOf(file);
  expect(lines.pop()).toBe('');
  expect(turnsIn(lines).slice(-10)).toEqual(upTo(10));
});

describe('a full disk', () => {
  const mount = (size: string, ...options: string[]) =>
    execFileSync('mount', [
      ...['-t', 'tmpfs', '-o', [`size=${size}`, ...options].join(), 'trigon-test'],
      shop.path('export'),
    ]);
  const isMounted = () => readFileSync('/proc/self/mounts', 'utf8').includes(shop.path('export'));
  afterEach(() => {
    if (isMounted()) execFileSync('umount', ['-l', shop.path('export')]);
  });

  test('it says so, keeps running, leaves whole lines, and loses nothing that it has room to keep', async () => {
    mount('256k');
    const program = start(['--export', file]);
    await isLive(program);
    await storm(500);
    expect(await until(() => program.said().includes('no space left on device'))).toBe(true);
    const whole = linesOf(file);
    expect(whole.pop()).toBe('');
    expect(turnsIn(whole)).toEqual(upTo(turnsIn(whole).length));
    await storm(1);
    mount('64m', 'remount');
    expect(await until(() => program.said().includes('is written again: nothing was lost'))).toBe(
      true,
    );
    expect(await program.stop()).toBe(0);
    const lines = linesOf(file);
    expect(lines.pop()).toBe('');
    expect(turnsIn(lines)).toEqual([...upTo(500), 0]);
    expect(program.said()).toContain('0 lost');
    expect(program.said().match(/no space left/g)).toHaveLength(1);
  });

  test('at the end what could not be written is counted', async () => {
    mount('64k');
    const program = start(['--export', file]);
    await isLive(program);
    await storm(200);
    expect(await until(() => program.said().includes('no space left on device'))).toBe(true);
    expect(await program.stop()).toBe(0);
    const lines = linesOf(file);
    expect(lines.pop()).toBe('');
    const [, lost] = /(\d+) export file/.exec(program.said()) ?? [];
    expect(Number(lost)).toBeGreaterThan(2 * (200 - turnsIn(lines).length));
  });

  test('a recording too: frames are whole, and it goes on', async () => {
    // Room for the processes of any host.
    mount('1m');
    const recording = shop.path('export', 'session.zst');
    const filler = shop.path('export', 'filler');
    const program = start(['--record', recording]);
    expect(await until(() => existsSync(recording) && statSync(recording).size > 0)).toBe(true);
    writeFileSync(filler, Buffer.alloc(statFree(shop.path('export')) - 4096));
    await storm(1000);
    expect(await until(() => program.said().includes('no space left on device'))).toBe(true);
    rmSync(filler);
    mount('64m', 'remount');
    expect(await until(() => program.said().includes('is written again: nothing was lost'))).toBe(
      true,
    );
    await program.stop();
    const lines = unpacked(recording);
    expect(lines.at(-1)).toContain('"kind":"end"');
    expect(turnsIn(lines.filter((line) => !line.includes('"trigon_recorded"')))).toEqual(
      upTo(1000),
    );
  });
});

/** Bytes that are free on a file system. */
function statFree(path: string): number {
  const [blocks = '0', size = '0'] = execFileSync('stat', ['-f', '-c', '%a %S', path], {
    encoding: 'utf8',
  }).split(' ');
  return Number(blocks) * Number(size);
}

/** Lines of a recording, by a reader that is not ours. */
const unpacked = (path: string): string[] =>
  execFileSync('zstd', ['-dcq', path], { encoding: 'utf8', maxBuffer: 1 << 28 })
    .trimEnd()
    .split('\n');

test('a reader that does not read: the file has everything, its own queue is bounded, what it misses is counted', async () => {
  const program = start(
    [
      ...['-o', 'json', '--enable-process-cred', '--enable-process-ns'],
      ...['--export', file, '--export-file-max-size-mb', '0'],
    ],
    false,
  );
  await isLive(program);
  const count = 10_000;
  await storm(count);
  const hasLast = async () => {
    const last = `"binary":"${shop.path('drop')}","arguments":"${count - 1}"`;
    return (await run('grep', ['-qF', last, file])).code === 0;
  };
  expect(await until(hasLast, { everyMs: 500 })).toBe(true);
  expect(residentMemory(program.child.pid ?? 0)).toBeLessThan(400 << 20);
  expect(await program.stop()).toBe(0);
  expect(turnsIn(linesOf(file).slice(0, -1))).toEqual(upTo(count));
  expect(program.said()).toMatch(/[1-9]\d* queue/);
  expect(program.said()).not.toContain('export file');
}, 120_000);

describe('a recording', () => {
  const recording = () => shop.path('export', 'session.zst');

  test('begins with what runs, has every event, and ends; it replaces no file', async () => {
    const program = start(['--record', recording()]);
    await isLive(program, recording());
    await storm(300);
    expect(await program.stop()).toBe(0);
    const lines = unpacked(recording());
    expect(lines[0]).toContain('"kind":"begin"');
    const running = lines.filter((line) => line.includes('"kind":"processes"'));
    expect(running.some((line) => line.includes('"pid":1,'))).toBe(true);
    expect(lines.at(-1)).toMatch(/^\{"trigon_recorded":\{"kind":"end","events":\d+\}\}$/);
    const events = lines.filter((line) => !line.includes('"trigon_recorded"'));
    expect(turnsIn(events)).toEqual(upTo(300));
    expect(lines.at(-1)).toContain(`"events":${events.length}}`);
    expect(events.every((line) => hasProcess(decodeEvent(line)))).toBe(true);
    expect(statSync(recording()).mode & 0o777).toBe(0o600);

    const again = start(['--record', recording()]);
    expect(await again.ended).toBe(1);
    expect(again.said()).toContain('is there already');
  });

  test('kill -9: all frames that were written can be read', async () => {
    const program = start(['--record', recording()]);
    await isLive(program, recording());
    await storm(300);
    const turns = (lines: string[]) =>
      turnsIn(lines.filter((line) => !line.includes('"trigon_recorded"')));
    // While a frame is being written, the last one may be cut off.
    const isThere = () => {
      try {
        return turns(unpacked(recording())).length === 300;
      } catch {
        return false;
      }
    };
    expect(await until(isThere, { everyMs: 200 })).toBe(true);
    await program.kill();
    const lines = unpacked(recording());
    expect(lines[0]).toContain('"kind":"begin"');
    expect(turns(lines)).toEqual(upTo(300));
  });
});

describe('a recording under sudo', () => {
  const NOBODY = 65_534;
  const env = { SUDO_UID: String(NOBODY), SUDO_GID: String(NOBODY) };

  test('belongs to whoever called it, and lies where they may write', async () => {
    const own = shop.path('export', 'own');
    mkdirSync(own);
    chownSync(own, NOBODY, NOBODY);
    for (const folder of [shop.folder, shop.path('export')]) chmodSync(folder, 0o755);
    const program = start(['--record', `${own}/session.zst`], true, env);
    await isLive(program, `${own}/session.zst`);
    expect(await program.stop()).toBe(0);
    expect(statSync(`${own}/session.zst`)).toMatchObject({ uid: NOBODY, gid: NOBODY });

    const foreign = shop.path('export', 'session.zst');
    const refused = start(['--record', foreign], true, env);
    expect(await refused.ended).toBe(1);
    expect(refused.said()).toContain('permission denied');
    expect(existsSync(foreign)).toBe(false);
  });
});

test('a recording that begins and ends while the agent runs', async () => {
  const states: Extract<FromAgent, { type: 'recording' }>[] = [];
  const agent = await startAgent({}, (message) => {
    if (message.type === 'recording') states.push(message);
  });
  try {
    const recording = shop.path('export', 'session.zst');
    await storm(1);
    await agent.catchUp();
    agent.send({ type: 'record', path: recording });
    await until(() => states.some(({ path }) => path === recording));
    await storm(5);
    await agent.catchUp();
    const mark = { time: 5n, execId: 'x', label: 'here' };
    agent.send({ type: 'mark', mark, isSet: true });
    agent.send({ type: 'record', path: undefined });
    expect(await until(() => states.at(-1)?.path === undefined)).toBe(true);
    const lines = unpacked(recording);
    expect(turnsIn(lines.filter((line) => !line.includes('"trigon_recorded"')))).toEqual(upTo(5));
    expect(lines.at(-2)).toContain('"label":"here"');
    expect(states.at(-1)).toMatchObject({ bytes: statSync(recording).size });
  } finally {
    await agent.stop();
  }
});

describe('mistakes end the start', () => {
  const failing = async (...options: string[]) => {
    const program = start(options);
    return { code: await program.ended, said: program.said() };
  };

  test.each([
    ['--export-allowlist', '{"binary_regx":["a"]}', 'binary_regx'],
    ['--export-denylist', '{"pid":[1]}\n{"binary_regex":["("]}', 'line 2'],
    ['--export-allowlist', '{"cel_expression":["process_exec.process.pid =="]}', 'cel_expression'],
    ['--field-filters', '{"fields":"process.binry"}', 'did you mean binary'],
  ])('%s %s', async (option, text, word) => {
    const { code, said } = await failing('--export', file, option, text);
    expect(said).toContain(option);
    expect(said).toContain(word);
    expect(code).toBe(2);
    expect(existsSync(file)).toBe(false);
  });

  test('another Trigon that writes the same file: it is told, and who', async () => {
    const first = start(['--export', file]);
    await isLive(first);
    const { code, said } = await failing('--export', file);
    expect(said).toContain(`process ${first.child.pid}, writes ${file}`);
    expect(code).toBe(1);
    expect(await first.stop()).toBe(0);
  });

  test('a folder that is not there', async () => {
    const { code, said } = await failing('--export', `${file}/none/tetragon.log`);
    expect(said).toContain(`the folder ${file}/none does not exist`);
    expect(code).toBe(1);
  });
});
