import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Ended, run } from '../driver/command.ts';
import { compileProgram } from '../driver/compile.ts';

/**
 * A temporary folder with the victim program (fixtures/access.c) in it. Everything a test's policy matches lies in there, the
 * binaries too, so that no other process of the machine can be hit.
 */
export type Workshop = {
  readonly folder: string;
  /** The victim program, at a path that exists only here. */
  readonly victim: string;
  path(...names: string[]): string;
  /** Creates a file and the folders above it; returns its path. */
  file(name: string, content: string): string;
  /** Runs the victim program: see fixtures/access.c. */
  access(...args: string[]): Promise<Ended>;
  remove(): void;
};

const source = fileURLToPath(new URL('fixtures/access.c', import.meta.url));

export function openWorkshop(): Workshop {
  const folder = mkdtempSync(join(tmpdir(), 'trigon-test-'));
  const path = (...names: string[]) => join(folder, ...names);
  const victim = path('access');
  compileProgram(source, victim, ['-pthread']);
  return {
    folder,
    victim,
    path,
    file(name, content) {
      mkdirSync(path(name, '..'), { recursive: true });
      writeFileSync(path(name), content);
      return path(name);
    },
    access: (...args) => run(victim, args),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The BPF objects that a process holds, as `prog:12`, `map:3`, `link:4`, from its descriptors. */
export function bpfObjectsOf(pid: number | 'self'): string[] {
  const fds = `/proc/${pid}/fd`;
  return readdirSync(fds).flatMap((fd) => {
    try {
      const kind = /bpf[-_](prog|map|link)/.exec(readlinkSync(join(fds, fd)))?.[1];
      const info = readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'latin1');
      const id = kind && new RegExp(`^${kind}_id:\\s*(\\d+)`, 'm').exec(info)?.[1];
      return id ? [`${kind}:${id}`] : [];
    } catch {
      return []; // closed meanwhile: the descriptor of this very listing
    }
  });
}
