import { spawn } from 'node:child_process';
import { readdirSync, readlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ACT = fileURLToPath(new URL('../../build/act', import.meta.url));

/** Does deeds, each words parted by blanks, as the agent has them done. */
export async function act(
  ...deeds: string[]
): Promise<{ code: number | null; problems: string[] }> {
  const child = spawn(ACT, ['run'], { stdio: 'pipe' });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  let report = '';
  child.stdout.on('data', (chunk) => {
    report += chunk;
  });
  // It doesn't read all of a script that is too long.
  child.stdin.on('error', () => {});
  child.stdin.end(deeds.map((deed) => `${deed.replaceAll(' ', '\t')}\n`).join(''));
  const code = await ended;
  return { code, problems: report.split('\n').filter((line) => /^(?!begun)./.test(line)) };
}

/** Processes that run the program, or a copy of it below the folder. */
export const actsRunning = (folder: string): string[] =>
  readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      const exe = readlinkSync(`/proc/${pid}/exe`);
      return exe === ACT || exe.startsWith(`${folder}/`);
    } catch {
      return false; // ended meanwhile, or a kernel thread
    }
  });
