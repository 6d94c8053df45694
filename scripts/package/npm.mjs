/** The npm package: the staged tree with the program of triggers, everything built; Node and clipboardy come as its dependencies. */
import fs from 'node:fs';
import path from 'node:path';
import { inRoot, outFolder, run, stageFolder, version, workFolder } from './places.mjs';

/** @returns path of the tarball */
export function makeTarball() {
  const folder = path.join(workFolder, 'npm');
  fs.rmSync(folder, { recursive: true, force: true });
  fs.cpSync(stageFolder, folder, { recursive: true });
  run('strip', ['-o', path.join(folder, 'build', 'act'), inRoot('build/act')]);
  fs.chmodSync(path.join(folder, 'bin', 'trigon.mjs'), 0o755);
  // It would leave out what a .gitignore or its own habits name; nothing of ours is to be left out.
  fs.writeFileSync(path.join(folder, '.npmignore'), '');
  run('npm', ['pack', '--ignore-scripts', '--loglevel=error', `--pack-destination=${outFolder}`], {
    cwd: folder,
  });
  return path.join(outFolder, `trigon-${version}.tgz`);
}
