/** The sensor's programs are loaded before it is known how they are wanted. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test } from 'vitest';
import { loadAhead, type SensorSettings } from '../../src/agent/aheadSensor.ts';
import { attachSensor, type Sensor } from '../../src/agent/sensor.ts';
import { objectsFolder } from '../../src/agent/workerFiles.ts';

const LIKELY: SensorSettings = { ringBytes: 1 << 16, environment: false, cgroupRate: undefined };
const OTHER: SensorSettings = { ...LIKELY, ringBytes: 1 << 17, environment: true };

const empty = mkdtempSync(join(tmpdir(), 'trigon-ahead-'));
let sensor: Sensor | undefined;
afterEach(() => {
  sensor?.close();
  sensor = undefined;
});
afterAll(() => rmSync(empty, { recursive: true }));

/** Ids of the programs that this process holds: proc_pid_fdinfo(5). */
const programs = (): string[] =>
  readdirSync('/proc/self/fdinfo').flatMap((fd) => {
    try {
      const text = readFileSync(join('/proc/self/fdinfo', fd), 'utf8');
      return /^prog_id:\s+(\d+)/m.exec(text)?.[1] ?? [];
    } catch {
      return []; // the folder's own
    }
  });

test('as it was likely: what was loaded is what is attached, and nothing was before', () => {
  const take = loadAhead(objectsFolder(), LIKELY);
  const loaded = new Set(programs());
  expect(loaded.size).toBeGreaterThan(0);
  sensor = attachSensor(take({ ...LIKELY }));
  expect(new Set(programs())).toEqual(loaded);
  expect(sensor.ringBytes).toBe(LIKELY.ringBytes);
  expect(sensor.readSnapshot().length).toBeGreaterThan(0);
});

test('other settings: others are loaded, and nothing is left of the first', () => {
  const take = loadAhead(objectsFolder(), LIKELY);
  const first = programs();
  sensor = attachSensor(take(OTHER));
  const now = new Set(programs());
  expect(sensor.ringBytes).toBe(OTHER.ringBytes);
  expect(first.filter((id) => now.has(id))).toEqual([]);
});

test('what goes wrong is told when they are wanted, and not before', () => {
  for (const settings of [LIKELY, OTHER]) {
    const take = loadAhead(empty, LIKELY);
    expect(() => take(settings)).toThrow('process.bpf.o');
  }
});
