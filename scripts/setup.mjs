/**
 * Makes a fresh clone ready to run: `npm start` and `npm test` call it first. Every step is skipped
 * at once when it is up to date, without starting npm or apt. Plain ES2022 on Node built-ins: this
 * runs on the system's Node (>= 18); what it builds runs on the pinned one. It speaks on stderr only.
 *
 *   node scripts/setup.mjs [--test] [--vm] [--bench] [--package] [--rehearsal]
 *                                                      --test: also the programs that only the tests need
 *                                                      --vm: and those, and the kernels, that npm run test:vm needs
 *                                                      --bench: and those that npm run bench compares with,
 *                                                      as far as they can be had
 *                                                      --package: and what npm run package and its tests need
 *                                                      --rehearsal: and what npm run rehearse needs
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { canInstall, installPackages } from './debian.mjs';
import {
  architecture,
  findProgram,
  hashOf,
  pinnedNode,
  readIfThere,
  root,
  runMain,
  say,
  takeLock,
  UserError,
  writeWhole,
} from './lib.mjs';
import { fetchRuntime } from './package/runtime.mjs';
import { findClang } from './toolchain.mjs';
import { fetchVmKernels } from './vmKernels.mjs';

/** Oldest clang whose BPF output we accept, and what to install when there is none, best first. */
const clangPackages = ['clang-19', 'clang-18', 'clang-17', 'clang-16'];

/** Programs that only tests use: [program, Debian package]. */
const testPrograms = [
  ['tmux', 'tmux'],
  ['screen', 'screen'],
  ['zstd', 'zstd'],
  ['ip', 'iproute2'],
  ['kill', 'procps'],
  ['openssl', 'openssl'],
];

/** The same for test/vm. */
const vmPrograms = [
  ['qemu-system-x86_64', 'qemu-system-x86'],
  ['busybox', 'busybox-static'],
  ['xz', 'xz-utils'],
];

/** The same for scripts/package and its tests. */
const packagingPrograms = [
  ['strip', 'binutils'],
  ['objcopy', 'binutils'],
  ['objdump', 'binutils'],
  ['dpkg-deb', 'dpkg'],
  ['xz', 'xz-utils'],
];

/** What makes the root folders of test/package and test/rehearsal. */
const rootFolderPrograms = [['debootstrap', 'debootstrap']];

/** What test/bench/peers.ts measures beside Trigon. It says itself which of them are not there. */
const peerPrograms = [
  ['bpftrace', 'bpftrace'],
  ['execsnoop', 'libbpf-tools'],
  ['perf', 'linux-perf'],
  ['strace', 'strace'],
];

const options = new Set(process.argv.slice(2));
const programs = [
  ...(options.has('--test') ? testPrograms : []),
  ...(options.has('--vm') ? vmPrograms : []),
  ...(options.has('--package') ? packagingPrograms : []),
  ...(options.has('--package') || options.has('--rehearsal') ? rootFolderPrograms : []),
];

function checkPlatform() {
  if (process.platform !== 'linux') {
    throw new UserError(
      `Trigon watches a Linux kernel; this is ${process.platform}. Run it on a Linux host or in a VM.`,
    );
  }
  if (architecture === undefined) {
    throw new UserError(
      `Trigon supports x64 and arm64; this Node is built for ${process.arch}. Use a 64-bit Node on such a machine.`,
    );
  }
  const major = Number(process.versions.node.split('.')[0]);
  if (major < 18) {
    throw new UserError(
      `Node 18 or newer is needed to set up; this is ${process.versions.node}. On Debian 12 or Ubuntu 24.04: apt-get install nodejs npm`,
    );
  }
}

const isFile = (file) => fs.statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;

function isInLibraryFolder(name) {
  const folders = [
    `/usr/lib/${architecture.multiarch}`,
    '/usr/lib64',
    '/usr/lib',
    '/usr/local/lib',
  ];
  return folders.some((folder) => isFile(path.join(folder, name)));
}

/** libgcc's start files: clang takes them from GCC's folder when it links a shared object. */
function hasLibgcc() {
  const triples = [architecture.multiarch, ...redHatTriples(), `${process.arch}-pc-linux-gnu`];
  return triples.some((triple) => {
    const folder = `/usr/lib/gcc/${triple}`;
    if (!fs.existsSync(folder)) return false;
    return fs.readdirSync(folder).some((version) => isFile(`${folder}/${version}/crtbeginS.o`));
  });
}

function redHatTriples() {
  const machine = architecture.multiarch.split('-')[0];
  return [`${machine}-redhat-linux`, `${machine}-pc-linux-gnu`, `${machine}-suse-linux`];
}

/** What is missing on this system: [what it is, Debian packages that bring it (the first that exists)]. */
function missingParts() {
  const checks = [
    ['clang 16 or newer', clangPackages, findClang() !== undefined],
    ['libbpf headers', ['libbpf-dev'], isFile('/usr/include/bpf/libbpf.h')],
    ['libbpf', ['libbpf-dev'], isInLibraryFolder('libbpf.so')],
    ['C library headers', ['libc6-dev'], isFile('/usr/include/stdio.h')],
    ['libgcc and a linker', ['gcc'], hasLibgcc() && findProgram('ld', 'ld.lld') !== undefined],
  ];
  if (options.has('--package')) {
    checks.push(['libbpf, static', ['libbpf-dev'], isInLibraryFolder('libbpf.a')]);
    checks.push(['libelf headers', ['libelf-dev'], isFile('/usr/include/gelf.h')]);
    checks.push(['static C library', ['libc6-dev'], isInLibraryFolder('libc.a')]);
  }
  for (const [program, debian] of programs) {
    checks.push([program, [debian], findProgram(program) !== undefined]);
  }
  return checks.filter(([, , there]) => !there);
}

function explainMissing(missing) {
  const names = missing.map(([name]) => name).join(', ');
  const debian = [...new Set(missing.map(([, packages]) => packages[0]))].join(' ');
  const lacking = programs.filter(([name]) => missing.some(([other]) => other === name));
  const extra = lacking.map(([name]) => ` ${name}`).join('');
  return [
    `missing: ${names}. Install, then start again:`,
    `  Debian, Ubuntu   sudo apt-get update && sudo apt-get install ${debian}`,
    `  Fedora           sudo dnf install clang gcc glibc-devel libbpf-devel${extra}`,
    `  Arch             sudo pacman -S --needed clang gcc libbpf${extra}`,
  ].join('\n');
}

function setUpSystem() {
  const missing = missingParts();
  if (missing.length === 0) return;
  const explanation = explainMissing(missing);
  if (!canInstall()) throw new UserError(explanation);
  installPackages(
    missing.map(([, packages]) => packages),
    explanation,
  );
  const still = missingParts();
  if (still.length > 0) throw new UserError(explainMissing(still));
}

/** One that can't be had, on another distribution for example, keeps nobody from measuring the others. */
function setUpPeers() {
  for (const [program, debian] of peerPrograms) {
    if (findProgram(program) !== undefined) continue;
    const missing = `${program} is missing: the benchmarks go on without it`;
    try {
      if (canInstall()) installPackages([[debian]], missing);
      else say(missing);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      say(error.message);
    }
  }
}

/**
 * npm, run by the Node that npm itself was started with: node_modules/.bin comes first on PATH under
 * `npm start`, and the `node` there is about to be deleted.
 */
function runNpm(args) {
  const cli = process.env.npm_execpath;
  const node = process.env.npm_node_execpath;
  const outside = (folder) => !folder.endsWith('node_modules/.bin');
  const preload = JSON.stringify(path.join(root, 'scripts', 'pinnedVersion.cjs'));
  const env = {
    ...process.env,
    PATH: (process.env.PATH ?? '').split(':').filter(outside).join(':'),
    NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --require ${preload}`,
    TRIGON_PINNED_NODE: `v${pinnedVersion()}`,
  };
  const viaStarter = isNpm(cli) && node !== undefined && !node.startsWith(`${root}/`);
  const how = { cwd: root, env, stdio: ['ignore', 2, 2] };
  return viaStarter ? spawnSync(node, [cli, ...args], how) : spawnSync('npm', args, how);
}

/** Of the Node that runs what is installed. */
function pinnedVersion() {
  const { optionalDependencies } = JSON.parse(
    fs.readFileSync(path.join(root, 'package.json'), 'utf8'),
  );
  return optionalDependencies[`node-linux-${process.arch}`];
}

const isNpm = (cli) => cli !== undefined && /npm-cli\.[cm]?js$/.test(cli) && isFile(cli);

function setUpNpmPackages() {
  const lock = readIfThere(path.join(root, 'package-lock.json'));
  if (lock === undefined) {
    throw new UserError(
      'package-lock.json is missing: restore it (git checkout package-lock.json)',
    );
  }
  const stamp = path.join(root, 'node_modules', '.trigon-lock-hash');
  const wanted = hashOf(lock, process.arch);
  if (readIfThere(stamp) === wanted && isFile(pinnedNode)) return;
  say('installing npm packages (npm ci)');
  // No install scripts: none of our packages needs one. Warnings are about the system's Node, which
  // only installs; the pinned one runs everything.
  const result = runNpm(['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']);
  if (result.error?.code === 'ENOENT') {
    throw new UserError('npm is not installed. On Debian, Ubuntu: sudo apt-get install npm');
  }
  if (result.status !== 0) {
    throw new UserError(
      `npm ci failed (its messages are above). Check the network and that ${root} is writable, then start again`,
    );
  }
  if (!isFile(pinnedNode)) {
    throw new UserError(
      `npm did not install node-linux-${process.arch} (an optional dependency). Is "omit=optional" set? Try: npm config delete omit`,
    );
  }
  linkPinnedNode();
  writeWhole(stamp, wanted);
}

/** For package.json's scripts. npm 9 (Debian 12's) takes the link away with the other architecture's package, which has the same. */
function linkPinnedNode() {
  const link = path.join(root, 'node_modules', '.bin', 'node');
  if (isFile(link)) return;
  fs.rmSync(link, { force: true });
  fs.symlinkSync(path.relative(path.dirname(link), pinnedNode), link);
}

function build() {
  const script = path.join(root, 'scripts', 'build.mjs');
  const result = spawnSync(pinnedNode, [script, '--locked'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  if (result.error !== undefined) {
    throw new UserError(
      `${pinnedNode} does not run (${result.error.code}). Delete node_modules and start again`,
    );
  }
  // The builder has said what is wrong.
  if (result.status !== 0) process.exitCode = 1;
}

function setUp() {
  checkPlatform();
  const started = Date.now();
  const free = takeLock();
  try {
    setUpSystem();
    if (options.has('--vm')) fetchVmKernels();
    if (options.has('--bench')) setUpPeers();
    if (options.has('--package')) fetchRuntime();
    setUpNpmPackages();
    build();
  } finally {
    free();
  }
  const seconds = (Date.now() - started) / 1000;
  if (seconds > 3 && process.exitCode === undefined) say(`ready (${seconds.toFixed(0)} s)`);
}

runMain(setUp);
