import { readFileSync } from 'node:fs';

/** One line of /proc/self/mountinfo (proc_pid_mountinfo(5)). */
export type Mount = { folder: string; type: string; readOnly: boolean };

export function readMounts(): Mount[] {
  return parseMounts(readFileSync('/proc/self/mountinfo', 'utf8'));
}

export function parseMounts(text: string): Mount[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [before = '', after = ''] = line.split(' - ');
      const fields = before.split(' ');
      const options = (fields[5] ?? '').split(',');
      return {
        folder: unescapeOctal(fields[4] ?? ''),
        type: after.split(' ')[0] ?? '',
        readOnly: options.includes('ro'),
      };
    });
}

/** The kernel writes space, tab, newline and backslash as \ooo. */
function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}

export const findMount = (mounts: readonly Mount[], type: string): Mount | undefined =>
  mounts.find((mount) => mount.type === type);
