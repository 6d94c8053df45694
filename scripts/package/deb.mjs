/** The Debian package: the executable, manual page, completions, the service's unit, licences. It starts nothing by itself. */
import fs from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import {
  filesBelow,
  inRoot,
  makeEmpty,
  outFolder,
  run,
  sourceDate,
  stageFolder,
  version,
  workFolder,
} from './places.mjs';
import { OLDEST_GLIBC } from './symbols.mjs';

const completions = {
  bash: 'usr/share/bash-completion/completions/trigon',
  zsh: 'usr/share/zsh/vendor-completions/_trigon',
  fish: 'usr/share/fish/vendor_completions.d/trigon.fish',
};

/** The unit of scripts/systemd, for where the package puts the program and its manual. */
function unit() {
  const text = fs.readFileSync(inRoot('scripts/systemd/trigon.service'), 'utf8');
  return text
    .replace(/^(?:#.*\n)+\n/, '')
    .replace(/^Documentation=.*$/m, 'Documentation=man:trigon(1)')
    .replace(/^ExecStart=.*$/m, 'ExecStart=/usr/bin/trigon agent');
}

const control = (kilobytes) => `Package: trigon
Version: ${version}
Architecture: amd64
Maintainer: The Trigon authors <trigon@localhost>
Installed-Size: ${kilobytes}
Depends: libc6 (>= ${OLDEST_GLIBC})
Section: admin
Priority: optional
Description: terminal monitor of processes and policies, over eBPF
 Shows every process of this host as the kernel runs it, what policies would
 stop, and lets the kernel stop it. It reads TracingPolicy files, and writes the
 events of Tetragon. Needs root, and Linux 5.15 or later with BTF.
`;

/** What the program keeps between its starts (bin/trigon.mjs). */
const POSTRM = `#!/bin/sh
set -e
if [ "$1" = purge ]; then rm -rf /var/cache/trigon; fi
`;

const changelog = () => `trigon (${version}) unstable; urgency=medium

  * See the history of the project.

 -- The Trigon authors <trigon@localhost>  ${new Date(sourceDate() * 1000).toUTCString().replace('GMT', '+0000')}
`;

const zipped = (text) => gzipSync(text, { level: 9 });

/** @param program path of the executable @returns path of the package */
export function makeDeb(program) {
  const tree = makeEmpty(path.join(workFolder, 'deb'));
  const put = (name, content, mode = 0o644) => {
    const file = path.join(tree, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, content);
    fs.chmodSync(file, mode);
  };
  const staged = (name) => fs.readFileSync(path.join(stageFolder, name));
  put('usr/bin/trigon', fs.readFileSync(program), 0o755);
  put('usr/share/man/man1/trigon.1.gz', zipped(staged('docs/trigon.1')));
  for (const [shell, name] of Object.entries(completions))
    put(name, run(program, ['completion', shell]));
  put('lib/systemd/system/trigon.service', unit());
  put('usr/share/doc/trigon/copyright', staged('THIRD-PARTY-LICENCES.txt'));
  put('usr/share/doc/trigon/sbom.cdx.json', staged('sbom.cdx.json'));
  put('usr/share/doc/trigon/changelog.gz', zipped(changelog()));

  const files = filesBelow(tree);
  const bytes = files.reduce((sum, name) => sum + fs.statSync(path.join(tree, name)).size, 0);
  put('DEBIAN/md5sums', run('md5sum', files, { cwd: tree }));
  put('DEBIAN/control', control(Math.ceil(bytes / 1024)));
  put('DEBIAN/postrm', POSTRM, 0o755);
  const output = path.join(outFolder, `trigon_${version}_amd64.deb`);
  run('dpkg-deb', ['--root-owner-group', '-Zxz', '-z6', '--build', tree, output], {
    env: { ...process.env, SOURCE_DATE_EPOCH: String(sourceDate()) },
  });
  return output;
}
