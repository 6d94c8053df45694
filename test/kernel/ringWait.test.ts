/** Whoever sleeps is woken by the next record, on the running kernel: needs root. */
import { spawn } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readU32, u32 } from '../../src/agent/bytes.ts';
import { type Sensor, startSensor } from '../../src/agent/sensor.ts';
import { projectRoot } from '../../src/agent/workerFiles.ts';
import { bytesOf } from '../../src/events/wire/span.ts';
import { until } from '../driver/until.ts';
import { openWorkshop, type Workshop } from './workshop.ts';

const OBJECTS = join(projectRoot(), 'build', 'bpf');
const WAITER = new URL('./fixtures/ring-waiter.ts', import.meta.url);

let shop: Workshop;
let sensor: Sensor;

beforeAll(() => {
  shop = openWorkshop();
  copyFileSync('/bin/true', shop.path('waker'));
  sensor = startSensor(OBJECTS, 1 << 20);
});

afterAll(() => {
  sensor.close();
  shop.remove();
});

const startWaker = () =>
  spawn(shop.path('waker'), { detached: true, stdio: 'ignore' }).on('error', () => {});

const isAnnounced = () =>
  readU32(sensor.sharedMap('reader_sleeps').get(u32(0)) ?? new Uint8Array(4)) === 1;

test('records wake a reader that sleeps, and nothing else makes it look', async () => {
  let wakings = 0;
  let found = false;
  const read = () =>
    sensor.read((record) => {
      found ||= Buffer.from(bytesOf(record)).includes(shop.path('waker'));
    }, 1000);
  const sleep = () => {
    sensor.announceSleep();
    sensor.whenFilled(() => {
      wakings += 1;
      read();
      sleep();
    });
  };
  read();
  sleep();
  startWaker();
  expect(await until(() => found)).toBe(true);
  expect(wakings).toBeGreaterThan(0);
  sensor.stopWaiting();
});

test('the first record takes the announcement back: the others wake nobody', async () => {
  sensor.announceSleep();
  startWaker();
  expect(await until(() => !isAnnounced())).toBe(true);
});

test('what lies in the ring already is told of at once', async () => {
  startWaker();
  expect(await until(() => sensor.read(() => {}, 0).records > 0)).toBe(true);
  startWaker();
  let isTold = false;
  sensor.whenFilled(() => {
    isTold = true;
  });
  expect(await until(() => isTold)).toBe(true);
});

test.each([
  ['terminated', async (worker: Worker) => expect(await worker.terminate()).toBe(1)],
  [
    'ended by itself',
    async (worker: Worker) => {
      const { promise, resolve } = Promise.withResolvers<number>();
      worker.on('exit', resolve);
      worker.postMessage('end');
      expect(await promise).toBe(3);
    },
  ],
])('a thread that waits can be %s', async (_, end) => {
  const worker = new Worker(WAITER, { workerData: OBJECTS, trackUnmanagedFds: false });
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  worker.once('message', resolve);
  worker.once('error', reject);
  expect(await promise).toBe('waits');
  await end(worker);
});

test('a ring that is closed can be waited for no more', () => {
  const other = startSensor(OBJECTS, 1 << 20);
  let isTold = false;
  other.whenFilled(() => {
    isTold = true;
  });
  other.close();
  expect(() => other.whenFilled(() => {})).toThrow('closed');
  expect(() => other.stopWaiting()).not.toThrow();
  expect(isTold).toBe(false);
});
