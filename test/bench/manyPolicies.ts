import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sleep } from './cpu.ts';
import type { Figure } from './figure.ts';
import type { Bench } from './fixtures.ts';
import {
  eventFigure,
  keyFigures,
  pressKeys,
  QUICK_SAMPLES,
  SAMPLES,
  watchEvents,
} from './latencies.ts';
import { startLoad } from './load.ts';
import { onFileAccess, writePolicy } from './policyText.ts';
import { atRate, readTold, withRate } from './rate.ts';
import { QUICK_WINDOWS, WINDOWS } from './screen.ts';
import { costFigures, measureCosts } from './screenCost.ts';
import { SETTLE_MS, SIZE, withPolicies } from './session.ts';
import type { Effort } from './step.ts';

const POLICIES = 50;
const EVENTS_PER_SECOND = 50_000;

const VIEWS = [
  { command: 'view.stream', name: 'stream' },
  { command: 'view.policies', name: 'policies' },
] as const;

/** Each policy tells of reads of a file of its own; all look at every read of the load. */
export function measureManyPolicies(bench: Bench, { quick }: Effort): Promise<Figure[]> {
  const { policies, files } = writePolicies(bench);
  const samples = quick ? QUICK_SAMPLES : SAMPLES;
  return withPolicies(bench, policies, SIZE, async (app, socket) => {
    const load = startLoad(bench, EVENTS_PER_SECOND, { files });
    const at = 'at 50k ev/s of 50 policies';
    try {
      await app.waitForText('read');
      const figures: Figure[] = [];
      for (const { command, name } of VIEWS) {
        const where = `${at}, 200×60, ${name}`;
        app.command(command);
        await sleep(SETTLE_MS);
        const { result, rate } = await withRate(socket, EVENTS_PER_SECOND, async () => [
          ...costFigures(await measureCosts(app, quick ? QUICK_WINDOWS : WINDOWS), where),
          ...keyFigures(await pressKeys(app, samples), where),
        ]);
        figures.push(...atRate(rate, result));
      }
      const { result, rate } = await withRate(socket, EVENTS_PER_SECOND, () =>
        watchEvents(app, bench, samples),
      );
      figures.push(...atRate(rate, [eventFigure(result, `${at}, 200×60`)]));
      await load.stop();
      const { told, telling, lost } = await readTold(socket);
      if (telling < POLICIES)
        throw new Error(`only ${telling} of ${POLICIES} policies told of anything`);
      return [
        ...figures,
        {
          name: `events lost ${at}`,
          value: lost,
          unit: `of ${told}`,
          budget: 0,
          spread: undefined,
        },
      ];
    } finally {
      await load.stop();
    }
  });
}

/** Paths of policies on reads of one file each, and of these files. */
function writePolicies(bench: Bench): { policies: string[]; files: string[] } {
  const names = Array.from({ length: POLICIES }, (_, index) => `many-${index + 1}`);
  const files = names.map((name) => join(bench.folder, `${name}.target`));
  for (const file of files) writeFileSync(file, 'x');
  const policies = names.map((name, index) =>
    writePolicy(bench, name, [onFileAccess(4, 'Equal', files[index] ?? '')]),
  );
  return { policies, files };
}
