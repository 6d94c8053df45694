import { isServed } from './enrichment/fileSystem.ts';
import { readBounded } from './readBounded.ts';

/**
 * The file systems that a process sees: whether reading a file there may never come to an end, because another host serves it, or a
 * program of somebody's. The agent must not wait for them. What nobody knows counts as such.
 */
export type Mounts = {
  /** @param file as in /proc/PID/maps: device and inode, `00:2d 1234` */
  mayHang(file: string): boolean;
  /** @param path absolute, as the process sees it, without links */
  mayHangAt(path: string): boolean;
};

/** Ten times the mounts of a busy host. */
const MAX_BYTES = 4 << 20;
/** `36 35 98:0 /root /mount options - type …` (proc_pid_mountinfo(5)). Spaces and the like stand there as `\040`. */
const LINE = /^\d+ \d+ (\d+:\d+) \S+ (\S+) .*? - (\S+) /gm;
/** Programs in memory (memfd_create(2)) lie on a tmpfs of the kernel's own, the first device that there is, which no list has. */
const MEMORY = '0:1';

type Mount = { readonly device: string; readonly place: string; readonly type: string };

/** @param lists read texts of mountinfo; the first that knows it counts, and the rest aren't read */
export function parseMounts(...lists: readonly (() => string)[]): Mounts {
  const read: (readonly Mount[])[] = [];
  const firstIn = (find: (mounts: readonly Mount[]) => Mount | undefined): string | undefined => {
    for (const [index, list] of lists.entries()) {
      const mounts = read[index] ?? mountsIn(list());
      read[index] = mounts;
      const found = find(mounts);
      if (found) return found.type;
    }
    return undefined;
  };
  return {
    mayHang(file) {
      const [numbers = ''] = file.split(' ');
      const [major, minor] = numbers.split(':').map((number) => Number.parseInt(number, 16));
      const device = `${major}:${minor}`;
      const type = firstIn((mounts) => mounts.find((mount) => mount.device === device));
      return type === undefined ? major === 0 && device !== MEMORY : isServed(type);
    },
    mayHangAt(path) {
      // Which of two mounts hides the other isn't asked: one that may is enough.
      const type = firstIn((mounts) => {
        const above = mounts.filter((mount) => holds(mount, path));
        return above.find((mount) => isServed(mount.type)) ?? above[0];
      });
      return type === undefined || isServed(type);
    },
  };
}

/** As the process sees them, else as we do: files of an overlay may lie on one that only the host sees. */
export const mountsOf = (pid: number, procfs = '/proc'): Mounts =>
  parseMounts(
    () => textOf(`${procfs}/${pid}/mountinfo`),
    () => textOf('/proc/self/mountinfo'),
  );

const mountsIn = (text: string): Mount[] =>
  [...text.matchAll(LINE)].map(([, device = '', place = '', type = '']) => ({
    ...{ device, type },
    place: place.replace(/\\(\d{3})/g, (_, octal) =>
      String.fromCharCode(Number.parseInt(octal, 8)),
    ),
  }));

/** Whether a path lies at or below where something is mounted. */
const holds = ({ place }: Mount, path: string): boolean =>
  path === place || path.startsWith(place === '/' ? '/' : `${place}/`);

/** '': nothing is known, and all of it may hang. */
function textOf(path: string): string {
  try {
    const { bytes, isCut } = readBounded(path, MAX_BYTES);
    return isCut ? '' : bytes.toString('utf8');
  } catch {
    return ''; // the process is gone
  }
}
