/** S_IFMT of an inode's mode >> 12 to the letter of `ls -l` (inode(7)). */
const FILE_TYPES: Readonly<Record<number, string>> = {
  1: 'p',
  2: 'c',
  4: 'd',
  6: 'b',
  8: '-',
  10: 'l',
  12: 's',
};

/** An inode's mode as `ls -l` shows it. */
export function formatPermission(mode: number): string {
  const bits = (shift: number, special: boolean, letter: string): string => {
    const execute = (mode >> shift) & 1 ? 'x' : '-';
    const last = special ? (execute === 'x' ? letter : letter.toUpperCase()) : execute;
    return `${(mode >> (shift + 2)) & 1 ? 'r' : '-'}${(mode >> (shift + 1)) & 1 ? 'w' : '-'}${last}`;
  };
  return (
    (FILE_TYPES[mode >> 12] ?? '-') +
    bits(6, (mode & 0o4000) !== 0, 's') +
    bits(3, (mode & 0o2000) !== 0, 's') +
    bits(0, (mode & 0o1000) !== 0, 't')
  );
}
