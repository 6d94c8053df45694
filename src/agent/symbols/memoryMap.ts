/** What lies at the addresses of a process that can be executed. */
export type CodeMapping = {
  /** First byte, and the byte behind the last. */
  start: bigint;
  end: bigint;
  /** Of the file at `start`. */
  fileOffset: bigint;
  /** Device and inode of the file, `fe:00 339380`; undefined: no file. */
  file: string | undefined;
  /** Path as the process sees it, or a name like `[vdso]`; '' for memory that a program made itself. */
  path: string;
};

const LINE = /^([0-9a-f]+)-([0-9a-f]+) ..(.). ([0-9a-f]+) (\S+ \d+) *(.*)$/gm;
const DELETED = / \(deleted\)$/;

/** The executable lines of /proc/PID/maps (proc_pid_maps(5)), by address. */
export function parseMemoryMap(text: string): CodeMapping[] {
  return [...text.matchAll(LINE)]
    .filter(([, , , executable]) => executable === 'x')
    .map(([, start, end, , fileOffset, file = '', path = '']) => ({
      start: BigInt(`0x${start}`),
      end: BigInt(`0x${end}`),
      fileOffset: BigInt(`0x${fileOffset}`),
      file: file.endsWith(' 0') ? undefined : file,
      // The kernel writes a newline in a name as \012.
      path: path.replace(DELETED, '').replaceAll('\\012', '\n'),
    }));
}

/** @param mappings by address: a process may have tens of thousands */
export function findMapping(
  mappings: readonly CodeMapping[],
  address: bigint,
): CodeMapping | undefined {
  let low = 0;
  let high = mappings.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const mapping = mappings[middle];
    if (mapping && mapping.end <= address) low = middle + 1;
    else high = middle;
  }
  const found = mappings[low];
  return found && found.start <= address ? found : undefined;
}
