/**
 * The executable: Node's binary without its symbols, a script and options in it (Node's own --build-sea), front.c before it, and the
 * tree of files as a ZIP archive behind it, which Node mounts from its own file.
 */
import fs from 'node:fs';
import path from 'node:path';
import { pinnedNode } from '../lib.mjs';
import { addFront } from './front.mjs';
import {
  filesBelow,
  inRoot,
  outFolder,
  run,
  sourceDate,
  stageFolder,
  workFolder,
} from './places.mjs';
import { runtimeFile, runtimeLibraries } from './runtime.mjs';
import { zip } from './zip.mjs';

export const executable = path.join(outFolder, 'trigon-linux-x64');

/** What the launcher says to Node otherwise (bin/trigon.mjs), and how its file becomes a file system. */
const execArgv = [
  '--experimental-vfs',
  '--vfs-mount=/proc/self/exe',
  '--disable-warning=ExperimentalWarning',
  '--max-semi-space-size=4',
  '--heap-growing-percent=50',
];

function buildSea(node, output) {
  const config = path.join(workFolder, 'sea.json');
  const settings = {
    main: inRoot('scripts/package/main.cjs'),
    output,
    executable: node,
    mainFormat: 'commonjs',
    disableExperimentalSEAWarning: true,
    useCodeCache: false,
    execArgv,
    // NODE_OPTIONS of whoever starts it are not for a program that runs as root.
    execArgvExtension: 'none',
  };
  fs.writeFileSync(config, JSON.stringify(settings));
  run(pinnedNode, [`--build-sea=${config}`]);
}

/** Bundles of some commands, and parts that only they and some options load. */
const RARE = /^dist\/(attach|replay|parts\/(server|src|cel|exposition)-\w+)\.mjs$/;

/** Read at each start, and sooner when they need not be inflated. */
const isPlain = (name) => /\.(mjs|cjs|node)$/.test(name) && !RARE.test(name);

/** @param extra [{ name, file }]: what the npm package doesn't have */
function archiveFiles(extra) {
  const staged = filesBelow(stageFolder).map((name) => ({
    name,
    file: path.join(stageFolder, name),
  }));
  return [...staged, ...extra]
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .map(({ name, file }) => ({
      name,
      content: fs.readFileSync(file),
      mode: 0o644,
      isPlain: isPlain(name),
    }));
}

/** @param clipboardy the bundle of it */
export function makeExecutable(clipboardy) {
  const node = path.join(workFolder, 'node');
  const act = path.join(workFolder, 'act');
  run('strip', ['-o', node, pinnedNode]);
  run('strip', ['-o', act, inRoot('build/act')]);
  const made = path.join(workFolder, 'executable');
  fs.rmSync(made, { force: true });
  buildSea(node, made);
  const libraries = runtimeLibraries.map((name) => fs.readFileSync(runtimeFile(name)));
  addFront(made, [...libraries, fs.readFileSync(act)]);
  const module = path.join(workFolder, 'clipboardy.json');
  fs.writeFileSync(module, '{"name":"clipboardy","type":"module","exports":"./index.mjs"}\n');
  const files = archiveFiles([
    { name: 'entry.cjs', file: inRoot('scripts/package/entry.cjs') },
    { name: 'node_modules/clipboardy/index.mjs', file: clipboardy },
    { name: 'node_modules/clipboardy/package.json', file: module },
  ]);
  fs.appendFileSync(made, zip(files, fs.statSync(made).size, sourceDate()));
  fs.chmodSync(made, 0o755);
  fs.renameSync(made, executable);
  return executable;
}
