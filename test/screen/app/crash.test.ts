/** Faults of our own: a copy of the built program in which one part is broken, run by the real launcher. */
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LAUNCHER, startApp } from '../../driver/app.ts';

const root = join(dirname(LAUNCHER), '..');
let copy: string;

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'tgapp-'));
  for (const path of ['package.json', 'themes', 'src/policies/library', 'dist']) {
    mkdirSync(dirname(join(copy, path)), { recursive: true });
    cpSync(join(root, path), join(copy, path), { recursive: true });
  }
  for (const path of ['node_modules', 'build']) symlinkSync(join(root, path), join(copy, path));
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

const start = (ready: string) =>
  startApp([], {
    env: { TRIGON_MAIN: join(copy, 'dist/trigon.mjs') },
    underShell: true,
    ready,
  });

test('a component that throws: the terminal comes back, and the reason is said', async () => {
  const file = join(copy, 'dist/trigon.mjs');
  const intact = readFileSync(file, 'utf8');
  const broken = intact.replace(
    'function Lines({ lines, top, height }) {',
    '$& throw new Error("the component broke");',
  );
  expect(broken).not.toBe(intact);
  writeFileSync(file, broken);
  const app = await start('live');
  // Only a terminal that is too small is drawn by it.
  app.resize(50, 10);
  const report = await app.report();
  writeFileSync(file, intact);
  expect(report.code).toBe(1);
  expect(report.modes).toEqual(expect.arrayContaining(['icanon', 'echo']));
  expect(report.afterwards).toContain('the component broke');
  expect(app.bufferType()).toBe('normal');
});

test('an agent that crashes: the terminal comes back, and the reason is said', async () => {
  writeFileSync(
    join(copy, 'dist/worker.mjs'),
    "setTimeout(() => { throw new Error('the worker broke'); }, 1000);",
  );
  const app = await start('starting');
  const report = await app.report();
  expect(report.code).toBe(1);
  expect(report.modes).toEqual(expect.arrayContaining(['icanon', 'echo']));
  expect(report.afterwards).toContain('the worker broke');
  expect(report.afterwards).toContain('nothing stays armed');
  expect(app.bufferType()).toBe('normal');
});
