import { withUserFiles } from './bpf/addon.ts';

/** Somebody whose rights on files count, and who gets the files that are made. */
export type FileOwner = { readonly uid: number; readonly gid: number };

type Environment = Readonly<Record<string, string | undefined>>;

/** The highest that an id can be: 2^32 - 1 means none (setfsuid(2)). */
const MAX_ID = 0xffff_fffe;

function idOf(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,10}$/.test(text)) return undefined;
  const id = Number(text);
  return id <= MAX_ID ? id : undefined;
}

/** Of what somebody else sent. */
export function isFileOwner(value: unknown): value is FileOwner {
  if (typeof value !== 'object' || value === null || !('uid' in value) || !('gid' in value))
    return false;
  return [value.uid, value.gid].every(
    (id) => typeof id === 'number' && Number.isInteger(id) && id >= 0 && id <= MAX_ID,
  );
}

/** Who called sudo(8), as its variable says; only root may act for somebody else. undefined: nobody, or it is unusable. */
export const sudoUid = (
  { SUDO_UID }: Environment = process.env,
  euid = process.geteuid?.(),
): number | undefined => (euid === 0 ? idOf(SUDO_UID) : undefined);

/**
 * Whoever called sudo(8), whose files are touched with their rights and not root's: they name the paths, and their programs may
 * change what lies on them while we look. Other programs that make one root are not known: there we are root.
 *
 * @returns undefined: we are who we are; words: somebody called it, and it can't be told who. Then nothing may be done in their name,
 * and nothing as root in their place.
 */
export function sudoUser(
  env: Environment = process.env,
  euid = process.geteuid?.(),
): FileOwner | string | undefined {
  if (euid !== 0 || env.SUDO_UID === undefined) return undefined;
  const [uid, gid] = [sudoUid(env, euid), idOf(env.SUDO_GID)];
  if (uid === undefined)
    return 'SUDO_UID is no user number, so it can’t be told whose files these are';
  if (uid === 0) return undefined;
  if (gid === undefined)
    return 'SUDO_GID is no group number, so it can’t be told whose files these are';
  return { uid, gid };
}

/** Does something with files as their owner does. @param owner undefined: as we are */
export const asOwner = <T>(owner: FileOwner | undefined, action: () => T): T =>
  owner ? withUserFiles(owner.uid, owner.gid, action) : action();
