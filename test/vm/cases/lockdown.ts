/** lockdown=confidentiality: what programs do without the helpers that read kernel memory, and how they say what can't be had. */
import assert from 'node:assert/strict';
import { kernelMemoryAccess } from '../../../src/agent/host/kernelMemory.ts';
import type { Hit } from '../../kernel/stage.ts';
import type { BootName } from '../boots.ts';
import type { Case } from '../case.ts';
import type { Ground, LoadedPolicy } from '../ground.ts';
import { doDeed } from '../victim.ts';
import { args, byBinaries, equal, filter } from './selectors.ts';

const LOCKED_DOWN: readonly BootName[] = ['6.12-lockdown'];

/** Longer than the keys of short texts, and of names as long as a file system has them. */
const LONG_NAME = 'n'.repeat(255);

/** A hook on files that are opened, by a filter on their paths. */
const opens = (victim: string, pathFilter: object) => ({
  lsmhooks: [
    {
      ...{ hook: 'file_open', args: args('file') },
      selectors: [{ matchBinaries: byBinaries(victim), matchArgs: [pathFilter] }],
    },
  ],
});

/** Values of an event's arguments, whatever their types, as JSON. */
const valuesOf = (hit: Hit | undefined): string =>
  hit && 'args' in hit
    ? JSON.stringify(hit.args, (_, value) => (typeof value === 'bigint' ? String(value) : value))
    : '';

async function readsTexts(ground: Ground): Promise<void> {
  const file = ground.file(`${LONG_NAME}/deep/file.secret`, '');
  const other = ground.file(`${LONG_NAME}/deep/file.public`, '');
  const victim = ground.victim();
  const filters = {
    equal: equal(0, file),
    prefix: filter(0, 'Prefix', file.slice(0, 200)),
    postfix: filter(0, 'Postfix', '.secret'),
  };
  for (const [name, pathFilter] of Object.entries(filters)) {
    const policy = await ground.load(name, opens(victim, pathFilter));
    assert.deepEqual(policy.problems, []);
    const [hit] = await policy.hitsOf(await doDeed(victim, 'open', file));
    assert(valuesOf(hit).includes(file), `${name}: ${valuesOf(hit)}`);
    const missed = name === 'prefix' ? '/dev/null' : other;
    assert.deepEqual(await policy.hitsOf(await doDeed(victim, 'open', missed)), [], name);
    await policy.remove();
  }
}

/** A structure of the kernel, and one that the kernel has copied from the process. */
async function readsStructures(ground: Ground): Promise<void> {
  const victim = ground.victim();
  const policy = await ground.load('connect', {
    lsmhooks: [
      {
        ...{ hook: 'socket_connect', args: args('socket', 'sockaddr') },
        selectors: [
          { matchBinaries: byBinaries(victim), matchArgs: [filter(1, 'SAddr', '127.0.0.0/8')] },
        ],
      },
    ],
  });
  assert.deepEqual(policy.problems, []);
  const [hit] = await policy.hitsOf(await doDeed(victim, 'connect', '127.0.0.1', '9'));
  assert.match(valuesOf(hit), /IPPROTO_TCP/);
  assert.match(valuesOf(hit), /127\.0\.0\.1/);
}

/** Everything that was said of a policy, by the planner or by its points. */
async function remarksOn(policy: LoadedPolicy): Promise<string> {
  const hooks = policy.problems.length > 0 ? [] : (await policy.status()).hooks;
  const reasons = hooks.flatMap(({ points }) => points.map(({ reason }) => reason ?? ''));
  return [...policy.problems, ...policy.warnings, ...reasons].join('\n');
}

async function saysWhatIsForbidden(ground: Ground): Promise<void> {
  const victim = ground.victim();
  const tracepoint = await ground.load('tracepoint', {
    tracepoints: [{ subsystem: 'sched', event: 'sched_wakeup', args: [] }],
  });
  assert.match(await remarksOn(tracepoint), /lockdown=confidentiality hides tracefs/);
  const set = await ground.load('set', {
    usdts: [
      {
        ...{ path: victim, provider: 'trigon_test', name: 'summed' },
        args: [{ index: 0, type: 'int32' }],
        selectors: [{ matchActions: [{ action: 'Set', argIndex: 0, argValue: 1 }] }],
      },
    ],
  });
  assert.match(await remarksOn(set), /lockdown=confidentiality forbids bpf_probe_write_user/);
}

const lockdownCase = (name: string, run: (ground: Ground) => Promise<void>): Case => ({
  name: `lockdown: ${name}`,
  boots: LOCKED_DOWN,
  limitSeconds: 300,
  async run(ground) {
    assert.equal(kernelMemoryAccess(), 'typed', 'the kernel is not locked down');
    await run(ground);
    return {};
  },
});

export const LOCKDOWN_CASES: readonly Case[] = [
  lockdownCase('paths and filters on them', readsTexts),
  lockdownCase('sockets and addresses', readsStructures),
  lockdownCase('what it forbids is refused with that reason', saysWhatIsForbidden),
];
