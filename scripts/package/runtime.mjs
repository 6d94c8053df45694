/**
 * The C++ libraries that Node's binary needs and minimal hosts lack, for the executable: those of Debian 11, which are content with
 * glibc 2.28 (Debian 12's ask for 2.36). Fetched by apt, which checks Debian's signature, and kept below the user's cache.
 * Plain ES2022: set-up runs it on the system's Node.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { aptGet } from '../debian.mjs';
import { say, UserError } from '../lib.mjs';
import { runtimeFolder } from './places.mjs';

/** The version that is packed, and its packages; the last one holds the licences. */
export const RUNTIME_VERSION = '10.2.1-6';
const packages = ['libstdc++6', 'libgcc-s1', 'libatomic1', 'gcc-10-base'];

/** By the names that Node asks for, in the order in which they are loaded. */
export const runtimeLibraries = ['libgcc_s.so.1', 'libatomic.so.1', 'libstdc++.so.6'];

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
const MIRROR = 'http://deb.debian.org/debian';

export const runtimeFile = (name) => path.join(runtimeFolder, RUNTIME_VERSION, name);

const wanted = [...runtimeLibraries, 'copyright'];

export const hasRuntime = () => wanted.every((name) => fs.existsSync(runtimeFile(name)));

/** apt with lists of its own, so that the host's know nothing of Debian 11. */
function aptOptions(work) {
  const list = path.join(work, 'sources.list');
  fs.writeFileSync(list, `deb [signed-by=${KEYRING}] ${MIRROR} bullseye main\n`);
  for (const folder of ['lists/partial', 'cache/archives/partial'])
    fs.mkdirSync(path.join(work, folder), { recursive: true });
  const settings = {
    'Dir::Etc::sourcelist': list,
    'Dir::Etc::sourceparts': '-',
    'Dir::State::lists': path.join(work, 'lists'),
    'Dir::Cache': path.join(work, 'cache'),
    'APT::Sandbox::User': 'root',
    'Acquire::Languages': 'none',
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
}

function unpack(work) {
  const tree = path.join(work, 'tree');
  for (const file of fs.readdirSync(work).filter((name) => name.endsWith('.deb'))) {
    const { status, stderr } = spawnSync('dpkg', ['-x', path.join(work, file), tree], {
      encoding: 'utf8',
    });
    if (status !== 0) throw new UserError(`dpkg could not unpack ${file}: ${stderr}`);
  }
  return tree;
}

function copyFound(tree, to) {
  fs.mkdirSync(to, { recursive: true });
  for (const name of runtimeLibraries) {
    const folders = ['usr/lib/x86_64-linux-gnu', 'lib/x86_64-linux-gnu'];
    const found = folders.map((folder) => path.join(tree, folder, name)).find(fs.existsSync);
    if (found === undefined) throw new UserError(`Debian's packages hold no ${name}`);
    fs.copyFileSync(fs.realpathSync(found), path.join(to, name));
  }
  fs.copyFileSync(
    path.join(tree, 'usr/share/doc/gcc-10-base/copyright'),
    path.join(to, 'copyright'),
  );
}

/** Fetches them when they aren't there. @throws UserError */
export function fetchRuntime() {
  if (hasRuntime()) return;
  if (process.arch !== 'x64') throw new UserError('only x64 is packaged');
  fs.mkdirSync(runtimeFolder, { recursive: true });
  const work = fs.mkdtempSync(path.join(runtimeFolder, '.fetch-'));
  try {
    say(`fetching ${packages.join(', ')} ${RUNTIME_VERSION} of Debian 11 for the executable`);
    const options = aptOptions(work);
    const names = packages.map((name) => `${name}=${RUNTIME_VERSION}`);
    if (
      !aptGet([...options, 'update']) ||
      !aptGet([...options, 'download', ...names], { cwd: work })
    )
      throw new UserError(
        `apt-get could not download Debian 11's ${packages.join(', ')} (its messages are above). Is the network there, and ${KEYRING}? Packaging needs them once: they are kept in ${runtimeFolder}`,
      );
    const made = path.join(work, 'made');
    copyFound(unpack(work), made);
    fs.rmSync(path.join(runtimeFolder, RUNTIME_VERSION), { recursive: true, force: true });
    fs.renameSync(made, path.join(runtimeFolder, RUNTIME_VERSION));
  } finally {
    fs.rmSync(work, { recursive: true, force: true });
  }
}
