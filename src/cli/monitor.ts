import type { MonitorOptions } from './commandLine.ts';

export async function runMonitor(_options: MonitorOptions): Promise<number> {
  return 1;
}
