import { describe, test } from 'vitest';
import { EVENT_AREAS } from '../../fuzz/parsers/events.ts';
import { huntShortly } from './budget.ts';

describe('hostile input: what comes over wires, in logs and from the kernel', () => {
  test.each(EVENT_AREAS.map((area) => [area.name, area] as const))('%s', (_name, area) =>
    huntShortly(area),
  );
});
