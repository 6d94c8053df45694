import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { compileProgram } from '../driver/compile.ts';

const FOLDER = fileURLToPath(new URL('../../build/vm', import.meta.url));
const source = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** Files that the VMs run, by their paths. */
export type Programs = { guest: string; victim: string };

/** Makes them on the host, the guest's as one bundle: an emulated CPU would take long to compile, or to open so many files. */
export async function makePrograms(): Promise<Programs> {
  mkdirSync(FOLDER, { recursive: true });
  const programs = { guest: join(FOLDER, 'guest.mjs'), victim: join(FOLDER, 'victim') };
  compileProgram(source('victim.c'), programs.victim, ['-static']);
  await build({
    ...{ entryPoints: [source('guest.ts')], outfile: programs.guest },
    ...{ bundle: true, platform: 'node', format: 'esm', target: 'node26', logLevel: 'warning' },
    // Has a part in machine code, found from where it lies.
    external: ['@lydell/node-pty'],
  });
  return programs;
}
