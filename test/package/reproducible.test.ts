/** A second build of the same sources, in another folder, gives the same; and what is passed on tells what is in it. */

import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { projectRoot } from '../../src/agent/workerFiles.ts';
import { succeed } from '../driver/command.ts';
import { BILL, COMPILED, ownFolder, SUMS } from './packed.ts';

const folder = ownFolder();
const BUILD_MS = 900_000;

test(
  'eBPF objects, addon and bundles are the same, built elsewhere',
  async () => {
    const other = join(folder, 'elsewhere', 'main');
    await succeed('mkdir', ['-p', dirname(other)]);
    await succeed('cp', ['-a', projectRoot(), other]);
    await succeed('rm', ['-rf', join(other, 'build'), join(other, 'dist')]);
    const node = join(other, 'node_modules', '.bin', 'node');
    await succeed(node, ['scripts/package/main.mjs', '--only', 'stage'], { cwd: other });
    const again = readFileSync(join(other, 'build', 'package', 'out', 'compiled.sha256'), 'utf8');
    const first = readFileSync(COMPILED, 'utf8');
    for (const part of [
      'dist/trigon.mjs',
      'dist/worker.mjs',
      'build/bpf/process.bpf.o',
      'build/trigon.node',
    ])
      expect(first).toContain(`  ${part}\n`);
    expect(again).toBe(first);
  },
  BUILD_MS,
);

test('the sums are those of the files', async () => {
  const said = await succeed('sha256sum', ['--check', '--strict', SUMS], { cwd: dirname(SUMS) });
  expect(said.match(/: OK$/gm)?.length).toBeGreaterThan(4);
});

test('the bill of materials names what is inside, with versions and licences', () => {
  type Component = {
    name: string;
    version: string;
    licenses?: unknown[];
    components?: Component[];
  };
  const bill: { specVersion: string; components: Component[] } = JSON.parse(
    readFileSync(BILL, 'utf8'),
  );
  expect(bill.specVersion).toBe('1.6');
  const names = bill.components.map(({ name }) => name);
  for (const name of [
    'ink',
    'react',
    'js-yaml',
    'yoga-layout',
    'execa',
    'libbpf',
    'glibc',
    'node',
    'libstdc++6',
  ])
    expect(names).toContain(name);
  for (const name of ['vitest', 'typescript', 'esbuild', 'tmux']) expect(names).not.toContain(name);
  for (const { name, version, licenses } of bill.components)
    expect([name, version, licenses?.length]).toEqual([name, expect.stringMatching(/\d/), 1]);
  const node = bill.components.find(({ name }) => name === 'node');
  expect(node?.components?.map(({ name }) => name)).toContain('openssl');
});
