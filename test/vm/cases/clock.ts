/** Somebody sets the clock, by hours: events, files and what is armed go on. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { decodeEvent } from '../../../src/events/json.ts';
import type { EventOf } from '../../../src/events/types.ts';
import { type AgentUnderTest, startAgent } from '../../driver/agent.ts';
import { watchAggregates } from '../../driver/aggregates.ts';
import { run } from '../../driver/command.ts';
import { until } from '../../driver/until.ts';
import { policyOf } from '../../kernel/stage.ts';
import { STOCK } from '../boots.ts';
import type { Case } from '../case.ts';
import { BUSYBOX } from '../ground.ts';

const HOUR_MS = 3_600_000;
/** What an emulated machine may need between an event and a look at the clock. */
const NEAR_MS = 60_000;
const PATIENT = { limitMs: 60_000, everyMs: 200 };

/** @param steps ms from what the clock would say by itself */
async function eachStep(steps: readonly number[], act: () => Promise<void>): Promise<void> {
  const [wall, steady] = [Date.now(), performance.now()];
  const set = async (step: number) => {
    const seconds = Math.floor((wall + performance.now() - steady + step) / 1000);
    const { code } = await run(BUSYBOX, ['date', '-s', `@${seconds}`]);
    assert.equal(code, 0, 'the clock is set');
  };
  try {
    for (const step of steps) {
      await set(step);
      await act();
    }
  } finally {
    await set(0);
  }
}

const isNow = (event: { time?: bigint }): boolean =>
  Math.abs(Number((event.time ?? 0n) / 1_000_000n) - Date.now()) < NEAR_MS;

const execsOf = (agent: AgentUnderTest, binary: string): EventOf<'process_exec'>[] =>
  agent.events
    .filter((event) => event.kind === 'process_exec')
    .filter(({ process }) => process.binary === binary);

/** Refuses to remove one folder. */
const onRemoval = (folder: string) => ({
  kprobes: [
    {
      call: 'sys_rmdir',
      syscall: true,
      args: [{ index: 0, type: 'string' }],
      selectors: [
        {
          matchArgs: [{ index: 0, operator: 'Equal', values: [folder] }],
          matchActions: [{ action: 'Override', argError: -1 }],
        },
      ],
    },
  ],
});

const FUSE = { limit: 1000, seconds: 10 };

export const CLOCK_CASES: readonly Case[] = [
  {
    name: 'the clock is set forwards and back by hours',
    boots: STOCK,
    limitSeconds: 300,
    async run(ground) {
      const logs = ground.path('logs');
      mkdirSync(logs, { recursive: true });
      const exporting = await startAgent({
        exportFile: {
          ...{ file: `${logs}/t.log`, maxBytes: 2048, maxBackups: 0, rotationMs: 0 },
          ...{ compress: false, mode: 0o600, allow: '', deny: '', fields: '' },
          ...{ perMinute: undefined, aggregation: undefined },
        },
      });
      const armed = await ground.load('clock', onRemoval(ground.path('nothing')));
      assert.deepEqual(armed.problems, []);
      await armed.arm();
      const program = ground.victim('program');
      // A process from before, whose children come after each step.
      const shell = spawn(BUSYBOX, ['sh'], { stdio: ['pipe', 'ignore', 'ignore'] });
      let turns = 0;
      try {
        await eachStep([3 * HOUR_MS, -3 * HOUR_MS], async () => {
          const told = await until(() => {
            turns += 1;
            shell.stdin.write(`${program} turn-${turns}\n`);
            return execsOf(exporting, program).some(isNow);
          }, PATIENT);
          assert(told, 'events have the time of the clock');
          const { mode } = await armed.status();
          assert.equal(mode, 'enforce', `disarmed: ${ground.agent.notices.join('; ')}`);
        });
        shell.stdin.end();
        await once(shell, 'exit');
        await exporting.catchUp();
      } finally {
        shell.kill();
        await exporting.stop();
        await armed.remove();
      }
      const execs = execsOf(exporting, program);
      const inOrder = Array.from({ length: turns }, (_, turn) => `turn-${turn + 1}`);
      assert.deepEqual(
        execs.map(({ process }) => process.arguments),
        inOrder,
      );
      assert.equal(new Set(execs.map(({ process }) => process.parentExecId)).size, 1);
      const files = readdirSync(logs).sort((a, b) =>
        a === 't.log' ? 1 : b === 't.log' ? -1 : a < b ? -1 : 1,
      );
      assert(files.length > 2, `it was rotated: ${files.join()}`);
      const written = files
        .flatMap((file) => readFileSync(`${logs}/${file}`, 'utf8').split('\n').slice(0, -1))
        .map(decodeEvent)
        .filter((event) => event.kind === 'process_exec')
        .filter(({ process }) => process.binary === program)
        .map(({ process }) => process.arguments);
      assert.deepEqual(written, inOrder, 'names of files sort as they were written');
      return {};
    },
  },
  {
    name: 'what is told of times of day follows the clock that is set',
    boots: STOCK,
    limitSeconds: 300,
    async run(ground) {
      const seen = watchAggregates();
      const target = ground.path('nothing');
      const policy = ground.file('timed.yaml', policyOf('timed', onRemoval(target)));
      const agent = await startAgent(
        { policies: [{ path: policy, mode: 'monitor' }] },
        seen.onMessage,
      );
      const shell = spawn(BUSYBOX, ['sh'], { stdio: ['pipe', 'ignore', 'ignore'] });
      const journals = () => agent.events.filter(({ kind }) => kind === 'trigon_journal');
      const leftMs = async () => {
        const { armedUntil } = await agent.waitForPolicy('timed', () => true);
        return (armedUntil ?? 0) - Date.now();
      };
      const ageMs = () => {
        const row = [...seen.tree.values()].find(({ pid }) => pid === shell.pid);
        return row && Date.now() - row.startedAt;
      };
      const isShort = (ms: number | undefined) => ms !== undefined && ms > -5000 && ms < HOUR_MS;
      try {
        assert.deepEqual(agent.problems, []);
        agent.send({ type: 'watch', topics: ['tree'] });
        const { id } = await agent.waitForPolicy('timed', () => true);
        agent.send({ type: 'arm', policy: id, seconds: 1800, added: [], fuse: FUSE });
        await agent.waitForPolicy('timed', ({ mode }) => mode === 'enforce');
        assert(await until(() => journals().length > 0, PATIENT), 'arming is told');
        const armed = journals().length;
        await eachStep([3 * HOUR_MS, -3 * HOUR_MS], async () => {
          assert(await until(() => isShort(ageMs()), PATIENT), `its age: ${ageMs()} ms`);
          const isLeft = async () => isShort(await leftMs());
          assert(await until(isLeft, PATIENT), `time left: ${await leftMs()} ms`);
          const { mode } = await agent.waitForPolicy('timed', () => true);
          assert.equal(mode, 'enforce');
        });
        assert.equal(journals().length, armed, 'nothing was done to the policy');
      } finally {
        shell.kill();
        await agent.stop();
      }
      return {};
    },
  },
];
