/** What must work on every kernel, locked down or not. */
import assert from 'node:assert/strict';
import { run } from '../../driver/command.ts';
import { BOOT_NAMES } from '../boots.ts';
import type { Case } from '../case.ts';

export const BASE_CASES: readonly Case[] = [
  {
    name: 'process events',
    boots: BOOT_NAMES,
    async run({ agent, victim }) {
      const binary = victim();
      const { pid } = await run(binary, ['say', 'two words']);
      await agent.catchUp();
      const events = agent.events.flatMap((event) =>
        (event.kind === 'process_exec' || event.kind === 'process_exit') &&
        event.process.pid === pid
          ? [{ kind: event.kind, process: event.process }]
          : [],
      );
      assert.deepEqual(
        events.map(({ kind }) => kind),
        ['process_exec', 'process_exit'],
      );
      for (const { process } of events)
        assert.partialDeepStrictEqual(process, { binary, arguments: 'say "two words"', uid: 0 });
      return {};
    },
  },
  {
    name: 'the agent reports no problem by itself',
    boots: BOOT_NAMES,
    async run({ agent }) {
      await agent.catchUp();
      assert.deepEqual([agent.problems, agent.notices], [[], []]);
      return {};
    },
  },
];
