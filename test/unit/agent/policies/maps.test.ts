import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { SHARED_ENGINE_MAPS } from '../../../../src/agent/policies/maps.ts';
import { SHARED_MAPS } from '../../../../src/agent/sensor.ts';
import { ROOT } from '../../ui/samples.ts';

const folder = join(ROOT, 'bpf');
const read = (name: string) => readFileSync(join(folder, name), 'utf8');

/** The headers that a source includes, also by way of others. */
function headersOf(name: string, found = new Set<string>()): Set<string> {
  for (const [, header = ''] of read(name).matchAll(/^#include "([^"]+)"/gm)) {
    if (found.has(header)) continue;
    found.add(header);
    headersOf(header, found);
  }
  return found;
}

/** A map that is forgotten would be another one in each object, and nobody would say so. */
test('every map of the headers that several objects include is shared among them', () => {
  const objects = readdirSync(folder)
    .filter((name) => name.endsWith('.bpf.c'))
    .map((name) => headersOf(name));
  const inHeaders = readdirSync(folder)
    .filter((name) => objects.filter((headers) => headers.has(name)).length > 1)
    .flatMap((name) => [...read(name).matchAll(/^\} (\w+) SEC\("\.maps"\);/gm)])
    .map(([, name = '']) => name);
  expect(inHeaders.length).toBeGreaterThan(20);
  expect([...SHARED_MAPS, ...SHARED_ENGINE_MAPS].sort()).toEqual(inHeaders.sort());
});
