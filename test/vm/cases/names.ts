/** The program that sees DNS answers: on every kernel, locked down or not. */
import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { join } from 'node:path';
import { projectRoot } from '../../../src/agent/client.ts';
import { cgroupTree, startDnsSensor } from '../../../src/agent/names/dnsSensor.ts';
import { until } from '../../driver/until.ts';
import { BOOT_NAMES } from '../boots.ts';
import type { Case } from '../case.ts';

const SERVER = '127.0.0.97';

async function bound(address: string, port: number): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.bind(port, address);
  await once(socket, 'listening');
  return socket;
}

export const NAME_CASES: readonly Case[] = [
  {
    name: 'DNS answers are seen, and arrive',
    boots: BOOT_NAMES,
    async run() {
      const tree = cgroupTree();
      assert.ok(tree, 'cgroup v2 is mounted');
      const sensor = startDnsSensor(join(projectRoot(), 'build', 'bpf'), tree);
      const server = await bound(SERVER, 53);
      const client = await bound('127.0.0.1', 0);
      const arrived: string[] = [];
      client.on('message', (message) => arrived.push(message.toString('hex')));
      try {
        // The header of an answer to a question, and something behind it.
        const answer = Buffer.from('123481800001000100000000616263', 'hex');
        const other = Buffer.from('ffff', 'hex');
        const seen: string[] = [];
        server.send(answer, client.address().port, '127.0.0.1');
        server.send(other, client.address().port, '127.0.0.1');
        await until(() => arrived.length === 2);
        await until(() => {
          sensor.drain((message) => seen.push(Buffer.from(message).toString('hex')));
          return seen.length > 0;
        });
        assert.deepEqual(arrived, [answer.toString('hex'), other.toString('hex')]);
        assert.deepEqual(seen, [answer.toString('hex')]);
      } finally {
        server.close();
        client.close();
        sensor.close();
      }
      return {};
    },
  },
];
