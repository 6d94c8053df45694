import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { SHARED_ENGINE_MAPS } from '../../../../src/agent/policies/maps.ts';
import { SHARED_MAPS } from '../../../../src/agent/sensor.ts';
import { ROOT } from '../../ui/samples.ts';

/** A map that is forgotten would be another one in each object, and nobody would say so. */
test('every map of the headers that objects include is shared among them', () => {
  const folder = join(ROOT, 'bpf');
  const inHeaders = readdirSync(folder)
    .filter((name) => name.endsWith('.h'))
    .flatMap((name) => [
      ...readFileSync(join(folder, name), 'utf8').matchAll(/^\} (\w+) SEC\("\.maps"\);/gm),
    ])
    .map(([, name = '']) => name);
  expect(inHeaders.length).toBeGreaterThan(20);
  expect([...SHARED_MAPS, ...SHARED_ENGINE_MAPS].sort()).toEqual(inHeaders.sort());
});
