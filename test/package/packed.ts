/** What `npm run package` has made, and folders to try it in. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { projectRoot } from '../../src/agent/workerFiles.ts';
import { type Ended, run } from '../driver/command.ts';
import { until } from '../driver/until.ts';

const { version }: { version: string } = JSON.parse(
  readFileSync(join(projectRoot(), 'package.json'), 'utf8'),
);

export const STAGE = join(projectRoot(), 'build', 'package', 'stage');
const OUT = join(projectRoot(), 'build', 'package', 'out');

function made(name: string): string {
  const file = join(OUT, name);
  if (!existsSync(file)) throw new Error(`${file} is missing: npm run package`);
  return file;
}

export const EXECUTABLE = made('trigon-linux-x64');
export const DEB = made(`trigon_${version}_amd64.deb`);
export const TARBALL = made(`trigon-${version}.tgz`);
export const BILL = made(`trigon-${version}.cdx.json`);
export const COMPILED = made('compiled.sha256');
export const SUMS = made('SHA256SUMS');
export const VERSION = version;

/** A folder of the test file's own, gone at its end. */
export function ownFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tgpack-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

/** Runs it until it ends; /bin/true is started again and again meanwhile. */
export async function withTrue(running: Promise<Ended>, limitMs: number): Promise<Ended> {
  let ended: Ended | undefined;
  const settled = running.then((result) => {
    ended = result;
  });
  const found = await until(
    async () => {
      await run('/bin/true');
      return ended;
    },
    { limitMs, everyMs: 50 },
  );
  if (found === undefined) throw new Error('it did not end');
  await settled;
  return found;
}
