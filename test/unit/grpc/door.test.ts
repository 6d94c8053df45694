import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createDoor, type Door, MAX_CLIENTS, MAX_WAITING } from '../../../src/agent/grpc/door.ts';
import { until } from '../../driver/until.ts';

let folder: string;
let server: Server;
let ends: Socket[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tgdoor-'));
  server = createServer();
  ends = [];
  await new Promise<void>((resolve) => server.listen(join(folder, 's'), resolve));
});
afterEach(async () => {
  for (const end of ends) end.destroy();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

/** One more comes to the door. @returns the door's end of it */
async function arrive(door: Door): Promise<Socket> {
  const arrived = new Promise<Socket>((resolve) => server.once('connection', resolve));
  ends.push(connect(join(folder, 's')));
  const socket = await arrived;
  ends.push(socket);
  door.come(socket);
  return socket;
}

test('whoever says nothing is thrown out after a while; whoever is in stays', async () => {
  const door = createDoor(50);
  const greeted = await arrive(door);
  expect(door.enter(greeted)).toBe(true);
  const silent = await arrive(door);
  expect(await until(() => silent.destroyed)).toBe(true);
  expect(door.enter(silent)).toBe(false);
  expect(greeted.destroyed).toBe(false);
  door.close();
  expect(greeted.destroyed).toBe(true);
});

test('however many say nothing, one more finds room, and nobody inside has to go', async () => {
  const door = createDoor(60_000);
  const inside = await arrive(door);
  door.enter(inside);
  const silent: Socket[] = [];
  for (let i = 0; i < MAX_WAITING; i++) silent.push(await arrive(door));
  expect(silent.filter(({ destroyed }) => destroyed)).toEqual([]);
  const late = await arrive(door);
  expect(silent.map(({ destroyed }) => destroyed).indexOf(false)).toBe(1);
  expect(door.enter(late)).toBe(true);
  expect(inside.destroyed).toBe(false);
  door.close();
});

test('there is an end of clients, too; when one leaves, another can come', async () => {
  const door = createDoor(60_000);
  const clients: Socket[] = [];
  for (let i = 0; i < MAX_CLIENTS; i++) clients.push(await arrive(door));
  expect(clients.map((client) => door.enter(client))).not.toContain(false);
  const late = await arrive(door);
  expect([door.enter(late), late.destroyed]).toEqual([false, true]);
  const closed = new Promise((resolve) => clients[0]?.once('close', resolve));
  clients[0]?.destroy();
  await closed;
  expect(door.enter(await arrive(door))).toBe(true);
  door.close();
});
