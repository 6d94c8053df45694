/** All that is in the package and isn't ours: [{ name, version, licence, purl, hash, texts }] for the SBOM and the licences. */
import fs from 'node:fs';
import path from 'node:path';
import { pinnedNodeFolder, UserError } from '../lib.mjs';
import { inRoot, run } from './places.mjs';
import { RUNTIME_VERSION, runtimeFile } from './runtime.mjs';

const LICENCE_FILE = /^(licen[cs]e|copying|notice)([.-].*)?$/i;

const text = (file) => ({ file: path.basename(file), text: fs.readFileSync(file, 'utf8') });

/** A package without a file of its licence has it in its readme, or nothing but its name: then that must do. */
function licenceTexts(folder) {
  const names = fs.readdirSync(inRoot(folder)).filter((name) => LICENCE_FILE.test(name));
  return names.sort().map((name) => text(inRoot(folder, name)));
}

function npmPackage(folder, lock) {
  const entry = lock.packages[folder];
  if (entry === undefined) throw new UserError(`package-lock.json doesn't know ${folder}`);
  // The folder may have another name than the package ("npm:" in package.json).
  const name = entry.name ?? folder.replace(/^.*node_modules\//, '');
  const [algorithm, digest] = entry.integrity?.split('-') ?? [];
  return {
    name,
    version: entry.version,
    licence: entry.license ?? 'NOASSERTION',
    purl: `pkg:npm/${name.replace('@', '%40')}@${entry.version}`,
    ...(algorithm === 'sha512' ? { hash: Buffer.from(digest, 'base64').toString('hex') } : {}),
    texts: licenceTexts(folder),
  };
}

export const npmPackages = (folders) => {
  const lock = JSON.parse(fs.readFileSync(inRoot('package-lock.json'), 'utf8'));
  return folders.map((folder) => npmPackage(folder, lock));
};

/** The version of an installed package of Debian's. */
const debianVersion = (name) => run('dpkg-query', ['-W', '-f', '$' + '{Version}', name]).trim();

const debian = (name, version, licence, texts) => ({
  ...{ name, version, licence, texts },
  purl: `pkg:deb/debian/${name}@${encodeURIComponent(version)}?arch=amd64`,
});

/** In the addon and the program of triggers. */
export const linked = () => [
  debian('libbpf', debianVersion('libbpf-dev'), 'LGPL-2.1-only OR BSD-2-Clause', [
    text('/usr/share/doc/libbpf-dev/copyright'),
  ]),
  debian('glibc', debianVersion('libc6-dev'), 'LGPL-2.1-or-later', [
    text('/usr/share/doc/libc6-dev/copyright'),
  ]),
];

/** What only the executable holds: Node with all that is in it, and the libraries that it needs. */
export const executableParts = () => {
  const { node, modules, ...parts } = process.versions;
  return [
    {
      name: 'node',
      version: node,
      licence: 'MIT',
      purl: `pkg:generic/node@${node}`,
      texts: [text(path.join(pinnedNodeFolder, 'LICENSE'))],
      // Their licences stand in Node's file.
      parts: Object.entries({ ...parts, modules }).map(([name, version]) => ({ name, version })),
    },
    ...['libstdc++6', 'libgcc-s1', 'libatomic1'].map((name) =>
      debian(name, RUNTIME_VERSION, 'GPL-3.0-or-later WITH GCC-exception-3.1', [
        text(runtimeFile('copyright')),
      ]),
    ),
  ];
};
