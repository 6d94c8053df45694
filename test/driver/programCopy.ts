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
import { LAUNCHER } from './app.ts';

/** A copy of the built program, for tests that break a part of it; run by the real launcher, which `env` leads to it. */
export type ProgramCopy = {
  readonly env: { readonly TRIGON_MAIN: string };
  path(...names: string[]): string;
  /** Runs the work with a file of the copy changed, or missing when `change` gives undefined; then it is as it was. */
  with<T>(
    name: string,
    change: (intact: Buffer) => Buffer | string | undefined,
    work: () => Promise<T>,
  ): Promise<T>;
  remove(): void;
};

const ROOT = join(dirname(LAUNCHER), '..');
const PARTS = ['package.json', 'themes', 'src/policies/library', 'dist', 'build'];

export function copyProgram(): ProgramCopy {
  const folder = mkdtempSync(join(tmpdir(), 'tgcopy-'));
  const path = (...names: string[]) => join(folder, ...names);
  for (const part of PARTS) {
    mkdirSync(dirname(path(part)), { recursive: true });
    cpSync(join(ROOT, part), path(part), {
      recursive: true,
      // What VMs and debuggers take is large, and nothing here needs it.
      filter: (source) => !/\.map$|\/build\/vm$/.test(source),
    });
  }
  symlinkSync(join(ROOT, 'node_modules'), path('node_modules'));
  return {
    env: { TRIGON_MAIN: path('dist/trigon.mjs') },
    path,
    async with(name, change, work) {
      const intact = readFileSync(path(name));
      const changed = change(intact);
      // Removed first: a file that is mapped by a running program must not change under it.
      rmSync(path(name));
      if (changed !== undefined) writeFileSync(path(name), changed);
      try {
        return await work();
      } finally {
        rmSync(path(name), { force: true });
        writeFileSync(path(name), intact);
      }
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
