/** spec.loader: files that are mapped to be run, with their build ids: needs root, and readelf (binutils). */
import { execFileSync } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decodeEvent } from '../../src/events/json.ts';
import type { EventOf } from '../../src/events/types.ts';
import { run } from '../driver/command.ts';
import { type Headless, startHeadless } from '../driver/headless.ts';
import { until } from '../driver/until.ts';
import { policyOf } from './stage.ts';
import { openWorkshop, type Workshop } from './workshop.ts';

let shop: Workshop;
let program: string;
let trigon: Headless;

beforeAll(async () => {
  shop = openWorkshop();
  program = shop.path('mapped');
  copyFileSync('/bin/ls', program);
  const policy = shop.file('loader.yaml', policyOf('loader', { loader: true }));
  trigon = await startHeadless(shop.folder, ['--policy', policy]);
});
afterAll(async () => {
  await trigon?.stop();
  shop?.remove();
});

/** As readelf tells it, in hexadecimal digits. */
const buildIdOf = (path: string): string | undefined =>
  /Build ID: (\w+)/.exec(execFileSync('readelf', ['-n', path], { encoding: 'utf8' }))?.[1];

const hex = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString('hex');

/** Of a process that has ended, in their order. */
async function mappingsOf(pid: number): Promise<EventOf<'process_loader'>[] | undefined> {
  return await until(() => {
    const events = trigon.lines.filter((line) => line.includes(`"pid":${pid},`)).map(decodeEvent);
    const own = events.filter((event) => 'process' in event && event.process.pid === pid);
    if (!own.some(({ kind }) => kind === 'process_exit')) return undefined;
    return own.filter((event) => event.kind === 'process_loader');
  });
}

test('a program and its libraries, each once, with the build ids that they have', async () => {
  const { pid } = await run(program, [shop.folder]);
  const mappings = (await mappingsOf(pid)) ?? [];
  const paths = mappings.map(({ path }) => path);
  expect(paths).toContain(program);
  expect(paths).toContainEqual(expect.stringMatching(/\/libc\.so/));
  expect(new Set(paths).size).toBe(paths.length);
  expect(buildIdOf(program)).toBeDefined();
  for (const { path, buildid } of mappings)
    expect([path, hex(buildid)]).toEqual([path, buildIdOf(path)]);
});

test('the next program of the same process has its own', async () => {
  const { pid } = await run('/bin/sh', ['-c', `exec ${program} ${shop.folder}`]);
  const mappings = (await mappingsOf(pid)) ?? [];
  const libraries = mappings.filter(({ path }) => /\/libc\.so/.test(path));
  expect(new Set(libraries.map(({ process }) => process.execId)).size).toBe(2);
});
