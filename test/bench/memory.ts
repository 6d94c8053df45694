import { median, processCpu, residentMb, sleep } from './cpu.ts';
import { type Figure, figureOf } from './figure.ts';
import type { Bench } from './fixtures.ts';
import { startLoad } from './load.ts';
import { atRate, readTold, withRate } from './rate.ts';
import { SETTLE_MS, SIZE, withPolicies } from './session.ts';
import type { Effort } from './step.ts';

const EVENTS_PER_SECOND = 100_000;
const SECONDS = 100;
const SAMPLE_MS = 500;
/** MB by which it may have grown from half way to the end and be called flat: the garbage of a few seconds. */
const FLAT_MB = 10;

/** The whole program, screen and agent, while 10 million events pass through it. */
export function measureMemory(bench: Bench, { quick }: Effort): Promise<Figure[]> {
  const seconds = quick ? SECONDS / 10 : SECONDS;
  const events = seconds * EVENTS_PER_SECOND;
  return withPolicies(bench, [bench.policy], SIZE, async (app, socket) => {
    await sleep(SETTLE_MS);
    const pid = app.appPid();
    const atFirst = residentMb(pid);
    const { result: samples, rate } = await withRate(socket, EVENTS_PER_SECOND, async () => {
      const load = startLoad(bench, EVENTS_PER_SECOND, { seconds });
      try {
        return await sampleUntil(pid, load.ended);
      } finally {
        await load.stop();
      }
    });
    await sleep(SETTLE_MS);
    const { told, lost } = await readTold(socket);
    if (told + lost < events) throw new Error(`${told} of ${events} events were told of`);
    const fifth = Math.ceil(samples.length / 5);
    const middle = Math.floor((samples.length - fifth) / 2);
    const resident = samples.map((sample) => sample.resident);
    const last = resident.slice(-fifth);
    const halfWay = median(resident.slice(middle, middle + fifth));
    return [
      ...atRate(rate, [
        {
          ...figureOf(`resident memory after ${events / 1e6} M events`, 'MB', resident, {
            budget: 220,
            note: `${atFirst.toFixed(0)} MB before`,
          }),
          value: median(last),
        },
        figureOf(
          'resident memory, growth from half way to the end',
          'MB',
          last.map((value) => value - halfWay),
          { budget: FLAT_MB },
        ),
        figureOf(
          'CPU of Trigon at 100k ev/s, screen and agent',
          '% of a core',
          samples.map(({ cpu }) => cpu),
        ),
      ]),
      {
        ...{ name: 'events lost at 100k ev/s', value: lost, unit: `of ${told}` },
        ...{ budget: 0, spread: undefined },
      },
    ];
  });
}

/** Of half a second: MB at its end, percent of a core. */
type Sample = { readonly resident: number; readonly cpu: number };

/** Samples of a process until that has ended; rejects as that does. */
async function sampleUntil(pid: number, ended: Promise<void>): Promise<Sample[]> {
  const samples: Sample[] = [];
  let isOver = false;
  const over = ended.finally(() => {
    isOver = true;
  });
  // Whatever it was: it is awaited below.
  over.catch(() => {});
  let before = { cpu: processCpu(pid), at: performance.now() };
  while (!isOver) {
    await sleep(SAMPLE_MS);
    const now = { cpu: processCpu(pid), at: performance.now() };
    const share = ((now.cpu - before.cpu) / (now.at - before.at)) * 1000 * 100;
    samples.push({ resident: residentMb(pid), cpu: share });
    before = now;
  }
  await over;
  return samples;
}
