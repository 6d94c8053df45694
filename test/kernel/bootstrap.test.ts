/** Starting the agent while processes come and go without a pause: needs root and clang. */
import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { NOTHING_LOST } from '../../src/agent/lost.ts';
import type { TreeProcess } from '../../src/agent/messages.ts';
import { readStat } from '../../src/agent/procfs.ts';
import { type AgentUnderTest, startAgent } from '../driver/agent.ts';
import { type AggregatesSeen, watchAggregates } from '../driver/aggregates.ts';
import { compileProgram } from '../driver/compile.ts';
import { until } from '../driver/until.ts';
import { openWorkshop, type Workshop } from './workshop.ts';

/** In the order of fixtures/bootstrap.c. */
const KINDS = [
  'quick',
  'exit',
  'twice',
  'hold',
  'twice-hold',
  'fork-hold',
  'orphan-hold',
  'zombie',
] as const;
type Kind = (typeof KINDS)[number];

type Lasting = { pid: number; kind: Kind; turn: number };

const STARTS = 5;
/** Ns of a USER_HZ tick, in which /proc tells starts. */
const TICK = 10_000_000n;

let shop: Workshop;
const running: ChildProcess[] = [];

beforeAll(() => {
  shop = openWorkshop();
  const source = fileURLToPath(new URL('fixtures/bootstrap.c', import.meta.url));
  compileProgram(source, shop.path('bootstrap'));
});
afterEach(() => {
  for (const child of running.splice(0)) if (child.pid) process.kill(-child.pid, 'SIGKILL');
});
afterAll(() => shop.remove());

/** A storm from a binary of its own, so that everything in a tree that has this path is the storm's. */
function startStorm(name: string) {
  const binary = shop.path(name);
  copyFileSync(shop.path('bootstrap'), binary);
  const child = spawn(binary, ['storm'], { detached: true, stdio: ['pipe', 'pipe', 'inherit'] });
  running.push(child);
  let output = '';
  child.stdout.setEncoding('latin1').on('data', (text: string) => {
    output += text;
  });
  /** The words of the first line that begins so. */
  const line = async (word: string): Promise<number[]> => {
    const find = () => new RegExp(`^${word} (.*)\\n`, 'm').exec(output)?.[1];
    const found = await until(find);
    if (found === undefined) throw new Error(`no "${word}" from the storm: ${output.slice(-200)}`);
    return found.split(' ').map(Number);
  };
  const turnOf = async (word: string) => (await line(word))[0] ?? 0;
  return {
    pid: child.pid ?? 0,
    binary,
    /** The first turn from now on. */
    mark() {
      child.stdin.write('m');
      return turnOf('mark');
    },
    /** Ends it; the turn that didn't happen any more, and who is left. */
    async stop() {
      child.stdin.write('s');
      const end = await turnOf('end');
      const lasting: Lasting[] = [...output.matchAll(/^long (\d+) (\d+) (\d+)$/gm)].map(
        ([, pid, kind, turn]) => ({
          pid: Number(pid),
          kind: KINDS[Number(kind)] ?? 'quick',
          turn: Number(turn),
        }),
      );
      const zombies = [...output.matchAll(/^zombie (\d+)$/gm)].map(([, pid]) => Number(pid));
      return { end, lasting, zombies };
    },
  };
}
type Storm = ReturnType<typeof startStorm>;

const liveRows = (seen: AggregatesSeen): TreeProcess[] =>
  [...seen.tree.values()].filter(({ endedAt }) => endedAt === undefined);

/** Rows of processes that aren't there any more, however one looks. */
const staleRows = (seen: AggregatesSeen): TreeProcess[] =>
  liveRows(seen).filter(({ key, pid }) => {
    const stat = readStat(pid);
    const start = BigInt(key.slice(key.indexOf(':') + 1));
    return !stat || stat.hasEnded || BigInt(stat.startTicks) !== start / TICK;
  });

/** What a tree should say of one that lives: binary, arguments, parent's number. */
const expectedRow = (storm: Storm, { pid, kind, turn }: Lasting) => ({
  pid,
  binary: storm.binary,
  arguments: kind === 'fork-hold' ? 'storm' : `hold ${turn}`,
  parent: kind === 'orphan-hold' ? readStat(pid)?.parent : storm.pid,
});

const byPid = <T extends { pid: number }>(rows: T[]): T[] => rows.sort((a, b) => a.pid - b.pid);

/** The storm's rows that are shown as live, in the form of `expectedRow`. */
const shownRows = (storm: Storm, seen: AggregatesSeen) =>
  byPid(
    liveRows(seen)
      .filter(({ binary, pid }) => binary === storm.binary && pid !== storm.pid)
      .map(({ pid, binary, arguments: args, parent }) => ({
        pid,
        binary,
        arguments: args,
        parent: parent === undefined ? undefined : Number(parent.split(':')[0]),
      })),
  );

/** Execs of the storm's children, as "role turn". */
const execsOf = (storm: Storm, agent: AgentUnderTest): string[] =>
  agent.events.flatMap((event) =>
    event.kind === 'process_exec' && event.process.binary === storm.binary
      ? event.process.arguments
      : [],
  );

describe.each(Array.from({ length: STARTS }, (_, i) => i))('start %i in a storm', (round) => {
  test('none is missing, none twice, none that is gone; each exec once', async () => {
    const storm = startStorm(`storm-${round}`);
    // At another moment of the storm each time.
    await new Promise((resolve) => setTimeout(resolve, 100 + round * 150));
    const seen = watchAggregates();
    const agent = await startAgent({ ringBytes: 64 << 20 }, seen.onMessage);
    try {
      const first = await storm.mark();
      agent.send({ type: 'watch', topics: ['tree'] });
      await until(() =>
        execsOf(storm, agent).some((exec) => Number(exec.split(' ')[1]) > first + 500),
      );
      const { end, lasting, zombies } = await storm.stop();
      await agent.catchUp();
      expect(new Set(lasting.map(({ kind }) => kind)).size).toBe(4);
      expect(zombies.length).toBeGreaterThan(0);

      const expected = byPid(lasting.map((one) => expectedRow(storm, one)));
      // Rows of others on this machine come and go meanwhile: one that is wrong stays.
      let stale = staleRows(seen);
      await until(() => {
        const now = new Set(staleRows(seen).map(({ key }) => key));
        stale = stale.filter(({ key }) => now.has(key));
        return (
          stale.length === 0 && JSON.stringify(shownRows(storm, seen)) === JSON.stringify(expected)
        );
      });
      expect(shownRows(storm, seen)).toEqual(expected);
      expect(stale).toEqual([]);
      // Ended ones count too: a process under two keys would be here twice.
      const all = [...seen.tree.values()].map(({ arguments: args, binary }) => `${binary} ${args}`);
      for (const { kind, turn } of lasting)
        if (kind !== 'fork-hold')
          expect(all.filter((row) => row === `${storm.binary} hold ${turn}`)).toHaveLength(1);

      const execs = execsOf(storm, agent);
      const counts = new Map<string, number>();
      for (const exec of execs) counts.set(exec, (counts.get(exec) ?? 0) + 1);
      expect([...counts].filter(([, count]) => count !== 1)).toEqual([]);
      const missing = range(first, end)
        .flatMap((turn) => expectedExecs(turn, lasting))
        .filter((exec) => !counts.has(exec));
      expect(missing).toEqual([]);
    } finally {
      expect(await agent.stop()).toEqual(NOTHING_LOST);
    }
  }, 90_000);
});

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, i) => from + i);

/** The execs of a turn after the agent was ready. */
function expectedExecs(turn: number, lasting: readonly Lasting[]): string[] {
  const stays = lasting.some((one) => one.turn === turn);
  switch (KINDS[turn % KINDS.length]) {
    case 'quick':
      return [`quick ${turn}`];
    case 'twice':
      return [`again ${turn}`, `quick ${turn}`];
    case 'hold':
      return [`${stays ? 'hold' : 'quick'} ${turn}`];
    case 'twice-hold':
      return stays ? [`again-hold ${turn}`, `hold ${turn}`] : [`again ${turn}`, `quick ${turn}`];
    case 'orphan-hold':
      return stays ? [`hold ${turn}`] : [];
    default:
      return [];
  }
}

describe('many processes that ran before', () => {
  test('all of them come from the kernel, whatever the size of its buffers', async () => {
    const binary = shop.path('many');
    copyFileSync(shop.path('bootstrap'), binary);
    const pids = Array.from({ length: 400 }, (_, i) => {
      const child = spawn(binary, ['hold', String(i)], { detached: true, stdio: 'ignore' });
      running.push(child);
      return child.pid ?? 0;
    });
    await until(() => pids.every((pid) => readStat(pid)?.comm === 'many'));
    const seen = watchAggregates();
    const agent = await startAgent({}, seen.onMessage);
    try {
      agent.send({ type: 'watch', topics: ['tree'] });
      await until(() => liveRows(seen).some((row) => row.binary === binary));
      const rows = liveRows(seen).filter((row) => row.binary === binary);
      expect(rows.map(({ pid }) => pid).sort((a, b) => a - b)).toEqual(
        [...pids].sort((a, b) => a - b),
      );
      // /proc tells starts in ticks only: a whole one is from there. By chance one in ten million of the kernel's is.
      expect(rows.filter(({ key }) => BigInt(key.split(':')[1] ?? 0) % TICK === 0n)).toEqual([]);
    } finally {
      await agent.stop();
    }
  });
});
