/**
 * Builds everything that isn't up to date: BPF objects, the native addon, the bundles. Run by the
 * pinned Node. An output is up to date when the hash of all it depends on (sources, compiler version,
 * flags), kept beside it as `<output>.hash`, is unchanged: times of files don't matter, so a fresh
 * checkout or a branch switch rebuilds just what differs.
 *
 *   node scripts/build.mjs [--write-layouts] [--locked]
 *     --write-layouts   also write src/generated/layouts.ts from the objects' BTF
 *     --locked          the caller (set-up) holds the lock
 */
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { writeLayouts } from './layouts.mjs';
import {
  architecture,
  hashOf,
  pinnedNode,
  pinnedNodeFolder,
  readIfThere,
  root,
  runMain,
  say,
  takeLock,
  UserError,
  writeWhole,
} from './lib.mjs';
import { findClang, findStrip, versionOf } from './toolchain.mjs';

/** The program and its workers, by the names of their bundles in dist/. */
const bundles = {
  trigon: 'src/cli/start.ts',
  worker: 'src/agent/worker.ts',
  attach: 'src/agent/tetragon/worker.ts',
  replay: 'src/agent/replay/worker.ts',
  enricher: 'src/agent/enrichment/thread.ts',
};

const inRoot = (...parts) => path.join(root, ...parts);

/** Names in a folder of the project that end so, sorted; none when the folder isn't there. */
function list(folder, ...endings) {
  if (!fs.existsSync(inRoot(folder))) return [];
  const names = fs.readdirSync(inRoot(folder)).sort();
  return names
    .filter((name) => endings.some((ending) => name.endsWith(ending)))
    .map((name) => `${folder}/${name}`);
}

/** Every file under a folder of the project, sorted. */
function listDeep(folder) {
  if (!fs.existsSync(inRoot(folder))) return [];
  const entries = fs.readdirSync(inRoot(folder), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
    .sort();
}

/** The hash of an output's inputs: files by name and content, everything else (flags …) by its text. */
function inputHash(files, ...others) {
  const contents = files.flatMap((file) => [file, fs.readFileSync(inRoot(file))]);
  return hashOf(...contents, JSON.stringify(others));
}

const hashFile = (output) => inRoot(`${output}.hash`);

const isCurrent = (output, hash) =>
  fs.existsSync(inRoot(output)) && readIfThere(hashFile(output)) === hash;

/** Makes one output when it isn't current. The hash goes first and comes back last: a failure leaves none. */
async function make(output, hash, build) {
  if (isCurrent(output, hash)) return;
  say(`building ${output}`);
  fs.mkdirSync(path.dirname(inRoot(output)), { recursive: true });
  fs.rmSync(hashFile(output), { force: true });
  await build();
  writeWhole(hashFile(output), hash);
}

/** Runs a tool in the project's folder; its messages go to stderr as they are. */
function run(program, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: root, stdio: ['ignore', 2, 2] });
    const tool = path.basename(program);
    child.on('error', (error) => reject(new UserError(`${tool} does not run: ${error.message}`)));
    child.on('close', (status, signal) => {
      if (status === 0) resolve();
      else
        reject(
          new UserError(`${tool} failed (${signal ?? `exit code ${status}`}): ${args.at(-1)}`),
        );
    });
  });
}

/** Runs the jobs, as many at once as there are processors; waits for all, then reports a failure. */
async function inParallel(jobs) {
  const waiting = [...jobs];
  const failures = [];
  const work = async () => {
    for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) {
      await job().catch((error) => failures.push(error));
    }
  };
  await Promise.all(Array.from({ length: os.availableParallelism() }, work));
  if (failures.length > 0) throw failures[0];
}

function findToolchain() {
  const clang = findClang();
  if (clang === undefined) {
    throw new UserError(
      'clang 16 or newer is missing: node scripts/setup.mjs installs it or says how',
    );
  }
  return { clang, version: versionOf(clang), strip: findStrip(clang) };
}

/** Flags that make the objects the same in whichever folder they are built. */
const anyFolder = [`-fdebug-prefix-map=${root}=.`, '-fdebug-compilation-dir=.'];

function bpfFlags() {
  return [
    ...['-O2', '-g', '-Wall', '-Wextra', '-Werror'],
    ...['-target', 'bpf', '-mcpu=v3', `-D__TARGET_ARCH_${architecture.bpfTarget}`],
    ...[`-I/usr/include/${architecture.multiarch}`, '-Ibpf'],
  ];
}

const bpfOutput = (source) => `build/bpf/${path.basename(source, '.c')}.o`;

/** One BPF object. Its DWARF is stripped where llvm-strip is there: only the size differs. */
function bpfJob(source, { clang, version, strip }) {
  const output = bpfOutput(source);
  const flags = bpfFlags();
  const hash = inputHash([source, ...list('bpf', '.h')], flags, version, strip);
  return () =>
    make(output, hash, async () => {
      const temporary = `${output}.tmp`;
      await run(clang, [...flags, ...anyFolder, '-o', temporary, '-c', source]);
      if (strip !== undefined) await run(strip, ['-g', temporary]);
      fs.renameSync(inRoot(temporary), inRoot(output));
    });
}

/** Objects of sources that are gone must go too: the layouts are read from all that lie there. */
function removeOrphans(sources) {
  const wanted = new Set(sources.map(bpfOutput));
  for (const object of list('build/bpf', '.bpf.o')) {
    if (wanted.has(object)) continue;
    fs.rmSync(inRoot(object));
    fs.rmSync(hashFile(object), { force: true });
  }
}

function addonJob({ clang, version }) {
  const sources = list('native', '.c');
  if (sources.length === 0) return async () => say('no native/*.c yet: the addon is skipped');
  const output = 'build/trigon.node';
  const headers = path.relative(root, path.join(pinnedNodeFolder, 'include', 'node'));
  const flags = [
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
    ...['-DNAPI_VERSION=8', '-D_GNU_SOURCE', `-I${headers}`],
  ];
  // Headers of other folders that the addon may include.
  const inputs = [...sources, ...list('native', '.h'), ...list('bpf', '.h')];
  const hash = inputHash(inputs, flags, version, process.version);
  return () =>
    make(output, hash, async () => {
      const temporary = `${output}.tmp`;
      await run(clang, [
        ...flags,
        ...anyFolder,
        '-o',
        temporary,
        ...sources,
        '-lbpf',
        '-Wl,-z,now',
      ]);
      fs.renameSync(inRoot(temporary), inRoot(output));
    });
}

/** The program that does the deeds of policies' triggers. Static where that links: it runs as copies of itself in empty folders. */
function actJob({ clang, version }) {
  const sources = list('native/act', '.c');
  const output = 'build/act';
  const flags = ['-std=c11', '-O2', '-Wall', '-Wextra', '-Werror', '-D_GNU_SOURCE'];
  const hash = inputHash([...sources, ...list('native/act', '.h')], flags, version);
  const link = (kind) =>
    run(clang, [...flags, ...anyFolder, ...kind, '-o', `${output}.tmp`, ...sources]);
  return () =>
    make(output, hash, async () => {
      await (isStaticPossible(clang) ? link(['-static']) : link([]));
      fs.renameSync(inRoot(`${output}.tmp`), inRoot(output));
    });
}

/** Whether the C library is there as an archive. */
function isStaticPossible(clang) {
  const asked = spawnSync(clang, ['-print-file-name=libc.a'], { encoding: 'utf8' });
  return path.isAbsolute(asked.stdout.trim());
}

/** Ink imports React's developer tools only when DEV=true; the package is large and isn't installed. */
const withoutDevtools = {
  name: 'without-react-devtools',
  setup(build) {
    build.onResolve({ filter: /^react-devtools-core$/ }, () => ({
      path: 'none',
      namespace: 'empty',
    }));
    build.onLoad({ filter: /.*/, namespace: 'empty' }, () => ({ contents: 'export default {};' }));
  },
};

function bundleOptions() {
  return {
    absWorkingDir: root,
    outdir: 'dist',
    outExtension: { '.js': '.mjs' },
    // What only some commands need (Ink, gRPC, metrics) lies in files of its own: the start doesn't read it.
    splitting: true,
    chunkNames: 'parts/[name]-[hash]',
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node26',
    sourcemap: 'linked',
    define: { 'process.env.NODE_ENV': '"production"' },
    // Bundled CommonJS packages call require() for Node's built-ins.
    banner: {
      js: "import { createRequire as trigonCreateRequire } from 'node:module'; const require = trigonCreateRequire(import.meta.url);",
    },
    // clipboardy finds the programs that it ships beside its own files.
    external: ['*.node', 'clipboardy'],
    logLevel: 'warning',
  };
}

/**
 * Each of them by itself: what all had in common would lie in three times as many files, each of which a start looks up, reads and
 * compares with V8's compiled code.
 */
async function bundle(options) {
  // Loaded only when there is something to bundle: it costs 20 ms.
  const esbuild = await import('esbuild');
  try {
    // How messages look is no input of the bundle: not among the options that are hashed.
    const color = process.stderr.isTTY === true;
    const built = await Promise.all(
      Object.entries(bundles).map(([name, source]) =>
        esbuild.build({
          ...options,
          entryPoints: { [name]: source },
          color,
          write: false,
          metafile: true,
          plugins: [withoutDevtools],
        }),
      ),
    );
    putInPlace(built.flatMap(({ outputFiles }) => outputFiles));
    // For the bill of materials (scripts/package): maps of packages name what was their source, not what they are.
    const inputs = new Set(built.flatMap(({ metafile }) => Object.keys(metafile.inputs)));
    writeWhole(inRoot('dist/inputs.json'), JSON.stringify([...inputs].sort()));
  } catch (error) {
    // esbuild has printed the places; the exception repeats them.
    if (error.errors !== undefined) throw new UserError('esbuild failed');
    throw error;
  }
}

/** A Trigon that runs may read parts of its own build for as long. */
const STALE_MS = 24 * 3_600_000;

/** Parts first, then what imports them; each as a whole. Names of parts tell their content, so that those of other builds can stay. */
function putInPlace(files) {
  const parts = inRoot('dist/parts');
  fs.mkdirSync(parts, { recursive: true });
  const isPart = ({ path: file }) => (path.dirname(file) === parts ? 0 : 1);
  for (const file of files.toSorted((a, b) => isPart(a) - isPart(b)))
    writeWhole(file.path, file.contents);
  const wanted = new Set(files.map(({ path: file }) => file));
  for (const name of fs.readdirSync(parts)) {
    const file = path.join(parts, name);
    if (!wanted.has(file) && fs.statSync(file).mtimeMs < Date.now() - STALE_MS) fs.rmSync(file);
  }
}

async function bundleAll() {
  const sources = [...listDeep('src'), 'package.json', 'package-lock.json', 'tsconfig.json'];
  const options = bundleOptions();
  await make(
    'dist/trigon.mjs',
    inputHash([...sources, 'scripts/build.mjs'], bundles, options),
    () => {
      return bundle(options);
    },
  );
}

function checkNode() {
  const pinned = fs.existsSync(pinnedNode) && fs.realpathSync(pinnedNode);
  if (fs.realpathSync(process.execPath) !== pinned) {
    throw new UserError('run by another Node than the pinned one: use npm run build');
  }
}

async function build() {
  checkNode();
  const free = process.argv.includes('--locked') ? () => {} : takeLock();
  try {
    const toolchain = findToolchain();
    const sources = list('bpf', '.bpf.c');
    removeOrphans(sources);
    await inParallel([
      ...sources.map((source) => bpfJob(source, toolchain)),
      addonJob(toolchain),
      actJob(toolchain),
    ]);
    if (process.argv.includes('--write-layouts')) writeLayouts();
    await bundleAll();
  } finally {
    free();
  }
}

runMain(build);
