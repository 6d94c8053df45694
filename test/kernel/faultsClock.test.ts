/**
 * Somebody sets the clock by hours: of the real program alone, by a library that it is started with (fixtures/clock.c). The host's
 * clock itself is set in test/vm/cases/clock.ts. Needs root and clang.
 */
import { openSync, writeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { askTrigon } from '../../src/agent/control/client.ts';
import { decodeEvent } from '../../src/events/json.ts';
import { run } from '../driver/command.ts';
import { compileProgram } from '../driver/compile.ts';
import { type Headless, startHeadless } from '../driver/headless.ts';
import { until } from '../driver/until.ts';
import { policyText } from './policyFile.ts';
import { openWorkshop, type Workshop } from './workshop.ts';

const HOUR_MS = 3_600_000;
const SECONDS = 1800;

let shop: Workshop;
let trigon: Headless;
let offset: number;

beforeAll(async () => {
  shop = openWorkshop();
  const source = fileURLToPath(new URL('fixtures/clock.c', import.meta.url));
  const library = shop.path('clock.so');
  compileProgram(source, library, ['-shared', '-fPIC', '-ldl']);
  offset = openSync(shop.file('offset', '\0'.repeat(8)), 'r+');
  const guard = { args: [[0, 'Equal', [shop.path('secret')]]] } as const;
  const selectors = [{ ...guard, binaries: ['In', [shop.victim]] as const, actions: ['Sigkill'] }];
  const policy = shop.file('timed.yaml', policyText('timed', selectors));
  const wrap = ['env', `LD_PRELOAD=${library}`, `CLOCK_OFFSET=${shop.path('offset')}`];
  trigon = await startHeadless(shop.folder, ['--policy', policy], wrap);
});
afterAll(async () => {
  await trigon?.stop();
  shop?.remove();
});

function setClock(ms: number): void {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(BigInt(ms / 1000));
  writeSync(offset, bytes, 0, bytes.length, 0);
}

const timed = async () => {
  const [policy] = await trigon.policies();
  if (!policy) throw new Error('the policy is gone');
  return policy;
};

test('what is armed ends when it would have ended, and events have the time of the clock', async () => {
  const { id } = await timed();
  const fuse = { limit: 1000, seconds: 10 };
  await askTrigon(trigon.socket, { command: 'arm', id, seconds: SECONDS, add: 'none', fuse });
  for (const by of [3 * HOUR_MS, -3 * HOUR_MS, 0]) {
    setClock(by);
    const leftMs = async () => ((await timed()).armedUntil ?? 0) - (Date.now() + by);
    const isRight = async () => {
      const left = await leftMs();
      return left > 0 && left <= SECONDS * 1000;
    };
    expect(await until(isRight), `${await leftMs()} ms left`).toBe(true);
    expect((await timed()).mode).toBe('enforce');
    const isNow = (time: bigint) => Math.abs(Number(time / 1_000_000n) - Date.now() - by) < 60_000;
    const told = await until(async () => {
      await run('/bin/true', [`set-by-${by}`]);
      const line = trigon.lines.findLast((text) => text.includes(`set-by-${by}`));
      return line !== undefined && isNow(decodeEvent(line).time ?? 0n);
    });
    expect(told).toBe(true);
  }
  const journal = trigon.lines.filter((line) => line.includes('"trigon_journal"'));
  expect(journal.filter((line) => line.includes('armed'))).toHaveLength(1);
});
