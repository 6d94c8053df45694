import { readFileSync } from 'node:fs';

/** Memory of a process that is resident right now, in bytes, by /proc/PID/status. Throws when it is gone. */
export function residentMemory(pid: number): number {
  const found = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'));
  if (!found) throw new Error(`process ${pid} has no memory`);
  return Number(found[1]) * 1024;
}
