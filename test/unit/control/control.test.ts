import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { askTrigon, ControlError } from '../../../src/agent/control/client.ts';
import type { PrivateServer } from '../../../src/agent/control/privateServer.ts';
import { MAX_REQUEST_BYTES } from '../../../src/agent/control/protocol.ts';
import { type ControlHandlers, startControl } from '../../../src/agent/control/server.ts';
import { isAlive, listSockets } from '../../../src/agent/control/socketPath.ts';
import { DEFAULT_FUSE } from '../../../src/agent/messages.ts';
import { STATS } from '../agent/metrics/sample.ts';

class Refusal extends Error {}

let folder: string;
let path: string;
let calls: unknown[][];
let servers: PrivateServer[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tgctl-'));
  path = join(folder, '1.sock');
  calls = [];
  servers = [];
});
afterEach(() => {
  for (const server of servers) server.close();
  rmSync(folder, { recursive: true, force: true });
});

const handlers: ControlHandlers = {
  add({ source, file, mode, variables }) {
    calls.push(['add', source, file, mode, variables]);
    return { ids: [3], problems: [], warnings: ['a warning'] };
  },
  remove(id, by) {
    if (id === 99) throw new Refusal('there is no policy 99');
    calls.push(['remove', id, by]);
  },
  setMode: (...args) => void calls.push(['setMode', ...args]),
  arm: ({ id, seconds, add, fuse }, by) => void calls.push(['arm', id, seconds, add, fuse, by]),
  status: () => [],
  stats: () => STATS,
  isRefusal: (error): error is Error => error instanceof Refusal,
};

async function start(at = path): Promise<PrivateServer> {
  const server = startControl(at, handlers);
  servers.push(server);
  await server.ready;
  return server;
}

/** Sends bytes as they are and returns all that comes back until the other side closes, or a line is complete. */
function sendRaw(bytes: string | Uint8Array, at = path): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(at, () => socket.write(bytes));
    socket.setTimeout(5000, () => reject(new Error('no answer')));
    socket.on('error', () => {}); // the other side may close while we still write
    socket.on('data', (chunk) => {
      text += chunk;
      if (text.endsWith('\n')) socket.destroy();
    });
    socket.on('close', () => resolve(text));
  });
}

const errorOf = async (line: string): Promise<string> =>
  JSON.parse(await sendRaw(`${line}\n`)).error;

describe('requests', () => {
  test('each command reaches its handler as it was asked', async () => {
    await start();
    expect(await askTrigon(path, { command: 'status' })).toEqual({
      pid: process.pid,
      policies: [],
    });
    const added = await askTrigon(path, {
      command: 'add',
      source: 'kind: \u{1f680}\n',
      file: '/p.yaml',
      mode: 'monitor',
      variables: { A: 'b', ['__proto__']: 'c' },
    });
    expect(added).toEqual({ ids: [3], problems: [], warnings: ['a warning'] });
    const operator = { user: 'root', sudoUser: 'alice', tty: '/dev/pts/3' };
    await askTrigon(path, { command: 'set-mode', id: 1, mode: 'off', operator });
    const fuse = { limit: 5, seconds: 2 };
    await askTrigon(path, { command: 'arm', id: 1, seconds: 600, add: 'kill', fuse });
    await askTrigon(path, { command: 'arm', id: 0, seconds: null, add: 'none', fuse });
    await askTrigon(path, { command: 'remove', id: 2 });
    expect(calls.map(([name]) => name)).toEqual(['add', 'setMode', 'arm', 'arm', 'remove']);
    expect(calls[0]?.slice(1, 4)).toEqual(['kind: \u{1f680}\n', '/p.yaml', 'monitor']);
    expect(Object.keys(calls[0]?.[4] as object)).toEqual(['A', '__proto__']);
    expect(calls.slice(1)).toEqual([
      ['setMode', 1, 'off', operator],
      ['arm', 1, 600, 'kill', fuse, undefined],
      ['arm', 0, null, 'none', fuse, undefined],
      ['remove', 2, undefined],
    ]);
  });

  test('a refusal comes back in its words', async () => {
    await start();
    await expect(askTrigon(path, { command: 'remove', id: 99 })).rejects.toThrow(
      new ControlError('there is no policy 99'),
    );
  });

  test('arming without a fuse gets the default one', async () => {
    await start();
    await sendRaw('{"trigon":1,"command":"arm","id":7,"seconds":60,"add":"none"}\n');
    expect(calls).toEqual([['arm', 7, 60, 'none', DEFAULT_FUSE, undefined]]);
  });

  test('several requests on one connection, cut anywhere', async () => {
    await start();
    const lines =
      '{"trigon":1,"command":"remove","id":1}\n{"trigon":1,"command":"remove","id":2}\n';
    await new Promise<void>((resolve) => {
      let answers = 0;
      const socket = connect(path, async () => {
        for (const character of lines) {
          socket.write(character);
          await new Promise(setImmediate);
        }
      });
      socket.on('data', (chunk) => {
        answers += String(chunk).split('\n').length - 1;
        if (answers === 2) socket.destroy();
      });
      socket.on('close', () => resolve());
    });
    expect(calls).toEqual([
      ['remove', 1, undefined],
      ['remove', 2, undefined],
    ]);
  });
});

describe('what is no request reaches no handler', () => {
  test.each([
    ['', 'not a JSON object'],
    ['hello', 'not a JSON object'],
    ['[]', 'not a JSON object'],
    ['null', 'not a JSON object'],
    ['{"command":"status"}', 'another version of the protocol'],
    ['{"trigon":2,"command":"status"}', 'another version of the protocol'],
    ['{"trigon":1}', '"command" is missing'],
    ['{"trigon":1,"command":"constructor"}', 'unknown command'],
    ['{"trigon":1,"command":"status","id":1}', 'unknown field "id"'],
    ['{"trigon":1,"command":"remove"}', '"id" is missing'],
    ['{"trigon":1,"command":"remove","id":"1"}', '"id" must be a whole number'],
    ['{"trigon":1,"command":"remove","id":-1}', '"id" must be a whole number'],
    ['{"trigon":1,"command":"remove","id":1.5}', '"id" must be a whole number'],
    ['{"trigon":1,"command":"remove","id":4294967296}', '"id" must be a whole number'],
    ['{"trigon":1,"command":"set-mode","id":1,"mode":"enforce"}', '"mode" must be off or monitor'],
    [
      '{"trigon":1,"command":"add","source":"","file":"/p","mode":"enforce","variables":{}}',
      '"mode" must be',
    ],
    [
      '{"trigon":1,"command":"add","source":"","file":"/p","mode":"off","variables":{"A":1}}',
      '"variables" must be',
    ],
    [
      '{"trigon":1,"command":"add","source":"","file":"/p","mode":"off","variables":[]}',
      '"variables" must be',
    ],
    ['{"trigon":1,"command":"arm","id":1,"add":"none"}', '"seconds" is missing'],
    ['{"trigon":1,"command":"arm","id":1,"seconds":0,"add":"none"}', '"seconds" must be'],
    ['{"trigon":1,"command":"arm","id":1,"seconds":60}', '"add" is missing'],
    ['{"trigon":1,"command":"arm","id":1,"seconds":60,"add":1}', '"add" must be'],
    [
      '{"trigon":1,"command":"arm","id":1,"seconds":60,"add":"kill","fuse":{"limit":0,"seconds":1}}',
      '"limit" must be',
    ],
    ['{"trigon":1,"command":"arm","id":1,"seconds":60,"add":"kill","fuse":[]}', '"fuse" must be'],
    [
      '{"trigon":1,"command":"arm","id":1,"seconds":60,"add":"kill","Fuse":{}}',
      'unknown field "Fuse"',
    ],
    ['{"trigon":1,"command":"remove","id":1,"operator":"root"}', '"operator" must be an object'],
    ['{"trigon":1,"command":"remove","id":1,"operator":{}}', '"user" is missing'],
    [
      '{"trigon":1,"command":"remove","id":1,"operator":{"user":"a","shell":"b"}}',
      'unknown field "shell"',
    ],
    [
      `{"trigon":1,"command":"remove","id":1,"operator":{"user":"${'a'.repeat(129)}"}}`,
      '"user" may have 128 characters at most',
    ],
    [`{"trigon":1,"command":"remove","id":${'['.repeat(100_000)}`, 'not a JSON object'],
    [`{"trigon":1,"command":"remove","id":${'['.repeat(9000)}${']'.repeat(9000)}}`, '"id" must be'],
  ])('%.70s', async (line, message) => {
    await start();
    expect(await errorOf(line)).toContain(message);
    expect(calls).toEqual([]);
  });

  test('bytes that are no text', async () => {
    await start();
    const answer = await sendRaw(Uint8Array.from([0xff, 0, 0xfe, 0x0a]));
    expect(JSON.parse(answer).ok).toBe(false);
  });

  test('a line without end: an answer, then the connection is closed', async () => {
    await start();
    const answer = await sendRaw('x'.repeat(MAX_REQUEST_BYTES + 10));
    expect(JSON.parse(answer).error).toContain('bytes at most');
    expect(await askTrigon(path, { command: 'status' })).toBeDefined();
  });

  test('a source that is too large is refused before it is sent', async () => {
    await start();
    const source = 'x'.repeat(MAX_REQUEST_BYTES);
    const request = { command: 'add', source, file: '/p', mode: 'off', variables: {} } as const;
    await expect(askTrigon(path, request)).rejects.toThrow('too large to send');
  });

  test('a client that goes away in the middle of a line harms nobody', async () => {
    await start();
    await new Promise<void>((resolve) => {
      const socket = connect(path, () => socket.write('{"trigon":1', () => socket.destroy()));
      socket.on('close', () => resolve());
    });
    expect(await askTrigon(path, { command: 'status' })).toBeDefined();
  });
});

describe('the socket', () => {
  test('is for its owner only, leaves nothing beside it, and goes with the server', async () => {
    const server = await start();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['1.sock']);
    server.close();
    expect(readdirSync(folder)).toEqual([]);
    await expect(askTrigon(path, { command: 'status' })).rejects.toThrow('no Trigon listens on');
  });

  test('closed before it is open: nothing is left', async () => {
    const server = startControl(path, handlers);
    server.close();
    await server.ready.catch(() => {});
    expect(readdirSync(folder)).toEqual([]);
  });

  test('a second server leaves the first one alone', async () => {
    await start();
    const second = startControl(path, handlers);
    await expect(second.ready).rejects.toThrow('another Trigon listens on');
    second.close();
    expect(await askTrigon(path, { command: 'status' })).toBeDefined();
  });

  test('a stale file is replaced', async () => {
    // What a crash leaves: a bound socket without its listener. Node removes the file that it knows of, so another is bound.
    const crashed = createServer();
    await new Promise<void>((resolve) => crashed.listen(join(folder, 'x'), resolve));
    renameSync(join(folder, 'x'), path);
    await new Promise((resolve) => crashed.close(resolve));
    expect(statSync(path).isSocket()).toBe(true);
    expect(await isAlive(path)).toBe(false);
    await start();
    expect(await askTrigon(path, { command: 'status' })).toBeDefined();
  });

  test.each([
    ['a file', (at: string) => writeFileSync(at, 'precious')],
    ['a folder', (at: string) => mkdirSync(at)],
    ['a link', (at: string) => symlinkSync(join(folder, 'none'), at)],
    ['a pipe', (at: string) => execFileSync('mkfifo', [at])],
    ['a device', (at: string) => execFileSync('mknod', [at, 'c', '1', '3'])],
  ])('%s in its place is refused, and stays', async (what, make) => {
    make(path);
    const { ino, mode, mtimeMs } = lstatSync(path);
    const server = startControl(path, handlers);
    await expect(server.ready).rejects.toThrow(
      `${path} is there already and is ${what}, not a socket`,
    );
    server.close();
    expect(lstatSync(path)).toMatchObject({ ino, mode, mtimeMs });
    expect(readdirSync(folder)).toEqual(['1.sock']);
  });

  test('a socket of another user is not replaced', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(join(folder, 'x'), resolve));
    renameSync(join(folder, 'x'), path);
    await new Promise((resolve) => other.close(resolve));
    chownSync(path, 65534, 65534);
    const { ino } = lstatSync(path);
    await expect(startControl(path, handlers).ready).rejects.toThrow('is a socket of user 65534');
    expect(lstatSync(path).ino).toBe(ino);
  });

  test('what has come to its place meanwhile stays when it closes', async () => {
    const server = await start();
    unlinkSync(path);
    writeFileSync(path, 'precious');
    server.close();
    expect(readFileSync(path, 'utf8')).toBe('precious');
  });

  test.each([
    ['that others can write', () => chmodSync(folder, 0o777), 'others than its owner can write'],
    ['of somebody else', () => chownSync(folder, 65534, 65534), 'belongs to user 65534'],
  ])('a folder %s is refused', async (_what, change, reason) => {
    change();
    await expect(startControl(path, handlers).ready).rejects.toThrow(reason);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('a folder that others can write only beside what is ours is not', async () => {
    chmodSync(folder, 0o1777);
    await start();
    expect(await askTrigon(path, { command: 'status' })).toBeDefined();
  });

  test('a path that no socket address can hold is an error that says so', async () => {
    const server = startControl(join(folder, 'x'.repeat(120)), handlers);
    await expect(server.ready).rejects.toThrow('is too long for a socket: at most 107 bytes');
  });

  test('a folder that is not there is an error', async () => {
    const server = startControl(join(folder, 'none', 's'), handlers);
    await expect(server.ready).rejects.toThrow('ENOENT');
  });

  test('a socket of another user is not asked', async () => {
    await start();
    chownSync(path, 65534, 65534);
    await expect(askTrigon(path, { command: 'status' })).rejects.toThrow('belongs to user 65534');
  });

  test('the list of sockets holds process numbers only, in order', () => {
    for (const name of ['20.sock', '3.sock', 'x.sock', '0.sock', '7.sock.bak', '.t-1'])
      writeFileSync(join(folder, name), '');
    expect(listSockets(folder).map(({ pid }) => pid)).toEqual([3, 20]);
    expect(listSockets(join(folder, 'none'))).toEqual([]);
  });
});
