/**
 * What a policy does in each of its modes, switched while it runs: needs root and clang. Arming by hand, its time limit and
 * whom it never hits: enforce.test.ts; the deadline past which nothing is enforced: deadman.test.ts.
 */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { PolicyStatus } from '../../src/agent/messages.ts';
import type { Ended } from '../driver/command.ts';
import { isHit, onWrites, openStage, outcomeOf, type Stage } from './stage.ts';
import { bpfObjectsOf } from './workshop.ts';

const SIGUSR1 = 10;

let stage: Stage;

beforeAll(() => {
  stage = openStage();
});
afterEach(() => stage.stop());
afterAll(() => stage.remove());

const file = (name: string) => stage.shop.file(name, 'original');
const signal = { action: 'Signal', argSig: SIGUSR1 };
const signalsGot = (stdout: string): number => JSON.parse(stdout).SIGUSR1;
const bySelector = ({ hooks }: PolicyStatus) =>
  hooks.map(({ selectors }) =>
    selectors.map(({ counts: { matched, wouldAct, killed, signalled } }) => ({
      ...{ matched, wouldAct, killed, signalled },
    })),
  );

test('monitor does nothing and counts, for each selector, what it would have done; off does not look', async () => {
  const [killing, signalling, watching] = [file('kill'), file('signal'), file('watch')];
  const hooks = [
    onWrites(killing, stage.deeds, [{ action: 'Sigkill' }]),
    onWrites(signalling, stage.deeds, [signal]),
    onWrites(watching, stage.deeds, []),
  ] as { selectors: object[] }[];
  const hook = { ...hooks[0], selectors: hooks.flatMap(({ selectors }) => selectors) };
  const agent = await stage.start({ modes: { kprobes: [hook] } });
  expect(agent.problems).toEqual([]);
  const playAll = async () => [
    await stage.play('write', killing, 2, 1),
    await stage.play('write', signalling, 3, 1),
    await stage.play('write', watching, 4, 1),
  ];
  const none = { matched: 0, wouldAct: 0, killed: 0, signalled: 0 };
  const watched = [
    { ...none, matched: 2, wouldAct: 2 },
    { ...none, matched: 3, wouldAct: 3 },
    { ...none, matched: 4 },
  ];

  const monitored = await playAll();
  expect(monitored.map(({ code, stdout }) => [code, signalsGot(stdout)])).toEqual(
    Array(3).fill([0, 0]),
  );
  const outcomes = await Promise.all(
    monitored.map(async (ended) => (await stage.hitsOf(ended)).map(outcomeOf)),
  );
  const withheld = { mode: 'monitor', outcome: 'withheld', outcomeReason: 'monitor mode' };
  expect(outcomes).toMatchObject([
    Array(2).fill({ ...withheld, signal: 'SIGKILL' }),
    Array(3).fill({ ...withheld, signal: 'SIGUSR1' }),
    Array(4).fill({ mode: 'monitor' }),
  ]);
  expect(outcomes[2]?.map(({ outcome }) => outcome)).toEqual(Array(4).fill(undefined));
  expect(bySelector(await agent.status('modes'))).toEqual([watched]);

  await stage.setMode('modes', 'off');
  for (const ended of await playAll()) {
    expect([ended.code, signalsGot(ended.stdout)]).toEqual([0, 0]);
    expect(await stage.hitsOf(ended)).toEqual([]);
  }
  expect(bySelector(await agent.status('modes'))).toEqual([watched]);

  await stage.arm('modes');
  const [killed, signalled, seen] = await playAll();
  expect(killed).toMatchObject({ signal: 'SIGKILL' });
  expect([signalsGot(signalled?.stdout ?? ''), signalsGot(seen?.stdout ?? '')]).toEqual([3, 0]);
  expect(bySelector(await agent.status('modes'))).toEqual([
    [
      { matched: 3, wouldAct: 2, killed: 1, signalled: 0 },
      { matched: 6, wouldAct: 3, killed: 0, signalled: 3 },
      { matched: 8, wouldAct: 0, killed: 0, signalled: 0 },
    ],
  ]);
});

test('switched to and fro under load: no event is lost, and nothing is loaded or attached anew', async () => {
  const busy = file('busy');
  const agent = await stage.start({ busy: { kprobes: [onWrites(busy, stage.deeds, [signal])] } });
  const before = bpfObjectsOf('self').sort();
  const each = 5_000;
  let switches = 0;
  let isPlaying = true;
  const switching = (async () => {
    while (isPlaying) {
      await stage.arm('busy');
      await stage.setMode('busy', 'monitor');
      switches += 2;
    }
  })();
  const ended: Ended[] = [];
  while (switches < 10) {
    ended.push(await stage.play('write', busy, each, 1));
    // This thread decodes each event: what it has not taken in yet must not pile up, which would be another loss.
    await agent.catchUp();
  }
  isPlaying = false;
  await switching;
  const count = ended.length * each;
  const { counts } = await agent.status('busy');
  expect(counts).toMatchObject({ matched: count, posted: count, failed: 0 });
  expect(counts.wouldAct).toBeGreaterThan(0);
  expect(counts.signalled).toBeGreaterThan(0);
  expect(counts.wouldAct + counts.signalled).toBe(count);
  // Each is delivered at the end of its call, so none merges with another.
  const got = ended.map(({ stdout }) => signalsGot(stdout));
  expect(got.reduce((sum, signals) => sum + signals, 0)).toBe(counts.signalled);
  await agent.catchUp();
  const hits = agent.events.filter(isHit);
  expect(hits).toHaveLength(count);
  const applied = hits.filter((hit) => outcomeOf(hit).outcome === 'applied');
  expect(applied).toHaveLength(counts.signalled);
  expect(applied.every((hit) => outcomeOf(hit).mode === 'enforce')).toBe(true);
  expect(bpfObjectsOf('self').sort()).toEqual(before);
});

test('the fuse in a tight loop: exactly so many actions, then only monitoring, and it is told', async () => {
  const busy = file('fused');
  const agent = await stage.start({ fused: { kprobes: [onWrites(busy, stage.deeds, [signal])] } });
  const limit = 7;
  const [count, threads] = [500, 2];
  await stage.arm('fused', { fuse: { limit, seconds: 600 } });
  const ended = await stage.play('write', busy, count, threads);
  const { counts } = await agent.status('fused');
  expect(counts.signalled).toBe(limit);
  expect(counts.sparedFused).toBeGreaterThan(0);
  const told = JSON.stringify(counts);
  expect(counts.sparedFused + counts.wouldAct, told).toBe(count * threads - limit);
  const hits = await stage.hitsOf(ended);
  const reasons = hits.map((hit) => outcomeOf(hit).outcomeReason ?? 'applied');
  expect(reasons.filter((reason) => reason === 'applied')).toHaveLength(limit);
  expect(reasons.filter((reason) => reason === 'fuse blown')).toHaveLength(counts.sparedFused);
  const status = await agent.waitForPolicy('fused', ({ mode }) => mode === 'monitor');
  expect(status.fuseBlown).toBe(true);
  expect(agent.notices).toEqual(['fused: its fuse blew, back to monitor']);
});
