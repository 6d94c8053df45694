/** The dead-man deadline in the kernel's map while the agent's thread has no turn of its event loop: needs root and clang. */
import { join } from 'node:path';
import process from 'node:process';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Beats, beat, createBeats, readBeats } from '../../src/agent/beats.ts';
import { clock } from '../../src/agent/bpf/addon.ts';
import { readU64, u32 } from '../../src/agent/bytes.ts';
import { projectRoot } from '../../src/agent/client.ts';
import { createSafety, type Safety } from '../../src/agent/safety.ts';
import { type Sensor, startSensor } from '../../src/agent/sensor.ts';
import { LIMIT_MS, until } from '../driver/until.ts';

let sensor: Sensor;
let beats: Beats;
let safety: Safety;
let main: Worker | undefined;

beforeEach(() => {
  sensor = startSensor(join(projectRoot(), 'build', 'bpf'), 4096);
  beats = createBeats();
  safety = createSafety(sensor, () => [process.pid], beats);
  safety.renewDeadline();
});
afterEach(async () => {
  await main?.terminate();
  main = undefined;
  sensor.close();
});

/** In the place of the main thread: this one is the agent's. */
async function startMain(): Promise<void> {
  const code = `
    const { workerData } = require('node:worker_threads');
    setInterval(() => Atomics.add(workerData, 0, 1), 100);`;
  main = new Worker(code, { eval: true, workerData: beats });
  expect(await until(() => readBeats(beats) > 0)).toBe(true);
}

/** A step of work: nothing of the event loop runs. */
const work = (ms: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

/** As the kernel side has it. */
const deadline = () => readU64(sensor.sharedMap('control').get(u32(0)) ?? new Uint8Array(8));

/** What the kernel side asks itself before it acts (bpf/guard.h). */
const isOver = () => clock().boot >= deadline();

/** Works until the deadline has passed. */
function lapse(): void {
  const end = performance.now() + LIMIT_MS;
  while (!safety.hasLapsed() && performance.now() < end) {
    safety.pulse();
    work(100);
  }
}

test('a pulse between the steps of long work keeps the deadline ahead, as long as the main thread beats', async () => {
  await startMain();
  const begin = clock().boot;
  const found: boolean[] = [];
  while (clock().boot - begin < 6_000_000_000n) {
    work(200);
    safety.pulse();
    found.push(isOver() || safety.hasLapsed());
  }
  expect(found).not.toContain(true);
  expect(deadline()).toBeGreaterThan(begin + 6_000_000_000n);
});

test('the main thread does not beat: the deadline passes, however often the agent pulses', () => {
  beat(beats);
  safety.pulse();
  const last = deadline();
  lapse();
  expect(safety.hasLapsed()).toBe(true);
  expect(deadline()).toBe(last);
  expect(isOver()).toBe(true);
});

test('what has lapsed stays so, though the main thread beats again', async () => {
  lapse();
  const last = deadline();
  await startMain();
  for (let step = 0; step < 5; step++) {
    const before = readBeats(beats);
    await until(() => readBeats(beats) > before);
    safety.pulse();
  }
  expect([deadline(), safety.hasLapsed(), isOver()]).toEqual([last, true, true]);

  // Whoever has seen to what was armed lets it begin anew.
  safety.renewDeadline();
  expect([safety.hasLapsed(), isOver()]).toEqual([false, false]);
});

test('looking up whom to spare, of all processes of the host, is such work too', () => {
  const before = deadline();
  beat(beats);
  safety.protect();
  expect(deadline()).toBeGreaterThan(before);
});
