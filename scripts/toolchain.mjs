/** Finds the compiler. Shared by set-up (is there one?) and build (which, and what exactly?). */
import { spawnSync } from 'node:child_process';
import { findProgram } from './lib.mjs';

/** clang before this has too old a BPF back end. */
const oldestClang = 16;

/** 19 first: it is what the project is built with. Others that Debian or Ubuntu may have follow. */
const clangNames = [
  'clang-19',
  'clang-20',
  'clang-21',
  'clang-22',
  'clang-18',
  'clang-17',
  'clang-16',
];

/** A clang of version 16 or newer on PATH, or undefined. Plain `clang` is asked for its version. */
export function findClang() {
  const versioned = findProgram(...clangNames);
  if (versioned !== undefined) return versioned;
  const plain = findProgram('clang');
  if (plain === undefined) return undefined;
  const major = Number(/clang version (\d+)/.exec(versionOf(plain))?.[1] ?? 0);
  return major >= oldestClang ? plain : undefined;
}

/** The compiler's own words on what it is: a part of what an output depends on. */
export function versionOf(program) {
  const result = spawnSync(program, ['--version'], { encoding: 'utf8' });
  return result.stdout ?? '';
}

/** llvm-strip, that of the compiler first; undefined when there is none (objects keep their DWARF). */
export function findStrip(clang) {
  const suffix = /clang(-\d+)$/.exec(clang)?.[1] ?? '';
  return findProgram(`llvm-strip${suffix}`, 'llvm-strip');
}
