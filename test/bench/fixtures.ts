import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Programs and files of the benchmarks, in a folder of their own. */
export type Bench = {
  folder: string;
  /** storm COUNT PROGRAM: see test/kernel/fixtures/storm.c. */
  storm: string;
  /** A small program to be started by the storm. */
  drop: string;
  /** reads PER_SECOND SECONDS FILE: reads one byte of the file so often. */
  reads: string;
  /** calls KIND SECONDS MOST [FILE]: what one system call costs, see calls.c. */
  calls: string;
  /** A policy that reports each of these reads, and nothing else on this machine. */
  policy: string;
  target: string;
  /** A file that no cache of a CPU holds. */
  large: string;
  remove(): void;
};

const LARGE_BYTES = 128 << 20;

const here = import.meta.dirname;

export function prepareBench(): Bench {
  const folder = mkdtempSync(join(tmpdir(), 'trigon-bench-'));
  const path = (name: string) => join(folder, name);
  const compile = (source: string, output: string) =>
    execFileSync('clang-19', ['-O2', '-Wall', '-Wextra', '-o', output, source]);
  compile(join(here, '../kernel/fixtures/storm.c'), path('storm'));
  compile(join(here, 'reads.c'), path('reads'));
  compile(join(here, 'calls.c'), path('calls'));
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
    storm: path('storm'),
    drop: path('drop'),
    reads: path('reads'),
    calls: path('calls'),
    policy: path('policy.yaml'),
    target: path('target'),
    large: path('large'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
