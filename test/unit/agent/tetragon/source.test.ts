import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonObject } from '@bufbuild/protobuf';
import { ServerCredentials } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { FromAgent, PolicyDescription } from '../../../../src/agent/messages.ts';
import { startTetragonSource, type TetragonSource } from '../../../../src/agent/tetragon/source.ts';
import { compactLine, formatCompact } from '../../../../src/events/compact.ts';
import { decodeEvent } from '../../../../src/events/json.ts';
import { readEvent } from '../../../../src/events/wire/event.ts';
import { packedSizeAt, readPacked } from '../../../../src/events/wire/packed.ts';
import { makeCertificates } from '../../../driver/certificates.ts';
import { corpusLines, describeCorpus } from '../../../driver/corpus.ts';
import { startTetragonServer, type TetragonServer } from '../../../driver/tetragonServer.ts';
import { LIMIT_MS, until } from '../../../driver/until.ts';

const lines = corpusLines('tetragon-recorded.jsonl');
const jsonOf = (line: string) => JSON.parse(line) as JsonObject;

describeCorpus('agents of Tetragon', () => {
  let folder = '';
  let servers: TetragonServer[] = [];
  let source: TetragonSource | undefined;
  let messages: FromAgent[] = [];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'trigon-attach-'));
    servers = [];
    messages = [];
  });
  afterEach(async () => {
    await source?.stop();
    source = undefined;
    for (const server of servers) server.close();
    rmSync(folder, { recursive: true });
  });

  async function serve(name: string): Promise<TetragonServer> {
    const server = await startTetragonServer(`unix://${join(folder, name)}`);
    servers.push(server);
    return server;
  }

  function attach(readOnly = false): TetragonSource {
    const targets = servers.map(({ address }) => ({ address }));
    source = startTetragonSource({ targets, readOnly }, (message) => messages.push(message));
    return source;
  }

  const told = <Type extends FromAgent['type']>(type: Type) =>
    messages.filter(
      (message): message is Extract<FromAgent, { type: Type }> => message.type === type,
    );

  /** Compact lines of all events so far. */
  const compact = (): string[] =>
    told('records').flatMap(({ buffer, bytes }) => {
      const view = new DataView(buffer, 0, bytes);
      const found: string[] = [];
      for (let at = 0; at < bytes; at += packedSizeAt(view, at)) {
        const context = { node: 'none', hookNames: () => undefined, parent: () => undefined };
        found.push(
          formatCompact(compactLine(readEvent(readPacked(view, at), context)), { color: false }),
        );
      }
      return found;
    });

  const policies = (): PolicyDescription[] => {
    const found = new Map<number, PolicyDescription>();
    for (const { changed, removed } of told('policies')) {
      for (const policy of changed) found.set(policy.id, policy);
      for (const id of removed) found.delete(id);
    }
    return [...found.values()];
  };

  test('what the agents say that they dropped counts as lost', async () => {
    const server = await serve('a');
    attach();
    await until(() => server.followers === 1);
    for (const dropped of ['7', '5'])
      server.send({ rate_limit_info: { number_of_dropped_process_events: dropped } });
    expect(await until(() => told('status').at(-1)?.lost.clients === 12)).toBe(true);
  });

  const POLICY: JsonObject = {
    id: '7',
    name: 'watch-things',
    state: 'TP_STATE_ENABLED',
    mode: 'TP_MODE_MONITOR',
    kernel_memory_bytes: '12345',
    domain: 'static',
    sensors: ['generic_kprobe'],
    stats: {
      selector_action_counters: [
        {
          hook: 'sys_openat',
          hook_index: 0,
          selector_index: 1,
          selector_label: 'secrets',
          action_counters: { post: '5', nopost: '1', monitor_signal: '2' },
        },
      ],
    },
  };

  test("a log's events come as they went in, whatever their node", async () => {
    const server = await serve('a');
    attach();
    await until(() => server.followers === 1);
    for (const line of lines) server.send(jsonOf(line));
    const expected = lines.map((line) =>
      formatCompact(compactLine(decodeEvent(line)), { color: false }),
    );
    await until(() => compact().length >= expected.length);
    expect(compact()).toEqual(expected);
  });

  test('the models: tree, binaries, alerts; and what is asked of a process', async () => {
    const server = await serve('a');
    const attached = attach();
    attached.handle({ type: 'watch', topics: ['tree', 'binaries', 'alerts'] });
    await until(() => server.followers === 1);
    for (const line of lines) server.send(jsonOf(line));
    await until(() => told('binaries').some(({ changed }) => changed.length > 0));
    const execs = lines.map(decodeEvent).filter((event) => event.kind === 'process_exec');
    // The first stands for the kernel, which is no program.
    const binary = execs.at(-1)?.process.binary ?? '';
    const row = () =>
      told('binaries')
        .flatMap(({ changed }) => changed)
        .findLast((one) => one.binary === binary);
    const count = execs.filter((event) => event.process.binary === binary).length;
    expect(count).toBeGreaterThan(0);
    await until(() => row()?.execs === count);
    attached.handle({ type: 'describe-binary', request: 3, binary });
    expect(told('binary-description')[0]?.profile?.counters.execs).toBe(count);
  });

  describe('policies', () => {
    test('are listed with their counters, switched, and told when they go', async () => {
      const server = await serve('a');
      server.policies.push({ ...POLICY });
      const attached = attach();
      await until(() => policies().length === 1);
      const [policy] = policies();
      expect(policy).toMatchObject({
        name: 'watch-things',
        mode: 'monitor',
        condition: 'enabled',
        memoryBytes: 12345,
        file: server.address,
      });
      expect(policy?.hooks[0]).toMatchObject({
        call: 'sys_openat',
        selectors: [{ words: 'selector 2: secrets' }],
      });
      const id = policy?.id ?? -1;
      await until(() =>
        told('status').some(({ policies: [state] }) => state?.counts[0]?.[0]?.posted === 5),
      );
      const state = told('status').find(({ policies: [one] }) => one)?.policies[0];
      expect(state?.counts[0]?.[0]).toMatchObject({ matched: 6, posted: 5, wouldAct: 2 });

      attached.handle({ type: 'set-mode', policy: id, mode: 'off' });
      await until(() => policies()[0]?.mode === 'off');
      expect(server.configured.at(-1)).toEqual({
        name: 'watch-things',
        domain: 'static',
        enable: false,
      });
      attached.handle({ type: 'set-mode', policy: id, mode: 'monitor' });
      await until(() => policies()[0]?.mode === 'monitor');

      server.policies.length = 0;
      await until(() => policies().length === 0);
    });

    test('armed by this screen: until it ends, and no longer', async () => {
      const server = await serve('a');
      server.policies.push({ ...POLICY });
      const attached = attach();
      await until(() => policies().length === 1);
      const id = policies()[0]?.id ?? -1;
      attached.handle({
        type: 'arm',
        policy: id,
        seconds: 600,
        added: [],
        fuse: { limit: 20, seconds: 10 },
      });
      await until(() => policies()[0]?.mode === 'enforce');
      expect(policies()[0]?.armedUntil).toBeGreaterThan(Date.now());
      await attached.stop();
      expect(server.policies[0]?.mode).toBe('TP_MODE_MONITOR');
    });

    test('its time is over', async () => {
      const server = await serve('a');
      server.policies.push({ ...POLICY });
      const attached = attach();
      await until(() => policies().length === 1);
      const id = policies()[0]?.id ?? -1;
      const fuse = { limit: 20, seconds: 10 };
      attached.handle({ type: 'arm', policy: id, seconds: 1, added: [], fuse });
      await until(() => server.configured.some(({ mode }) => mode === 'TP_MODE_ENFORCE'));
      await until(() => server.policies[0]?.mode === 'TP_MODE_MONITOR');
      expect(told('notice').some(({ text }) => text.includes('time is over'))).toBe(true);
    });

    test('read-only: nothing is armed', async () => {
      const server = await serve('a');
      server.policies.push({ ...POLICY });
      const attached = attach(true);
      await until(() => policies().length === 1);
      const fuse = { limit: 20, seconds: 10 };
      attached.handle({
        type: 'arm',
        policy: policies()[0]?.id ?? -1,
        seconds: 5,
        added: [],
        fuse,
      });
      expect(told('notice')[0]?.text).toContain('--read-only');
      expect(server.configured).toEqual([]);
    });
  });

  test('several agents: each with its state; one that comes later is found; one that goes is said', async () => {
    const first = await serve('a');
    const address = `unix://${join(folder, 'b')}`;
    source = startTetragonSource(
      { targets: [{ address: first.address }, { address }], readOnly: false },
      (message) => messages.push(message),
    );
    const state = (of: string) =>
      told('nodes')
        .at(-1)
        ?.nodes.find((node) => node.address === of)?.state;
    await until(() => state(first.address) === 'connected' && state(address) === 'failed');
    const second = await serve('b');
    await until(() => state(address) === 'connected');
    first.send({ ...jsonOf(lines[0] ?? ''), node_name: 'node-one' });
    second.send({ ...jsonOf(lines[0] ?? ''), node_name: 'node-two' });
    await until(() => compact().length === 2);
    expect(
      compact()
        .map((line) => line.split(' ')[2])
        .toSorted(),
    ).toEqual(['node-one', 'node-two']);
    await until(
      () =>
        told('nodes')
          .at(-1)
          ?.nodes.map(({ node }) => node)
          .join() === 'node-one,node-two',
    );
    first.close();
    await until(() => state(first.address) === 'failed');
    expect(told('notice').some(({ text }) => text.includes(first.address))).toBe(true);
  });

  test('when the screen takes nothing, the agents wait, and nothing is lost', async () => {
    const server = await serve('a');
    const attached = attach();
    await until(() => server.followers === 1);
    const json = jsonOf(lines[0] ?? '');
    const much = 20_000;
    for (let i = 0; i < much; i++) server.send(json);
    let given = 0;
    const count = () => told('records').reduce((sum, one) => sum + one.count, 0);
    const isAllHere = () => {
      // The screen deals with batches late, one after the other.
      const batches = told('records');
      const batch = batches[given];
      if (batch) {
        attached.handle({ type: 'done', bytes: batch.bytes });
        given += 1;
      }
      return count() === much;
    };
    // So many take their time, whoever makes them: all of it is done by this one thread.
    await until(isAllHere, { limitMs: 3 * LIMIT_MS });
    expect(count()).toBe(much);
  });

  describe('what stands in the way, in words', () => {
    const reasonOf = (address: string) =>
      told('nodes')
        .at(-1)
        ?.nodes.find((node) => node.address === address)?.reason;
    const start = (targets: Parameters<typeof startTetragonSource>[0]['targets']) => {
      source = startTetragonSource({ targets, readOnly: false }, (message) =>
        messages.push(message),
      );
    };

    test('no socket, nobody there', async () => {
      const absent = `unix://${join(folder, 'absent')}`;
      // A port that nobody has: nothing listens below 1024 on this address.
      start([{ address: absent }, { address: '127.0.0.98:9' }]);
      expect(await until(() => reasonOf(absent))).toBe('there is no such socket');
      expect(await until(() => reasonOf('127.0.0.98:9'))).toBe('nobody listens there');
    });

    test('TLS: with a certificate; without one; of a stranger; with another name', async () => {
      const files = makeCertificates(folder);
      const pem = (file: string) => readFileSync(file);
      const server = await startTetragonServer(
        '127.0.0.1:0',
        ServerCredentials.createSsl(
          pem(files.ca),
          [{ cert_chain: pem(files.server.cert), private_key: pem(files.server.key) }],
          true,
        ),
      );
      servers.push(server);
      const address = server.address.replace('127.0.0.1', 'localhost');
      const own = { authorities: files.ca, certificate: files.client.cert, key: files.client.key };
      start([{ address, tls: own }]);
      await until(() => server.followers === 1);
      server.send(jsonOf(lines[0] ?? ''));
      expect(await until(() => compact().length === 1)).toBe(true);
      await source?.stop();

      messages = [];
      start([{ address, tls: { authorities: files.ca } }]);
      expect(await until(() => reasonOf(address))).toContain('--tls-cert-file');
      await source?.stop();

      messages = [];
      start([{ address, tls: { ...own, authorities: files.client.cert } }]);
      expect(await until(() => reasonOf(address))).toContain('--tls-ca-cert-files');
      await source?.stop();

      messages = [];
      start([{ address, tls: { ...own, serverName: 'somebody.else' } }]);
      expect(await until(() => reasonOf(address))).toContain('--tls-server-name');
    });
  });
});
