import { readdirSync, readFileSync } from 'node:fs';
import { residentMemory } from '../driver/proc.ts';

/** Nanoseconds on a processor: the first number of schedstat. Not in ticks of 10 ms, as the times in stat are. */
const nanoseconds = (task: string): number =>
  Number(readFileSync(`${task}/schedstat`, 'utf8').split(' ')[0]);

/** Seconds of CPU that the threads which a process has now have used. One that has ended counts no more. */
export function processCpu(pid: number): number {
  const folder = `/proc/${pid}/task`;
  const times = readdirSync(folder).map((name) => {
    try {
      return nanoseconds(`${folder}/${name}`);
    } catch (error) {
      // The thread ended since; a process that ended is the caller's business.
      if (readdirSync(folder).includes(name)) throw error;
      return 0;
    }
  });
  return times.reduce((sum, time) => sum + time, 0) / 1e9;
}

/** Seconds of CPU that one thread of a process has used. */
export const threadCpu = (pid: number, tid: number): number =>
  nanoseconds(`/proc/${pid}/task/${tid}`) / 1e9;

/** The same for its main thread. */
export const mainThreadCpu = (pid: number): number => threadCpu(pid, pid);

/** The thread of a process with this name, as comm has it (proc_pid_comm(5)). @throws Error unless there is just one */
export function threadNamed(pid: number, name: string): number {
  const folder = `/proc/${pid}/task`;
  const found = readdirSync(folder).filter(
    (tid) => readFileSync(`${folder}/${tid}/comm`, 'utf8').trimEnd() === name,
  );
  const [tid] = found;
  if (tid === undefined || found.length > 1)
    throw new Error(`${found.length} threads of process ${pid} are called ${name}`);
  return Number(tid);
}

/** Resident memory in MB. */
export const residentMb = (pid: number): number => residentMemory(pid) / 2 ** 20;

export const sleep = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, ms));

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

/** The value below which the given share of all values lies. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

/** Between these the median of all that could be measured lies with 95 % probability, whatever its distribution: by ranks. */
export function medianInterval(values: readonly number[]): readonly [number, number] {
  const sorted = [...values].sort((a, b) => a - b);
  const rank = Math.round((sorted.length - 1.96 * Math.sqrt(sorted.length)) / 2);
  const low = Math.max(0, rank - 1);
  return [sorted[low] ?? Number.NaN, sorted[sorted.length - 1 - low] ?? Number.NaN];
}
