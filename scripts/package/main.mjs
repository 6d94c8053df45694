/**
 * Makes what is passed on, in build/package/out: the executable, the Debian package, the npm package, the bill of materials, the
 * licences and the sums. See docs/packaging.md. Run by the pinned Node, after `node scripts/setup.mjs --package`: npm run package
 *
 *   main.mjs [--only stage|executable]
 *     stage: the tree of files alone, with the hashes of what is compiled (a second build is compared by it)
 *     executable: the one file, but not what takes a minute to compress
 */
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { pinnedNode, runMain, say, UserError } from '../lib.mjs';
import { linkAddon } from './addon.mjs';
import { bundleClipboardy, bundledPackages } from './bundle.mjs';
import { executableParts, linked, npmPackages } from './components.mjs';
import { makeDeb } from './deb.mjs';
import { makeExecutable } from './executable.mjs';
import { makeTarball } from './npm.mjs';
import {
  commit,
  filesBelow,
  hashOfFile,
  inRoot,
  makeEmpty,
  outFolder,
  run,
  sourceDate,
  version,
  workFolder,
} from './places.mjs';
import { licences, sbom } from './sbom.mjs';
import { compiledFiles, stage, stageText } from './stage.mjs';

/** What an installation may take, and its download. */
const MOST = { executable: 130e6, deb: 35e6 };

const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;

function checkSize(file, most) {
  const { size } = fs.statSync(file);
  if (size > most)
    throw new UserError(`${file} has ${megabytes(size)}: more than ${megabytes(most)}`);
}

async function main() {
  if (process.arch !== 'x64') throw new UserError('only x64 is packaged, on x64');
  if (fs.realpathSync(process.execPath) !== fs.realpathSync(pinnedNode))
    throw new UserError('run by another Node than the pinned one: use npm run package');
  run(pinnedNode, [inRoot('scripts/build.mjs')], { stdio: ['ignore', 2, 2] });
  makeEmpty(workFolder);
  makeEmpty(outFolder);
  say('package: addon and files');
  stage(linkAddon());
  const files = compiledFiles();
  const sums = files.map(({ name, hash }) => `${hash}  ${name}\n`).join('');
  fs.writeFileSync(path.join(outFolder, 'compiled.sha256'), sums);
  const { only } = parseArgs({ options: { only: { type: 'string' } } }).values;
  if (only === 'stage') return;

  const clipboardy = await bundleClipboardy();
  const folders = [...new Set([...bundledPackages(), ...clipboardy.packages])].sort();
  const components = [...npmPackages(folders), ...linked(), ...executableParts()];
  const bill = sbom({ name: 'trigon', version, commit: commit() }, components, files, sourceDate());
  const terms = licences(components);
  stageText('sbom.cdx.json', bill);
  stageText('THIRD-PARTY-LICENCES.txt', terms);
  fs.writeFileSync(path.join(outFolder, `trigon-${version}.cdx.json`), bill);
  fs.writeFileSync(path.join(outFolder, 'THIRD-PARTY-LICENCES.txt'), terms);

  say('package: executable');
  const program = makeExecutable(clipboardy.outfile);
  checkSize(program, MOST.executable);
  if (only === 'executable') return;
  say('package: Debian package and npm package');
  const deb = makeDeb(program);
  checkSize(deb, MOST.deb);
  makeTarball();
  const made = filesBelow(outFolder);
  const lines = made.map((name) => `${hashOfFile(path.join(outFolder, name))}  ${name}\n`);
  fs.writeFileSync(path.join(outFolder, 'SHA256SUMS'), lines.join(''));
  for (const name of made)
    say(`${megabytes(fs.statSync(path.join(outFolder, name)).size).padStart(9)}  ${name}`);
  say(`package: all in ${outFolder}`);
}

runMain(main);
