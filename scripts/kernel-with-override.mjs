/**
 * Builds a small x86-64 kernel that has bpf_override_return, which no Debian kernel has: Debian's own
 * source of 6.1, allnoconfig, and the options of kernel-with-override.config. By hand, never in CI: it
 * takes about eight minutes on two idle cores. What comes out is a folder like an unpacked linux-image
 * package (boot/vmlinuz-VERSION, boot/config-VERSION, lib/modules/VERSION), as `vmrun --kernel` wants.
 *
 *   node scripts/kernel-with-override.mjs FOLDER [--jobs N]
 *     FOLDER      takes the source, the build and the kernel (about 3 GB); a second run goes on from there
 *     --jobs N    compilers at a time, at the lowest priority; the number of CPUs when not given
 *
 * It installs nothing: the source package is fetched and unpacked in FOLDER, and build programs that
 * are missing are named. The last line, the only one on stdout, is the kernel's folder.
 *
 * `vmrun` keeps what it made of a kernel by its version, which stays the same when the options change:
 * empty its cache then, or give it another one (VMRUN_CACHE).
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { aptGet } from './debian.mjs';
import {
  findProgram,
  hashOf,
  readIfThere,
  root,
  runMain,
  say,
  UserError,
  writeWhole,
} from './lib.mjs';

const sourcePackage = 'linux-source-6.1';
const fragment = path.join(root, 'scripts', 'kernel-with-override.config');
const usage = 'node scripts/kernel-with-override.mjs FOLDER [--jobs N]';

/** What the build runs or includes beyond Debian's essential packages: [program or header, package]. */
const needs = [
  ['xz', 'xz-utils'],
  ['make', 'make'],
  ['gcc', 'gcc'],
  ['bc', 'bc'],
  ['flex', 'flex'],
  ['bison', 'bison'],
  ['pahole', 'dwarves'],
  ['/usr/include/stdio.h', 'libc6-dev'],
  // objtool and resolve_btfids read and write ELF files.
  ['/usr/include/gelf.h', 'libelf-dev'],
];

function checkHost() {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new UserError(
      'this builds an x86-64 kernel with the native compiler: run it on x86-64 Linux',
    );
  }
  if (findProgram('apt-get') === undefined) {
    throw new UserError("the source is Debian 12's package: run this where apt-get can fetch it");
  }
  const isThere = (need) => (need.startsWith('/') ? fs.existsSync(need) : findProgram(need));
  const packages = needs.filter(([need]) => !isThere(need)).map(([, debian]) => debian);
  if (packages.length > 0) {
    throw new UserError(
      `the kernel's build needs more: apt-get install --no-install-recommends ${packages.join(' ')}`,
    );
  }
}

function readArguments() {
  try {
    const { values, positionals } = parseArgs({
      options: { jobs: { type: 'string', default: String(os.cpus().length) } },
      allowPositionals: true,
    });
    const [folder, ...more] = positionals;
    if (folder === undefined || more.length > 0) throw new Error('one FOLDER is needed');
    if (!/^[1-9]\d*$/.test(values.jobs)) throw new Error('--jobs takes a number from 1 up');
    return { folder: path.resolve(folder), jobs: values.jobs };
  } catch (error) {
    throw new UserError(`${error.message}. Usage: ${usage}`);
  }
}

/** Runs a program with its output on our stderr; its failure is ours, with the remedy. */
function run(cwd, remedy, program, ...args) {
  const result = spawnSync(program, args, {
    cwd,
    stdio: ['ignore', 2, 2],
    env: { ...process.env, LC_ALL: 'C', KBUILD_BUILD_USER: 'trigon', KBUILD_BUILD_HOST: 'trigon' },
  });
  if (result.status !== 0) {
    throw new UserError(`${program} ${args[0]} failed (its messages are above). ${remedy}`);
  }
}

/** The folder that apt's source package was unpacked to; fetched once, and whole or not at all. */
function unpackSource(work) {
  const source = path.join(work, 'source');
  if (fs.existsSync(source)) return source;
  const parts = path.join(work, 'package');
  fs.rmSync(parts, { recursive: true, force: true });
  fs.mkdirSync(parts, { recursive: true });
  say(`fetching Debian's ${sourcePackage} (about 140 MB)`);
  // apt's own user can't write there, and apt warns of it.
  const download = ['-o', 'APT::Sandbox::User=root', 'download', sourcePackage];
  if (!aptGet(download, { cwd: parts })) {
    throw new UserError(
      `apt-get could not download ${sourcePackage} (its messages are above). Its lists must have Debian 12's: try apt-get update`,
    );
  }
  const [file] = fs.readdirSync(parts);
  const remedy = `Is there room in ${work}?`;
  run(parts, remedy, 'dpkg-deb', '-x', file, '.');
  say('unpacking the source');
  const archive = `usr/src/${sourcePackage}.tar.xz`;
  run(parts, remedy, 'tar', '-xf', archive);
  fs.renameSync(path.join(parts, sourcePackage), source);
  fs.rmSync(parts, { recursive: true });
  return source;
}

/** Writes the build's .config anew when the fragment has changed; a fragment's option must be granted. */
function configure(source, build) {
  const wanted = fs.readFileSync(fragment, 'utf8');
  const stamp = path.join(build, '.trigon-fragment-hash');
  if (readIfThere(stamp) === hashOf(wanted)) return;
  fs.mkdirSync(build, { recursive: true });
  run(
    source,
    `Is ${fragment} in the form of a .config?`,
    'make',
    `O=${build}`,
    `KCONFIG_ALLCONFIG=${fragment}`,
    'allnoconfig',
  );
  const granted = new Set(fs.readFileSync(path.join(build, '.config'), 'utf8').split('\n'));
  const refused = wanted
    .split('\n')
    .filter((line) => line.startsWith('CONFIG_') && !granted.has(line));
  if (refused.length > 0) {
    throw new UserError(
      `the kernel's Kconfig does not grant: ${refused.join(' ')}. Name what they depend on in ${fragment}`,
    );
  }
  writeWhole(stamp, hashOf(wanted));
}

/** Lays the kernel out as a linux-image package does. `vmrun` asks for lib/modules, though it is empty. */
function layOut(build, image) {
  const release = fs.readFileSync(path.join(build, 'include/config/kernel.release'), 'utf8').trim();
  fs.rmSync(image, { recursive: true, force: true });
  fs.mkdirSync(path.join(image, 'boot'), { recursive: true });
  const modules = path.join(image, 'lib/modules', release);
  fs.mkdirSync(modules, { recursive: true });
  const copies = [
    ['arch/x86/boot/bzImage', `boot/vmlinuz-${release}`],
    ['.config', `boot/config-${release}`],
    ['System.map', `boot/System.map-${release}`],
    ['modules.builtin', `lib/modules/${release}/modules.builtin`],
  ];
  for (const [from, to] of copies) fs.copyFileSync(path.join(build, from), path.join(image, to));
}

function main() {
  const { folder, jobs } = readArguments();
  checkHost();
  const started = Date.now();
  const source = unpackSource(folder);
  const build = path.join(folder, 'build');
  configure(source, build);
  say(`building with ${jobs} compilers at a time`);
  run(
    source,
    `Once it is mended, start again: what is built already in ${build} is kept.`,
    'nice',
    '-n19',
    'make',
    '-s',
    `O=${build}`,
    `-j${jobs}`,
    'bzImage',
    'modules',
  );
  const image = path.join(folder, 'image');
  layOut(build, image);
  say(`ready (${((Date.now() - started) / 60_000).toFixed(0)} minutes)`);
  process.stdout.write(`${image}\n`);
}

runMain(main);
