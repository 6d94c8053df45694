/** Stack traces of policy events with names, as `trigon events` prints them: needs root and clang. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decodeEvent } from '../../src/events/json.ts';
import type { EventExtension } from '../../src/events/types.ts';
import { type Headless, startHeadless } from '../driver/headless.ts';
import { until } from '../driver/until.ts';
import { type Hit, isHit, onWrites, openStage, policyOf, type Stage } from './stage.ts';

let stage: Stage;
let file: string;
let trigon: Headless;

beforeAll(async () => {
  stage = openStage();
  file = stage.shop.file('watched', 'original');
  const stacks = [
    { action: 'Post', rateLimit: '1h', kernelStackTrace: true, userStackTrace: true },
  ];
  const policies = {
    function: { kprobes: [onWrites(file, stage.deeds, stacks)] },
    tracepoint: {
      tracepoints: [
        {
          subsystem: 'syscalls',
          event: 'sys_enter_pwrite64',
          args: [{ index: 5, type: 'uint64' }],
          selectors: [
            {
              matchBinaries: [{ operator: 'In', values: [stage.deeds] }],
              matchActions: stacks,
            },
          ],
        },
      ],
    },
    program: {
      uprobes: [
        { path: stage.deeds, symbols: ['write_bytes'], selectors: [{ matchActions: stacks }] },
      ],
    },
  };
  for (const [name, spec] of Object.entries(policies))
    stage.shop.file(`policies/${name}.yaml`, policyOf(name, spec));
  trigon = await startHeadless(stage.shop.folder, ['--policy', stage.shop.path('policies')]);
  // So many that it still runs when Trigon asks for its mappings.
  await stage.play('write', file, 200_000, 1);
});
afterAll(async () => {
  await trigon?.stop();
  stage.remove();
});

function hitOf(name: string): Hit | undefined {
  const line = trigon.lines.find((text) => text.includes(`"policy_name":"${name}"`));
  const event = line === undefined ? undefined : decodeEvent(line);
  return event && isHit(event) ? event : undefined;
}

type Stacks = Pick<EventExtension, 'kernelStackTrace' | 'userStackTrace'>;

/** A kprobe event has places for them; in the others they stand with what Trigon adds. */
const stacksOf = (hit: Hit): Stacks => (hit.kind === 'process_kprobe' ? hit : (hit.trigon ?? {}));

test.each(['function', 'tracepoint', 'program'])('of a %s', async (name) => {
  const hit = await until(() => hitOf(name));
  const { kernelStackTrace = [], userStackTrace = [] } = hit ? stacksOf(hit) : {};
  expect(kernelStackTrace.length).toBeGreaterThan(1);
  for (const entry of kernelStackTrace)
    expect(entry).toMatchObject({
      address: expect.any(BigInt),
      offset: expect.any(BigInt),
      symbol: expect.stringMatching(/./),
    });
  expect(kernelStackTrace.map(({ symbol }) => symbol).join(' ')).toMatch(
    name === 'program' ? /uprobe/ : /syscall/,
  );
  const own = userStackTrace.filter(({ module }) => module === stage.deeds);
  const symbols = own.map(({ symbol }) => symbol);
  expect(symbols.slice(-2)).toEqual(['write_by_threads', 'main']);
  expect(own[0]?.offset).toBeGreaterThan(0n);
});
