import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { askTrigon } from '../../src/agent/control/client.ts';
import { totalLost } from '../../src/agent/lost.ts';
import { startApp } from '../driver/app.ts';
import { processCpu, sleep } from './cpu.ts';
import type { Bench } from './fixtures.ts';
import { ALONE, startTrigon } from './headless.ts';
import { OWN_ONLY, SIZE } from './session.ts';
import { countMatches, type Tracer } from './tracer.ts';

/** Many times what passes between the kernel and the file: the ring is read each 10 to 30 ms. */
const SETTLE_MS = 500;

/** A path that no program has. */
const NO_BINARY = '^/nothing$';

/** Everything is read and decoded, and nothing passes the filter. */
export const watching: Tracer = {
  name: 'Trigon, watching',
  isTrigon: true,
  async start(bench) {
    const trigon = await startTrigon(bench, ['events', '--binary', NO_BINARY]);
    return {
      cpu: trigon.cpu,
      end: trigon.stop,
      async stop() {
        await sleep(SETTLE_MS);
        const { lost } = await trigon.stats();
        await trigon.stop();
        return totalLost(lost);
      },
    };
  },
};

const writingJson = (
  name: string,
  command: (bench: Bench, file: string) => { args: readonly string[]; output?: string },
): Tracer => ({
  name,
  isTrigon: true,
  async start(bench, target) {
    const file = join(bench.folder, 'events.json');
    // The turns of the round before would be found in it.
    rmSync(file, { force: true });
    const { args, output } = command(bench, file);
    const trigon = await startTrigon(bench, args, output);
    return {
      cpu: trigon.cpu,
      end: trigon.stop,
      async stop(count) {
        await sleep(SETTLE_MS);
        const { lost } = await trigon.stats();
        await trigon.stop();
        // A loss that its counters missed would be the worse one.
        return Math.max(totalLost(lost), count - countWhole(readFileSync(file, 'utf8'), target));
      },
    };
  },
});

/** How many turns have both their exec and their exit in the file. */
function countWhole(text: string, target: string): number {
  const seen = (kind: string) =>
    countMatches(
      text,
      new RegExp(`^\\{"${kind}":\\{"process":.*?"binary":"${target}","arguments":"(\\d+)"`, 'gm'),
    );
  return Math.min(seen('process_exec'), seen('process_exit'));
}

/** `trigon events -o json > FILE` */
export const printingJson = writingJson('Trigon, -o json', (_bench, file) => ({
  args: ['events', '-o', 'json'],
  output: file,
}));

/** `trigon agent --export FILE`: the service, with its gRPC server. */
export const exportingJson = writingJson('Trigon, agent --export', ({ folder }, file) => ({
  args: [
    ...['agent', '--export', file, '--export-file-max-size-mb', '0'],
    ...['--server-address', `unix://${join(folder, 'grpc.sock')}`],
  ],
}));

/** The full screen, showing the stream. */
export const onScreen: Tracer = {
  name: 'Trigon, full screen',
  isTrigon: true,
  async start({ folder }) {
    const socket = join(folder, 'screen.sock');
    const app = await startApp([...OWN_ONLY, '--socket', socket], { ...SIZE, env: ALONE });
    const pids = [app.appPid(), app.guardianPid()];
    let ended: Promise<void> | undefined;
    const end = () => {
      ended ??= app.quit().then((code) => {
        if (code !== 0) throw new Error(`Trigon's screen ended with exit code ${code}`);
      });
      return ended;
    };
    return {
      cpu: () => pids.reduce((sum, pid) => sum + processCpu(pid), 0),
      async stop() {
        await sleep(SETTLE_MS);
        const { lost } = await askTrigon(socket, { command: 'stats' });
        await end();
        return totalLost(lost);
      },
      end,
    };
  },
};
