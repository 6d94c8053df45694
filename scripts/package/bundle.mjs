/** The program's bundles in dist/, as far as this build has made them (dist/parts keeps those of earlier ones a while), and what is in them. */
import fs from 'node:fs';
import path from 'node:path';
import { inRoot, workFolder } from './places.mjs';

/** As scripts/build.mjs names them. */
const ENTRIES = ['trigon', 'worker', 'attach', 'replay', 'enricher'].map((name) => `${name}.mjs`);

/** Files of dist/ that the entries need, by their paths there: the names of parts tell their content, so that a name is enough. */
export function bundleFiles() {
  const parts = new Set(
    fs.readdirSync(inRoot('dist/parts')).filter((name) => name.endsWith('.mjs')),
  );
  const found = new Set(ENTRIES);
  for (const file of found) {
    const text = fs.readFileSync(inRoot('dist', file), 'utf8');
    for (const [, name] of text.matchAll(/["']\.{1,2}\/(?:parts\/)?([\w.$@-]+\.mjs)["']/g))
      if (parts.has(name)) found.add(`parts/${name}`);
  }
  return [...found].sort();
}

/** The comment that names the map: maps are not passed on. */
export const withoutMap = (text) => text.replace(/\n\/\/# sourceMappingURL=\S+\s*$/, '\n');

/**
 * clipboardy in one file. Its own programs are left out, as there is none for a host that has xsel or wl-copy, and none that could be
 * run from inside the executable.
 *
 * @returns the file, and the packages in it
 */
export async function bundleClipboardy() {
  const esbuild = await import('esbuild');
  const outfile = path.join(workFolder, 'clipboardy.mjs');
  const { metafile } = await esbuild.build({
    absWorkingDir: inRoot(),
    entryPoints: ['node_modules/clipboardy/index.js'],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node26',
    metafile: true,
    logLevel: 'warning',
    banner: {
      js: "import { createRequire as trigonCreateRequire } from 'node:module'; const require = trigonCreateRequire(import.meta.url);",
    },
  });
  return { outfile, packages: packagesOf(Object.keys(metafile.inputs)) };
}

/** Folders of packages that these files lie in, the innermost of each; sorted. */
export function packagesOf(files) {
  const folders = files.flatMap((file) => {
    const found = /^((?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file);
    return found ? [found[1]] : [];
  });
  return [...new Set(folders)].sort();
}

/** Packages whose code is in the bundles, as scripts/build.mjs has written it down. */
export const bundledPackages = () =>
  packagesOf(JSON.parse(fs.readFileSync(inRoot('dist/inputs.json'), 'utf8')));
