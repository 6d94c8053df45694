/**
 * The addon as it is passed on: the same sources as build/trigon.node, with libbpf inside and nothing needed but glibc 2.28.
 * Debian's libbpf.a is linked as it is (see libbpfNeeds.c for the one name that is changed in a copy of it); elf.c is there for libelf.
 */
import fs from 'node:fs';
import path from 'node:path';
import { architecture, pinnedNodeFolder, root, UserError } from '../lib.mjs';
import { findClang } from '../toolchain.mjs';
import { inRoot, run, workFolder } from './places.mjs';
import { checkShared } from './symbols.mjs';

const list = (folder) =>
  fs
    .readdirSync(inRoot(folder))
    .filter((name) => name.endsWith('.c'))
    .sort()
    .map((name) => `${folder}/${name}`);

/** Of a glibc before 2.34 some of its functions lie in a library of their own, which Node loads too. */
const GLIBC_FILES = ['libc.so.6', 'libpthread.so.0', 'ld-linux-x86-64.so.2'];

/** @returns the path of the addon */
export function linkAddon() {
  const archive = `/usr/lib/${architecture.multiarch}/libbpf.a`;
  if (!fs.existsSync(archive)) throw new UserError(`${archive} is missing (libbpf-dev)`);
  const copy = path.join(workFolder, 'libbpf.a');
  run('objcopy', ['--redefine-sym', 'stderr=trigon_stderr', archive, copy]);
  const output = path.join(workFolder, 'trigon.node');
  const headers = path.relative(root, path.join(pinnedNodeFolder, 'include', 'node'));
  run(findClang(), [
    ...[
      '-std=c11',
      '-O2',
      '-fPIC',
      '-shared',
      '-fvisibility=hidden',
      '-Wall',
      '-Wextra',
      '-Werror',
    ],
    ...[
      '-include',
      'scripts/package/glibc.h',
      '-ffunction-sections',
      '-fdata-sections',
      '-DNAPI_VERSION=8',
      '-D_GNU_SOURCE',
    ],
    ...[`-I${headers}`, `-fdebug-prefix-map=${root}=.`, '-fdebug-compilation-dir=.'],
    ...['-o', output, ...list('native')],
    ...['scripts/package/elf.c', 'scripts/package/libbpfNeeds.c', copy],
    '-Wl,-z,now',
    ...['-Wl,--gc-sections', '-Wl,--exclude-libs,ALL', '-Wl,--build-id=sha1', '-Wl,--strip-all'],
  ]);
  checkShared(output, GLIBC_FILES);
  checkUndefined(output);
  return output;
}

/** All that isn't glibc's must be Node's: a name that nobody has would end the program when it is first called. */
function checkUndefined(file) {
  const names = [...run('objdump', ['-T', file]).matchAll(/\*UND\*(.*)$/gm)]
    .filter(([, rest]) => !rest.includes('GLIBC'))
    .map(([, rest]) => rest.trim().split(/\s+/).at(-1))
    .filter((name) => !/^(napi_|uv_|_ITM_|__gmon_start__)/.test(name));
  if (names.length > 0) throw new UserError(`the addon lacks ${names.join(', ')}`);
}
