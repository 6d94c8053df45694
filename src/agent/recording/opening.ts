import { statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { explain, TargetError } from '../export/targetError.ts';
import { within } from '../within.ts';

/**
 * A recording on the way to its file. The file itself is opened in the agent's thread, as its owner (sudoUser.ts): there a file system
 * that does not answer would hold up everything. So its folder is looked at first, in another thread.
 */
export type Opening = {
  /** One of `then` and `refuse` is called, unless it is cancelled or another one is opened before. */
  open(path: string, then: () => void, refuse: (error: TargetError) => void): void;
  cancel(): void;
};

/** @param look the kind of file system that a folder is on: statfs(2)'s `f_type` */
export function createOpening(
  look: (folder: string) => Promise<number> = async (folder) => (await statfs(folder)).type,
  patienceMs = 2000,
): Opening {
  let latest = 0;
  /** Each of those that hang has one of the few threads. */
  let underWay = 0;

  const check = async (path: string): Promise<void> => {
    if (underWay > 0)
      throw new TargetError(
        `${path} is not opened: a folder that was named before does not answer`,
        'see to its file system first',
      );
    underWay += 1;
    let type: number | undefined;
    const looked = look(dirname(path))
      .then((found) => {
        type = found;
      })
      .finally(() => {
        underWay -= 1;
      });
    await within(patienceMs, looked);
    if (type === undefined)
      throw new TargetError(`the folder ${dirname(path)} does not answer`, LOCAL_DISK);
    const kind = REMOTE.get(type);
    if (kind !== undefined)
      throw new TargetError(
        `${dirname(path)} is on ${kind}, which may stop answering and then hold up the agent`,
        LOCAL_DISK,
      );
  };

  return {
    open(name, then, refuse) {
      latest += 1;
      const turn = latest;
      const path = resolve(name);
      check(path)
        .then(() => {
          if (turn === latest) then();
        })
        .catch((error: unknown) => {
          if (turn === latest) refuse(error instanceof TargetError ? error : explain(error, path));
        });
    },
    cancel() {
      latest += 1;
    },
  };
}

const LOCAL_DISK = 'record to a local disk';

/** By their numbers (linux/magic.h, statfs(2)). */
const REMOTE: ReadonlyMap<number, string> = new Map([
  [0x0187, 'an automounter (autofs)'],
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB'],
  [0x65735546, 'FUSE'],
  [0x01021997, '9p'],
  [0x00c36400, 'Ceph'],
  [0x5346414f, 'AFS'],
  [0x6b414653, 'AFS'],
  [0x73757245, 'Coda'],
  [0x0bd00bd0, 'Lustre'],
  [0x47504653, 'GPFS'],
]);
