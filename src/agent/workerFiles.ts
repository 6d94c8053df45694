import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Workers that speak an agent's messages, by their bundles, with their sources. */
const WORKERS = {
  worker: ['agent', 'worker.ts'],
  attach: ['agent', 'tetragon', 'worker.ts'],
  replay: ['agent', 'replay', 'worker.ts'],
} as const;

export type WorkerName = keyof typeof WORKERS;

/** The folder with package.json above this module, which may be a source file or the bundle. */
export function projectRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error('no package.json above this program');
    folder = parent;
  }
  return folder;
}

/** Where the compiled BPF objects are. */
export const objectsFolder = (): string => join(projectRoot(), 'build', 'bpf');

/**
 * The program that does the deeds of triggers and labs (native/act). Within the executable, whose files lie below a device, it can't be
 * run: the executable puts it into memory, and tells where. Elsewhere no variable chooses what root runs.
 */
export function actProgram(): string {
  const folder = projectRoot();
  const inMemory = folder.startsWith('/dev/null/') ? process.env.TRIGON_ACT : undefined;
  return inMemory ?? join(folder, 'build', 'act');
}

/** The bundle's worker beside the bundle; the source itself when we run from source (tests). */
export const workerFile = (name: WorkerName): string =>
  import.meta.url.endsWith('.ts')
    ? join(projectRoot(), 'src', ...WORKERS[name])
    : join(projectRoot(), 'dist', `${name}.mjs`);
