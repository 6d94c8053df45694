/** Of this very process and children of it: /proc is the real one. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  mkdtempSync,
  openSync,
  readlinkSync,
  rmSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readOpenFiles } from '../../../../src/agent/inspect/openFiles.ts';
import { internetAddress } from '../../../../src/agent/inspect/sockets.ts';
import type { OpenFile, OpenFiles } from '../../../../src/agent/inspect/types.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'trigon-files-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function filesOf(result: OpenFiles): OpenFile[] {
  if (result.kind !== 'read') throw new Error(`not read: ${JSON.stringify(result)}`);
  return result.files;
}
const own = (): OpenFile[] => filesOf(readOpenFiles(process.pid));
const fileOf = (fd: number): OpenFile | undefined => own().find((file) => file.fd === fd);

test('files: path, access, flags, offset; a deleted one is told as such, by the path that it had', () => {
  const path = join(folder, 'log');
  const fd = openSync(path, 'a');
  try {
    writeSync(fd, '12345');
    expect(fileOf(fd)).toMatchObject({
      ...{ type: 'file', access: 'write', isDeleted: false, offset: 5n },
    });
    unlinkSync(path);
    const deleted = fileOf(fd);
    expect(deleted).toMatchObject({ isDeleted: true, target: path });
    expect(deleted?.flags).toContain('append');
  } finally {
    closeSync(fd);
  }
});

test('directories and devices', () => {
  const fd = openSync(folder, 'r');
  const device = openSync('/dev/null', 'r+');
  try {
    expect(fileOf(device)).toMatchObject({ type: 'device', access: 'read and write' });
    expect(fileOf(fd)).toMatchObject({ access: 'read', target: folder });
  } finally {
    closeSync(fd);
    closeSync(device);
  }
});

test('sockets: addresses of both ends, and those that listen', async () => {
  const path = join(folder, 'a socket');
  const servers = [createServer().listen(0, '127.0.0.1'), createServer().listen(path)];
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const port = portOf(servers[0]);
  const client: Socket = connect(port, '127.0.0.1');
  await once(client, 'connect');
  try {
    const sockets = own().flatMap(({ socket }) => socket ?? []);
    const listening = { protocol: 'tcp', local: `127.0.0.1:${port}`, remote: '', state: 'listen' };
    expect(sockets).toContainEqual(listening);
    expect(sockets).toContainEqual({
      ...{ protocol: 'tcp', local: `127.0.0.1:${client.localPort}`, remote: `127.0.0.1:${port}` },
      state: 'established',
    });
    expect(sockets).toContainEqual({
      ...{ protocol: 'unix stream', local: path, remote: '', state: 'listen' },
    });
  } finally {
    client.destroy();
    for (const server of servers) server.close();
  }
});

function portOf(server: Server | undefined): number {
  const address = server?.address();
  if (typeof address !== 'object' || !address) throw new Error('no port');
  return address.port;
}

/** A Unix socket whose name makes the kernel's table hold a line of another one. */
async function forge(inode: string): Promise<Server> {
  const server = createServer().listen(`\0x\n1: 2 0 0 0001 03 ${inode} /forged\n`);
  await once(server, 'listening');
  return server;
}
const inodeOf = (fd: number): string =>
  /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${fd}`))?.[1] ?? '';
const isListening =
  (local: string) =>
  ({ socket }: OpenFile): boolean =>
    socket?.state === 'listen' && socket.local === local;

test('a connection can’t be passed off as a Unix socket, nor one Unix socket as another', async () => {
  const path = join(folder, 'real');
  const servers = [createServer().listen(0, '127.0.0.1'), createServer().listen(path)];
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const address = `127.0.0.1:${portOf(servers[0])}`;
  const [connection, real] = [address, path].map((local) => own().find(isListening(local))?.fd);
  if (connection === undefined || real === undefined) throw new Error('no such files');
  try {
    for (const fd of [connection, real]) servers.push(await forge(inodeOf(fd)));
    expect(fileOf(connection)?.socket).toMatchObject({ protocol: 'tcp', local: address });
    expect(fileOf(real)).toMatchObject({ type: 'socket', socket: undefined });
  } finally {
    for (const server of servers) server.close();
  }
});

test('what watches others is not asked for them, of which there may be a million', () => {
  const polling = own().find(({ target }) => target === 'anon_inode:[eventpoll]');
  expect(polling).toMatchObject({ access: 'read and write', offset: undefined, flags: [] });
});

test('another process, pipes, and one that is gone', async () => {
  const child = spawn('/bin/sleep', ['1000'], { stdio: ['pipe', 'pipe', 'ignore'] });
  await once(child, 'spawn');
  const pid = child.pid ?? 0;
  const files = filesOf(readOpenFiles(pid));
  // Node's pipes to children are socket pairs.
  expect(files.find(({ fd }) => fd === 1)).toMatchObject({ type: 'socket' });
  expect(files.find(({ fd }) => fd === 2)?.target).toBe('/dev/null');
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(readOpenFiles(pid)).toEqual({ kind: 'gone' });
});

test('more than are told are counted', () => {
  const fds = Array.from({ length: 1200 }, () => openSync('/dev/null', 'r'));
  try {
    const result = readOpenFiles(process.pid);
    expect(filesOf(result)).toHaveLength(1000);
    expect(result.kind === 'read' && result.more).toBeGreaterThan(200);
  } finally {
    fds.forEach(closeSync);
  }
});

test('addresses as /proc writes them', () => {
  expect(internetAddress('0100007F:0016')).toBe('127.0.0.1:22');
  expect(internetAddress('00000000000000000000000001000000:0035')).toBe('[::1]:53');
  expect(internetAddress('B80D0120000000000000000001000000:01BB')).toBe('[2001:db8::1]:443');
  expect(internetAddress('rubbish')).toBe('rubbish');
});
