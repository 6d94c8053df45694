import { constants, type Stats } from 'node:fs';
import { lstat, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { O_PATH } from '../../regularFile.ts';
import { sudoUid } from '../sudoUser.ts';
import { openFile } from './descriptor.ts';
import { TargetError } from './targetError.ts';

/** A folder that is held open: what is done in it is done there, whatever its path leads to by now. */
export type Folder = {
  /** A path to something in it, for functions that take paths. */
  path(name: string): string;
  /** Whether its path leads to another folder now. */
  isElsewhere(): Promise<boolean>;
  close(): Promise<void>;
};

const OTHERS_WRITE = constants.S_IWOTH;
/** S_ISVTX (inode(7)): in such a folder nobody can replace or remove what isn't theirs. */
const STICKY = 0o1000;

const own = (): number => process.geteuid?.() ?? 0;

/** Who may have a say in where the path leads when it is followed first: root, we, and whoever called sudo, who named it. */
export const whoMayName = (): ReadonlySet<number> => new Set([0, own(), sudoUid() ?? 0]);
/** The same for a folder that has come into the place of one that we had: it must be as good as ours. */
export const whoMayReplace = (): ReadonlySet<number> => new Set([0, own()]);

/**
 * Opens a folder that nobody but `owners` can exchange: neither it nor one above it is another user's, or can be changed by everybody,
 * unless it is sticky as /tmp is. Folders of a group are an administrator's choice: /var/log is one in some distributions.
 *
 * @param path absolute
 * @throws TargetError what is wrong; the file system's error when it isn't there
 */
export async function openFolder(path: string, owners: ReadonlySet<number>): Promise<Folder> {
  const held = await openFile(path, O_PATH | constants.O_DIRECTORY);
  try {
    const stats = await held.stat();
    // The folders above it, as they are now: they need not be those of its name, which may have links in it.
    await checkWay(`/proc/self/fd/${held.fd}`, owners);
    await checkNames(path, owners);
    return {
      path: (name) => `/proc/self/fd/${held.fd}/${name}`,
      async isElsewhere() {
        const named = await stat(path).catch(() => undefined);
        return named?.ino !== stats.ino || named.dev !== stats.dev;
      },
      close: held.close,
    };
  } catch (error) {
    await held.close();
    throw error;
  }
}

/** Deeper than any path can be (PATH_MAX). */
const MOST_LEVELS = 4096;

/** The folder and all above it, up to the root, which is above itself. */
async function checkWay(start: string, owners: ReadonlySet<number>): Promise<void> {
  let below: Stats | undefined;
  let place = `${start}/.`;
  for (let level = 0; level < MOST_LEVELS; level++) {
    const stats = await stat(place);
    if (below?.ino === stats.ino && below.dev === stats.dev) return;
    check(stats, level === 0 ? 'the folder' : 'a folder above it', owners);
    below = stats;
    place = `${place}/..`;
  }
}

/** The path as it was given: links in it, and the folders that hold them. */
async function checkNames(path: string, owners: ReadonlySet<number>): Promise<void> {
  for (let place = path; ; place = dirname(place)) {
    const link = await lstat(place);
    if (link.isSymbolicLink() && !owners.has(link.uid)) throw foreign(place, link.uid);
    check(await stat(place), place, owners);
    if (dirname(place) === place) return;
  }
}

function check({ uid, mode }: Stats, place: string, owners: ReadonlySet<number>): void {
  if (!owners.has(uid)) throw foreign(place, uid);
  if ((mode & OTHERS_WRITE) !== 0 && (mode & STICKY) === 0)
    throw new TargetError(
      `everybody can write to ${place}, and lead the export elsewhere`,
      'take that right away (chmod o-w), or name another folder',
    );
}

const foreign = (place: string, uid: number): TargetError =>
  new TargetError(
    `${place} belongs to user ${uid}, who could lead the export elsewhere`,
    'give it to root (chown), or name another folder',
  );
