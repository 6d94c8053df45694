/** The screen on Tetragon's agents: two servers of the test that send what a real Tetragon has logged. Needs a built dist/. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonObject } from '@bufbuild/protobuf';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CommandId } from '../../src/ui/commands.ts';
import { type AppSession, startApp } from '../driver/app.ts';
import { corpusLines, describeCorpus } from '../driver/corpus.ts';
import { startTetragonServer, type TetragonServer } from '../driver/tetragonServer.ts';
import { LIMIT_MS, until } from '../driver/until.ts';

const lines = corpusLines('tetragon-recorded.jsonl').map((line) => JSON.parse(line) as JsonObject);

describeCorpus('two agents', () => {
  let folder = '';
  let app: AppSession;
  let servers: TetragonServer[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'trigon-attach-'));
    servers = [];
    for (const name of ['one', 'two'])
      servers.push(await startTetragonServer(`unix://${join(folder, name)}`));
    for (const server of servers)
      server.policies.push({
        id: '1',
        name: 'watch-passwords',
        state: 'TP_STATE_ENABLED',
        mode: 'TP_MODE_MONITOR',
        sensors: ['generic_kprobe'],
      });
    app = await startApp(['attach', ...servers.map(({ address }) => address)]);
    await until(() => servers.every(({ followers }) => followers === 1));
    servers.forEach((server, index) => {
      for (const line of lines)
        server.send({ ...line, node_name: index === 0 ? 'node-one' : 'node-two' });
    });
  });
  afterAll(async () => {
    const code = await app.quit();
    for (const server of servers) server.close();
    rmSync(folder, { recursive: true });
    expect(code).toBe(0);
  });

  test('the stream has the events of both, each with its node', async () => {
    await app.waitFor(
      (screen) =>
        screen.some((row) => row.includes('node-one')) ||
        screen.some((row) => row.includes('node-two')),
      { timeoutMs: LIMIT_MS },
    );
    for (const node of ['node-one', 'node-two']) {
      const other = node === 'node-one' ? 'node-two' : 'node-one';
      app.command('row.filter');
      app.enter(`node:${node}`);
      await app.waitFor(
        (screen) => {
          const rows = screen.slice(2, -2);
          return rows.some((row) => row.includes(node)) && !rows.some((row) => row.includes(other));
        },
        { timeoutMs: LIMIT_MS },
      );
      app.command('app.back');
    }
  });

  test('tree, binaries and alerts are made of what was told; the nodes are listed', async () => {
    const shows: readonly (readonly [CommandId, string])[] = [
      ['view.tree', 'running, '],
      ['view.binaries', ' programs'],
      ['view.alerts', ' alerts'],
    ];
    for (const [view, count] of shows) {
      app.command(view);
      await app.waitFor(
        (screen) =>
          (screen.at(-1) ?? '').includes(count) && screen.some((row) => row.includes('/usr/bin/')),
        { timeoutMs: LIMIT_MS },
      );
    }
    app.type(':');
    app.enter('nodes');
    const count = String(lines.length);
    await app.waitFor(
      (screen) =>
        ['node-one', 'node-two'].every((node) =>
          screen.some((row) => row.includes(node) && row.includes(count)),
        ),
      { timeoutMs: LIMIT_MS },
    );
    app.command('app.back', 'view.stream');
  });

  test('policies of both nodes are listed; one is armed, and disarmed by the key', async () => {
    app.command('view.policies');
    await app.waitFor(
      (screen) => screen.filter((row) => row.includes('watch-passwords')).length >= 2,
      { timeoutMs: LIMIT_MS },
    );
    const armed = () => servers.filter(({ policies: [one] }) => one?.mode === 'TP_MODE_ENFORCE');
    app.command('policy.arm');
    // What will be done, whom it would have hit, for how long; then the name.
    for (const step of ['Nobody is spared', 'does not tell whom', 'no fuse', 'Type the policy']) {
      await app.waitForText(step);
      if (step !== 'Type the policy') app.press('enter');
    }
    app.enter('watch-passwords');
    await until(() => armed().length === 1);
    expect(armed()).toHaveLength(1);
    await app.waitForText('ARMED');
    app.command('policy.disarmAll');
    await until(() => armed().length === 0);
    expect(armed()).toHaveLength(0);
  });
});
