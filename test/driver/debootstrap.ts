/** Root folders of old Debians, made by debootstrap once and kept below the user's cache, and what Trigon needs of the kernel in them. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { run, succeed } from './command.ts';

const CACHE = join(
  process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'),
  'trigon',
  'debootstrap',
);

/** Libraries of the C++ compiler: apt needs them, minimal hosts have none. */
const BEYOND_LIBC = /^lib(stdc\+\+|gcc_s|atomic)\.so/;

/** @param suite a Debian release's name @returns its root folder, which nothing writes to any more */
export async function pristine(suite: string): Promise<string> {
  const folder = join(CACHE, suite);
  if (existsSync(folder)) return folder;
  mkdirSync(CACHE, { recursive: true });
  const fresh = mkdtempSync(join(CACHE, '.make-'));
  try {
    const root = join(fresh, 'root');
    await succeed('debootstrap', [
      '--variant=minbase',
      suite,
      root,
      'http://deb.debian.org/debian',
    ]);
    renameSync(root, folder);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
  return folder;
}

/** A copy that may be changed. @param bare without the libraries that a minimal host lacks */
export async function makeRoot(suite: string, folder: string, bare: boolean): Promise<string> {
  const root = join(folder, suite);
  mkdirSync(root, { recursive: true });
  await succeed('cp', ['-a', `${await pristine(suite)}/.`, root]);
  if (!bare) return root;
  // The same folder twice where /lib is a link.
  for (const folder of ['lib', 'usr/lib'].map((each) => join(root, each, 'x86_64-linux-gnu')))
    for (const name of readdirSync(folder))
      if (BEYOND_LIBC.test(name)) rmSync(join(folder, name), { force: true });
  return root;
}

/** Runs a shell's script in a root folder, with this kernel's file systems there and gone with it. */
export const inRoot = (root: string, script: string) =>
  run('unshare', [
    ...['--mount', '--propagation', 'private', 'sh', '-ec'],
    `for each in proc sys dev; do mount --rbind /$each "$0/$each"; done
exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TRIGON_POLICY_PATH=none TRIGON_AGENT_SOCKET=none chroot "$0" sh -c "$1"`,
    ...[root, script],
  ]);
