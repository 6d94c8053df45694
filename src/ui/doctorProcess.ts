import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { projectRoot } from '../agent/client.ts';
import type { DoctorReport } from '../agent/host/report.ts';

/** The longest that trials take on a slow machine, many times over. */
const LIMIT_MS = 60_000;
const MOST_BYTES = 4 << 20;

/**
 * What `trigon doctor` tells, asked of a process of its own: its trials take a second, in which neither the screen nor the agent
 * may stand still, for the agent renews what armed policies live by. It is on our terminal, so no policy of ours can hit it.
 *
 * @param signal gives it up
 * @throws Error in words when it can't be had
 */
export function askDoctor(signal: AbortSignal): Promise<DoctorReport> {
  const { promise, resolve, reject } = Promise.withResolvers<DoctorReport>();
  execFile(
    process.execPath,
    [programFile(projectRoot()), 'doctor', '-o', 'json'],
    { signal, timeout: LIMIT_MS, maxBuffer: MOST_BYTES },
    (error, stdout, stderr) => {
      try {
        // The exit code only says whether all is well, which the report says too.
        resolve(JSON.parse(stdout) as DoctorReport);
      } catch {
        const [line = ''] = stderr.trim().split('\n');
        reject(new Error(line || (error?.message ?? 'it said nothing')));
      }
    },
  );
  return promise;
}

/** The bundle; the source itself when we run from source (tests). */
const programFile = (root: string): string =>
  import.meta.url.endsWith('.ts')
    ? join(root, 'src', 'cli', 'main.ts')
    : join(root, 'dist', 'trigon.mjs');
