import { describe, test } from 'vitest';
import { FILE_AREAS } from '../../fuzz/parsers/files.ts';
import { huntShortly } from './budget.ts';

describe('hostile input: what processes, runtimes and executables say', () => {
  test.each(FILE_AREAS.map((area) => [area.name, area] as const))('%s', (_name, area) =>
    huntShortly(area),
  );
});
