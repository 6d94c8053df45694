/**
 * The kernels that test/vm boots: Debian's packages, unpacked below the user's cache and not installed, so that all clones share
 * them. Plain ES2022: it runs on the system's Node (>= 18).
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { aptGet, packageNames, updateLists } from './debian.mjs';
import { say, UserError } from './lib.mjs';

/** As test/vm/run has it. */
const cache =
  process.env.TRIGON_VM_CACHE ??
  path.join(process.env.XDG_CACHE_HOME ?? path.join(os.homedir(), '.cache'), 'trigon', 'vm');

const folder = path.join(cache, 'kernels');

/** Debian 12 and its backports, which deb.debian.org has among its security updates too. */
export const vmKernels = {
  6.1: /^linux-image-6\.1\.0-\d+-amd64$/,
  6.12: /^linux-image-6\.12\.\d+\+deb\d+-amd64$/,
};

/** Newest last. */
const inOrder = new Intl.Collator('en', { numeric: true }).compare;

/** The folder that a kernel's package was unpacked in; undefined: it has not been fetched. @param name of vmKernels */
export function findVmKernel(name) {
  const names = fs.existsSync(folder) ? fs.readdirSync(folder) : [];
  const newest = names
    .filter((each) => vmKernels[name].test(each))
    .sort(inOrder)
    .at(-1);
  return newest === undefined ? undefined : path.join(folder, newest);
}

function newestPackage(name) {
  const find = () =>
    packageNames(`linux-image-${name}.`)
      .filter((each) => vmKernels[name].test(each))
      .sort(inOrder)
      .at(-1);
  let found = find();
  if (found === undefined) {
    updateLists();
    found = find();
  }
  return found;
}

/** Downloads and unpacks beside the place where it is to be, so that it is there whole or not at all. */
function unpackPackage(name, debianPackage) {
  fs.mkdirSync(folder, { recursive: true });
  const work = fs.mkdtempSync(path.join(folder, '.fetch-'));
  try {
    say(`downloading ${debianPackage} (about 100 MB) for the VMs of npm run test:vm`);
    // apt's own user can't write there, and apt warns of it: the download is done as root.
    const asRoot = ['-o', 'APT::Sandbox::User=root'];
    const download = () => aptGet([...asRoot, 'download', debianPackage], { cwd: work });
    if (!download() && !(updateLists() && download()))
      throw new UserError(
        `apt-get could not download ${debianPackage} (its messages are above). Is the network there? Else unpack it elsewhere (dpkg -x) and put it to ${path.join(folder, debianPackage)}`,
      );
    const file = fs.readdirSync(work).find((each) => each.endsWith('.deb'));
    const unpacked = path.join(work, 'unpacked');
    const { status, stderr } = spawnSync('dpkg', ['-x', file, unpacked], {
      cwd: work,
      encoding: 'utf8',
    });
    if (status !== 0)
      throw new UserError(`dpkg could not unpack ${file}: ${stderr ?? 'it is not installed'}`);
    if (findVmKernel(name) === undefined) fs.renameSync(unpacked, path.join(folder, debianPackage));
  } finally {
    fs.rmSync(work, { recursive: true, force: true });
  }
}

/** Fetches the kernels that are not there yet. @throws UserError when one can't be had */
export function fetchVmKernels() {
  for (const name of Object.keys(vmKernels)) {
    if (findVmKernel(name) !== undefined) continue;
    const debianPackage = newestPackage(name);
    if (debianPackage === undefined)
      throw new UserError(
        `apt knows no Linux ${name} of Debian (${vmKernels[name].source}), which npm run test:vm boots. Add Debian 12's archive to apt's sources: deb http://deb.debian.org/debian-security bookworm-security main`,
      );
    unpackPackage(name, debianPackage);
  }
}
