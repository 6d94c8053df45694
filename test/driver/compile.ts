import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { findClang } from '../../scripts/toolchain.mjs';

const root = join(import.meta.dirname, '../..');
const WARNINGS = ['-Wall', '-Wextra', '-Werror'];

let found: string | undefined;

/**
 * The clang that the project itself is built with, of whatever version this machine has.
 *
 * @throws Error when there is none, with what to install
 */
export function clang(): string {
  found ??= findClang();
  if (found === undefined)
    throw new Error('clang 16 or newer is missing. On Debian or Ubuntu: apt-get install clang');
  return found;
}

/**
 * Compiles a C program of the tests or benchmarks, with all warnings as errors.
 *
 * @param flags more of clang's, behind the usual ones: `-O2`, `-static`, `-lbpf`, `-Wno-unused-result`
 * @throws Error with what the compiler said
 */
export function compileProgram(
  source: string,
  output: string,
  flags: readonly string[] = [],
): void {
  run(['-O1', ...WARNINGS, '-o', output, source, ...flags]);
}

/**
 * Compiles a BPF object as the build does it, with bpf/ and the C library's headers at hand.
 *
 * @param flags more of clang's, behind the usual ones: `-DNAME=1`, `-I/some/folder`
 * @throws Error with what the compiler said
 */
export function compileBpf(source: string, output: string, flags: readonly string[] = []): void {
  const [target, machine] = process.arch === 'x64' ? ['x86', 'x86_64'] : ['arm64', 'aarch64'];
  run([
    ...['-O2', '-g', '-target', 'bpf', '-mcpu=v3', `-D__TARGET_ARCH_${target}`],
    // A program that is to be refused, or only counts, does nothing with its context.
    ...[...WARNINGS, '-Wno-unused-parameter'],
    ...[`-I/usr/include/${machine}-linux-gnu`, `-I${join(root, 'bpf')}`, ...flags],
    ...['-c', source, '-o', output],
  ]);
}

/** What clang says goes into the error: a test's own report has it then. */
function run(args: readonly string[]): void {
  execFileSync(clang(), args, { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' });
}
