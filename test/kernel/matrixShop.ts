import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readMounts } from '../../src/agent/host/mounts.ts';
import { compileProgram } from '../driver/compile.ts';

/** A temporary folder with the program that makes the calls (fixtures/matrix.c) and copies of it. All that policies match lies in there. */
export type MatrixShop = {
  readonly folder: string;
  readonly program: string;
  /** With `@/` as the folder, and `%/` as the same below the root of its mount. */
  here(text: string): string;
  /** Writes a policy; JSON is YAML. */
  policy(name: string, spec: object): { path: string; mode: 'monitor' };
  remove(): void;
};

const source = fileURLToPath(new URL('fixtures/matrix.c', import.meta.url));

/** The copies lie in `run/`: a link to a program is a program with another path. */
export const NAMES = ['alpha', 'beta', 'Gamma.txt'] as const;

export function openMatrixShop(): MatrixShop {
  const folder = mkdtempSync(join(tmpdir(), 'trigon-matrix-'));
  const program = join(folder, 'matrix');
  const below = belowMount(folder);
  compileProgram(source, program, ['-static']);
  mkdirSync(join(folder, 'run'));
  mkdirSync(join(folder, 'closed'), { mode: 0 });
  execFileSync('mkfifo', [join(folder, 'fifo')]);
  for (const name of NAMES) {
    writeFileSync(join(folder, name), '');
    linkSync(program, join(folder, 'run', name));
  }
  const here = (text: string) => text.replaceAll('@/', `${folder}/`).replaceAll('%/', `${below}/`);
  return {
    folder,
    program,
    here,
    policy(name, spec) {
      const path = join(folder, `${name}.yaml`);
      const text = JSON.stringify({
        apiVersion: 'cilium.io/v1alpha1',
        kind: 'TracingPolicy',
        metadata: { name },
        spec,
      });
      writeFileSync(path, here(text));
      return { path, mode: 'monitor' };
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function belowMount(folder: string): string {
  const mount = readMounts()
    .map((each) => each.folder)
    .filter((each) => folder.startsWith(each === '/' ? '/' : `${each}/`))
    .reduce((longest, each) => (each.length > longest.length ? each : longest));
  return mount === '/' ? folder : folder.slice(mount.length);
}
