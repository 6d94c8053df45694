/** A machine on which nothing of ours was ever installed: the root folder of a new Debian 12, on this kernel. */
import { spawn, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { projectRoot } from '../../src/agent/workerFiles.ts';
import { succeed } from '../driver/command.ts';
import { makeRoot } from '../driver/debootstrap.ts';
import { type PtyOptions, type PtySession, startPty } from '../driver/pty.ts';

const ENTER = fileURLToPath(new URL('enter.sh', import.meta.url));
/** As bash has it for root. */
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
/** How this machine reaches its network; the new one is in the same place. */
const NETWORK = /^(https?_proxy|no_proxy|npm_config_registry)$/i;
const AUTHORITIES = '/etc/ssl/certs/ca-certificates.crt';
/** In the new machine: below the folder of certificates, its own package of them would write over it. */
const BROUGHT_AUTHORITIES = '/etc/authorities-of-the-host.crt';

const SUITE = 'bookworm';
/** More than all of it takes; what is free takes no room. */
const SIZE = 8 * 2 ** 30;

/** Where the clone is in it. */
export const CLONE = '/root/trigon';

export type FreshMachine = {
  /** A file or folder of it, as this machine names it. */
  path(inside: string): string;
  /** Runs a command in the clone, with its output in a file of this machine. @returns its exit code; 128 after a signal */
  run(command: readonly string[], output: string): Promise<number>;
  /** Starts a command in the clone on a terminal. */
  onTerminal(command: readonly string[], options: PtyOptions): PtySession;
  remove(): void;
};

/**
 * Makes one with what README.md takes for granted: Node and npm of the distribution, and a fresh clone of what is committed here.
 *
 * @param parent the folder in which its root folder is made
 * @throws with what a command said: no network, no debootstrap
 */
export async function freshMachine(parent: string): Promise<FreshMachine> {
  const folder = mkdtempSync(join(parent, 'trigon-rehearsal-'));
  const place = join(folder, SUITE);
  const remove = () => {
    spawnSync('umount', ['--lazy', place]);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    mkdirSync(place);
    // A disk of its own: the kernel knows some files by their place in their file system alone.
    const disk = join(folder, 'disk');
    writeFileSync(disk, '');
    truncateSync(disk, SIZE);
    await succeed('mkfs.ext4', ['-q', '-F', disk]);
    await succeed('mount', ['-o', 'loop', disk, place]);
    const root = await makeRoot(SUITE, folder, false);
    for (const file of ['/etc/resolv.conf', '/etc/hosts']) copyFileSync(file, join(root, file));
    if (existsSync(AUTHORITIES)) copyFileSync(AUTHORITIES, join(root, BROUGHT_AUTHORITIES));
    else writeFileSync(join(root, BROUGHT_AUTHORITIES), '');
    await succeed('git', ['clone', '-q', projectRoot(), join(root, CLONE)]);
    await succeed('unshare', inside(root, '/', ['sh', '-ec', PREPARE]));
    return {
      path: (each) => join(root, each),
      run: (command, output) => runInto(inside(root, CLONE, command), output),
      onTerminal: (command, options) => startPty('unshare', inside(root, CLONE, command), options),
      remove,
    };
  } catch (error) {
    remove();
    throw error;
  }
}

const PREPARE = `export DEBIAN_FRONTEND=noninteractive
apt-get update
apt-get install -y --no-install-recommends nodejs npm git`;

/** Arguments of unshare(1). */
function inside(root: string, folder: string, command: readonly string[]): string[] {
  const network = Object.entries(process.env).filter(([name]) => NETWORK.test(name));
  const variables = [
    ...[`PATH=${PATH}`, 'HOME=/root', 'TERM=xterm-256color', 'LANG=C.UTF-8'],
    `NODE_EXTRA_CA_CERTS=${BROUGHT_AUTHORITIES}`,
    ...network.map(([name, value]) => `${name}=${value}`),
  ];
  return [
    ...['--mount', '--propagation', 'private', 'sh', ENTER, root],
    ...['env', '-i', `--chdir=${folder}`, ...variables, ...command],
  ];
}

/** In a session of its own: see `run` in command.ts. */
function runInto(args: readonly string[], output: string): Promise<number> {
  const file = openSync(output, 'a');
  const child = spawn('unshare', args, { detached: true, stdio: ['ignore', file, file] });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 128));
  });
}
