/** Names of programs whose execs were lost stay no longer than their counts (bpf/program_names.h): needs root. */
import { randomBytes } from 'node:crypto';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Sensor, startSensor } from '../../src/agent/sensor.ts';
import { createUntoldReader, type UntoldReader } from '../../src/agent/untoldReader.ts';
import { projectRoot } from '../../src/agent/workerFiles.ts';
import { tg_untold as UNTOLD } from '../../src/generated/layouts.ts';
import { run } from '../driver/command.ts';
import { openWorkshop, type Workshop } from './workshop.ts';

/** Nobody reads it: of what fills it nothing is told. */
const TINY_RING = 4096;
const PROGRAMS = 20;

let shop: Workshop;
let sensor: Sensor;
beforeEach(() => {
  shop = openWorkshop();
  sensor = startSensor(join(projectRoot(), 'build', 'bpf'), TINY_RING);
});
afterEach(() => {
  sensor.close();
  shop.remove();
});

const hex = (key: Uint8Array) => Buffer.from(key).toString('hex');
const keysOf = (map: { entries(): { key: Uint8Array }[] }) =>
  map.entries().map(({ key }) => hex(key));

/** Each of a name of its own. */
async function runPrograms(prefix: string): Promise<string[]> {
  const paths = Array.from({ length: PROGRAMS }, (_, index) => shop.path(`${prefix}${index}`));
  for (const path of paths) {
    copyFileSync('/bin/true', path);
    expect((await run(path)).code).toBe(0);
  }
  return paths;
}

/** As the agent asks for names: of all programs that something was counted for. */
function namesOf(reader: UntoldReader): (string | undefined)[] {
  const programs: number[] = [];
  const count = (program: number) => void programs.push(program);
  reader.read(1 + Math.random(), 0n, { count, setOthers: () => {} });
  return programs.map(reader.nameOf);
}

test('a program without room among the counted ones leaves no name behind', async () => {
  const [untold, names] = [sensor.sharedMap('untold'), sensor.programNames()];
  await runPrograms('fill');
  const others: Uint8Array[] = [];
  for (let index = 0; index <= untold.maxEntries; index++) {
    const key = randomBytes(8);
    try {
      untold.set(key, new Uint8Array(UNTOLD.size));
    } catch {
      break; // it is full
    }
    others.push(key);
  }
  await runPrograms('crowded');
  const counted = new Set(keysOf(untold));
  expect(counted.size).toBe(untold.maxEntries);
  expect(keysOf(names).filter((key) => !counted.has(key))).toEqual([]);

  for (const key of others) untold.delete(key);
  const paths = await runPrograms('later');
  const reader = createUntoldReader({ untold, others: sensor.sharedMap('untold_others'), names });
  expect(namesOf(reader)).toEqual(expect.arrayContaining(paths));
});
