/** Numbers of processes are used again and again: whoever has one now is told from whoever had it before. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { NOTHING_LOST } from '../../../src/agent/lost.ts';
import { startAgent } from '../../driver/agent.ts';
import { watchAggregates } from '../../driver/aggregates.ts';
import { run } from '../../driver/command.ts';
import { until } from '../../driver/until.ts';
import { STOCK } from '../boots.ts';
import type { Case } from '../case.ts';
import { BUSYBOX } from '../ground.ts';

const PID_MAX = '/proc/sys/kernel/pid_max';
/** The kernel keeps the first 300 back: fewer than 300 numbers are left. */
const FEW = '600';
const TURNS = 900;
const PATIENT = { limitMs: 60_000, everyMs: 200 };

/** A shell that starts a program so many times, one after the other, each with its turn as argument. */
const LOOP = 'i=0; while [ $i -lt $1 ]; do i=$((i+1)); $0 turn-$i >/dev/null 2>&1; done';

export const PID_CASES: readonly Case[] = [
  {
    name: 'numbers of processes are used again, twice over',
    boots: STOCK,
    limitSeconds: 300,
    async run(ground) {
      const seen = watchAggregates();
      const agent = await startAgent({ ringBytes: 16 << 20 }, seen.onMessage);
      const before = readFileSync(PID_MAX, 'latin1');
      const program = ground.victim('program');
      let lost: unknown;
      try {
        agent.send({ type: 'watch', topics: ['tree'] });
        writeFileSync(PID_MAX, FEW);
        const { code } = await run(BUSYBOX, ['sh', '-c', `${LOOP}; true`, program, `${TURNS}`]);
        assert.equal(code, 0);
        await agent.catchUp();
        const live = () =>
          [...seen.tree.values()].filter(
            ({ binary, endedAt }) => binary === program && endedAt === undefined,
          );
        assert(await until(() => live().length === 0, PATIENT), 'nobody is left in the tree');
      } finally {
        writeFileSync(PID_MAX, before);
        lost = await agent.stop();
      }
      assert.deepEqual(lost, NOTHING_LOST);
      const told = (kind: 'process_exec' | 'process_exit') =>
        agent.events.flatMap((event) =>
          event.kind === kind && event.process.binary === program ? [event.process] : [],
        );
      const [execs, exits] = [told('process_exec'), told('process_exit')];
      const turns = Array.from({ length: TURNS }, (_, turn) => `turn-${turn + 1}`);
      const argumentsOf = (processes: typeof execs) => processes.map((each) => each.arguments);
      assert.deepEqual(argumentsOf(execs), turns);
      assert.deepEqual(argumentsOf(exits), turns);
      const numbers = new Set(execs.map(({ pid }) => pid));
      assert(numbers.size < TURNS / 2, `${numbers.size} numbers for ${TURNS} processes`);
      assert.equal(new Set(execs.map(({ execId }) => execId)).size, TURNS);
      const ids = (processes: typeof execs) => processes.map(({ execId }) => execId);
      assert.deepEqual(ids(exits), ids(execs), 'each exit is that of its own program');
      assert.equal(new Set(execs.map(({ parentExecId }) => parentExecId)).size, 1);
      return {};
    },
  },
];
