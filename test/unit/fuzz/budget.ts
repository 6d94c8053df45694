import { expect } from 'vitest';
import type { Area } from '../../fuzz/parsers/area.ts';
import { hunt } from '../../fuzz/parsers/hunt.ts';

const SEED = 9;
/** The same inputs at each run, on each machine; the time is far more than they need. */
const LEAST = { seed: SEED, count: 100, seconds: 50 } as const;
/** As many more as there is time for. */
const MORE = { seed: SEED, from: LEAST.count, count: 3000, seconds: 0.8 } as const;

/** A short hunt; `npm run fuzz -- --parsers all` takes as long as is wanted. */
export async function huntShortly(area: Area): Promise<void> {
  expect((await hunt(area, LEAST)).inputs).toBe(LEAST.count);
  await hunt(area, MORE);
}
