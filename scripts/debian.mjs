/** What set-up asks of Debian's package tools. Plain ES2022: it runs on the system's Node (>= 18). */
import { spawnSync } from 'node:child_process';
import { findProgram, say, UserError } from './lib.mjs';

/** Packages can be installed: this is Debian or one of its children, and we are root. */
export const canInstall = () => process.getuid() === 0 && findProgram('apt-get') !== undefined;

/** Runs apt-get with its output on our stderr; waits for another apt to finish rather than fail. @returns whether it succeeded */
export function aptGet(args, options = {}) {
  const common = ['-y', '-q', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=300'];
  const result = spawnSync('apt-get', [...common, ...args], {
    stdio: ['ignore', 2, 2],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', NEEDRESTART_MODE: 'l' },
    ...options,
  });
  return result.status === 0;
}

export function updateLists() {
  say('fetching the list of Debian packages (apt-get update)');
  return aptGet(['update']);
}

/** Names that apt knows and that begin so. */
export function packageNames(beginning) {
  const result = spawnSync('apt-cache', ['pkgnames', beginning], { encoding: 'utf8' });
  return (result.stdout ?? '').split('\n').filter((name) => name !== '');
}

function isAvailable(debianPackage) {
  const result = spawnSync('apt-cache', ['policy', debianPackage], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
  });
  const candidate = /Candidate: (\S+)/.exec(result.stdout ?? '')?.[1];
  return candidate !== undefined && candidate !== '(none)';
}

/** For each list of alternatives the first package apt knows; undefined when one has none. */
function choosePackages(alternatives) {
  const chosen = alternatives.map((packages) => packages.find(isAvailable));
  return chosen.includes(undefined) ? undefined : [...new Set(chosen)];
}

/**
 * Installs one package of each list of alternatives, best first.
 *
 * @param explanation what to say when apt knows none of a list
 * @throws UserError
 */
export function installPackages(alternatives, explanation) {
  let packages = choosePackages(alternatives);
  let updated = false;
  if (packages === undefined) {
    updated = true;
    updateLists();
    packages = choosePackages(alternatives);
  }
  if (packages === undefined) throw new UserError(explanation);
  say(`installing Debian packages: ${packages.join(' ')} (may take a minute or two)`);
  if (aptGet(['install', ...packages])) return;
  // An old list names packages that the mirror has replaced since: fetch it and try once more.
  if (!updated && updateLists() && aptGet(['install', ...packages])) return;
  throw new UserError(
    `apt-get could not install ${packages.join(' ')} (its messages are above). Run by hand: apt-get update && apt-get install ${packages.join(' ')}`,
  );
}
