import { describe, test } from 'vitest';
import { POLICY_AREAS } from '../../fuzz/parsers/policies.ts';
import { huntShortly } from './budget.ts';

describe('hostile input: what operators write', () => {
  test.each(POLICY_AREAS.map((area) => [area.name, area] as const))('%s', (_name, area) =>
    huntShortly(area),
  );
});
