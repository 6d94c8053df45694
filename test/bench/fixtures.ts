import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileProgram } from '../driver/compile.ts';

/** Programs and files of the benchmarks, in a folder of their own. */
export type Bench = {
  folder: string;
  /** Starts programs, many or so many a second: see execs.c. */
  execs: string;
  /** A program that does nothing. */
  drop: string;
  /** One that computes for a millisecond: see step.c. */
  step: string;
  /** Reads one byte of files so often: see reads.c. */
  reads: string;
  /** Tells what system calls cost: see calls.c. */
  calls: string;
  /** Lets the kernel count how long programs run: see runtime.c. */
  runtime: string;
  /** A policy that reports each of these reads, and nothing else on this machine. */
  policy: string;
  target: string;
  /** A file that no cache of a CPU holds. */
  large: string;
  remove(): void;
};

const LARGE_BYTES = 128 << 20;

const here = import.meta.dirname;

/** @throws Error what the compiler said, or what is missing; nothing is left then */
export function prepareBench(): Bench {
  const folder = mkdtempSync(join(tmpdir(), 'trigon-bench-'));
  try {
    return fillFolder(folder);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

function fillFolder(folder: string): Bench {
  const path = (name: string) => join(folder, name);
  for (const name of ['execs', 'step', 'reads', 'calls', 'runtime'])
    compileProgram(join(here, `${name}.c`), path(name), ['-O2']);
  copyFileSync('/bin/true', path('drop'));
  writeFileSync(path('target'), 'x');
  writeFileSync(path('large'), Buffer.alloc(LARGE_BYTES, 'x'));
  writeFileSync(
    path('policy.yaml'),
    `apiVersion: cilium.io/v1alpha1
kind: TracingPolicy
metadata: { name: bench }
spec:
  kprobes:
    - call: security_file_permission
      syscall: false
      args: [{ index: 0, type: file }, { index: 1, type: int }]
      selectors:
        - matchBinaries: [{ operator: In, values: [${path('reads')}] }]
          matchArgs: [{ index: 0, operator: Equal, values: [${path('target')}] }]
`,
  );
  return {
    folder,
    execs: path('execs'),
    drop: path('drop'),
    step: path('step'),
    reads: path('reads'),
    calls: path('calls'),
    runtime: path('runtime'),
    policy: path('policy.yaml'),
    target: path('target'),
    large: path('large'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
