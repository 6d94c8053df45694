import { writeFileSync } from 'node:fs';
import { ControlError } from '../../src/agent/control/client.ts';
import { LAUNCHER } from '../driver/app.ts';
import { run } from '../driver/command.ts';
import { type GrpcClient, openGrpcClient } from '../driver/grpcClient.ts';
import { until } from '../driver/until.ts';
import type { Random } from '../screen/terminal/random.ts';
import type { Ledger } from './ledger.ts';
import { PASSING_KINDS, passingPolicy, type Watcher } from './policies.ts';
import type { Shop } from './shop.ts';
import type { Subject } from './subject.ts';

/** Whoever comes to a Trigon beside the screen: policies that are added and removed, files that change, clients that ask and listen. */
export type Visitors = {
  /** Adds a policy for a while; `kind` is any number. */
  addPolicy(kind: number): Promise<void>;
  removePolicy(random: Random): Promise<void>;
  /** One of our library watches for a while. */
  watchLibrary(random: Random): Promise<void>;
  /** A policy of the library for each way of attaching that it has: what Trigon loads on demand, and then keeps, is loaded. */
  tourLibrary(): Promise<void>;
  /** The file of a watcher changes, and Trigon reads it anew. */
  changeFile(watcher: Watcher): Promise<void>;
  openClient(): Promise<void>;
  closeClient(): void;
  scrape(): Promise<void>;
  askStats(): Promise<void>;
  /** All of them go. */
  leave(): Promise<void>;
};

/** Policies that are there for a while, at most. */
const MOST_POLICIES = 6;
const MOST_OF_LIBRARY = 2;

export function createVisitors(subject: Subject, shop: Shop, ledger: Ledger): Visitors {
  const { ask } = subject;
  const added: number[] = [];
  const watching: number[] = [];
  let client: { grpc: GrpcClient; events: ReturnType<GrpcClient['events']> } | undefined;
  let number = 0;

  const removeAt = async (at: number) => {
    const [id] = added.splice(at, 1);
    if (id === undefined) return;
    await ask({ command: 'remove', id });
    ledger.count('policies removed');
  };
  const endLibrary = async () => {
    const id = watching.shift();
    if (id !== undefined) await ask({ command: 'set-mode', id, mode: 'off' });
  };

  const watch = async (id: number): Promise<boolean> => {
    try {
      await ask({ command: 'set-mode', id, mode: 'monitor' });
      watching.push(id);
      ledger.count('policies of the library switched on');
      return true;
    } catch (error) {
      // It can't be had on every host, and says so.
      if (!(error instanceof ControlError)) throw error;
      ledger.count('policies of the library that this host refuses');
      return false;
    }
  };

  const visitors: Visitors = {
    async addPolicy(kind) {
      if (added.length >= MOST_POLICIES) await removeAt(0);
      number += 1;
      const name = `passing-${number}`;
      const { ids, problems } = await ask({
        command: 'add',
        source: passingPolicy(shop, kind % PASSING_KINDS, name),
        file: shop.path('policies', `${name}.yaml`),
        mode: 'monitor',
        variables: {},
      });
      added.push(...ids);
      if (problems.length > 0) ledger.fail(`${name} was not loaded: ${problems.join('; ')}`);
      ledger.count('policies added');
    },
    removePolicy: (random) => removeAt(random.below(Math.max(1, added.length))),
    async watchLibrary(random) {
      if (watching.length >= MOST_OF_LIBRARY) await endLibrary();
      const all = (await subject.policies()).filter(
        ({ origin, mode }) => origin === 'library' && mode === 'off',
      );
      const chosen = all[random.below(Math.max(1, all.length))];
      if (!chosen) throw new Error('there is no library');
      await watch(chosen.id);
    },
    async tourLibrary() {
      const seen = new Set<string>();
      for (const { id, origin, mode, hooks } of await subject.policies()) {
        const ways = hooks.map(({ kind, way, obtained }) => `${kind} ${way} ${obtained}`);
        if (origin !== 'library' || mode !== 'off' || ways.every((way) => seen.has(way))) continue;
        for (const way of ways) seen.add(way);
        if (await watch(id)) await endLibrary();
      }
    },
    async changeFile({ name, file, text }) {
      number += 1;
      const title = `changed-${number}`;
      writeFileSync(file, text(title));
      if (!(await until(async () => (await subject.policy(name)).title === title)))
        throw new Error(`${file} has changed, and was not read anew`);
      ledger.count('policy files read anew');
    },
    async openClient() {
      visitors.closeClient();
      const grpc = openGrpcClient(subject.grpc);
      const events = grpc.events({ allow_list: [{ binary_regex: ['/victim-', '/brief$'] }] });
      client = { grpc, events };
      await grpc.call('GetVersion');
      if (!(await until(events.begun))) throw new Error('gRPC: GetEvents does not begin');
      ledger.count('gRPC clients');
    },
    closeClient() {
      // A stream that nobody has ended keeps its connection, whatever becomes of the client.
      client?.events.stream.cancel();
      client?.grpc.close();
      client = undefined;
    },
    async scrape() {
      const answer = await fetch(`http://${subject.metrics}/metrics`, {
        headers: { connection: 'close' },
      });
      const text = await answer.text();
      if (!answer.ok || !text.includes('trigon_lost_events_total'))
        throw new Error(`metrics: ${answer.status} ${text.slice(0, 200)}`);
      ledger.count('metrics read');
    },
    async askStats() {
      const { code, stderr } = await run(process.execPath, [
        ...[LAUNCHER, 'stats', '--socket', subject.control],
      ]);
      if (code !== 0) throw new Error(`trigon stats: ${stderr}`);
      ledger.count('trigon stats');
    },
    async leave() {
      while (added.length > 0) await removeAt(0);
      while (watching.length > 0) await endLibrary();
      visitors.closeClient();
    },
  };
  return visitors;
}
