/** Events of our own with the lines that they must make, for those who have no corpus. Written by hand, not by our encoder. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compactLine, formatCompact } from '../../../src/events/compact.ts';
import { decodeEvent, encodeEvent } from '../../../src/events/json.ts';
import { ARGUMENT_KINDS, EVENT_KINDS } from '../../../src/events/schema.ts';
import type { KprobeArgument } from '../../../src/events/types.ts';

const FOLDER = join(import.meta.dirname, '../../golden/events');
const names = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.json'))
  .map((file) => file.slice(0, -'.json'.length));
const read = (file: string): string => readFileSync(join(FOLDER, file), 'utf8').replace(/\n$/, '');

describe.each(names)('%s', (name) => {
  const json = read(`${name}.json`);
  const event = decodeEvent(json);

  test('is the same JSON again', () => {
    expect(JSON.parse(encodeEvent(event))).toEqual(JSON.parse(json));
    // Escapes apart, which depend on who wrote it.
    expect(JSON.stringify(JSON.parse(encodeEvent(event)))).toBe(JSON.stringify(JSON.parse(json)));
  });

  test('makes its compact line', () => {
    expect(formatCompact(compactLine(event), { color: false })).toBe(read(`${name}.compact.txt`));
  });
});

test('every kind of event and argument is among them', () => {
  const events = names.map((name) => decodeEvent(read(`${name}.json`)));
  const kinds = new Set(events.map(({ kind }) => kind));
  // The last one is ours: tetra has no line for it.
  expect(EVENT_KINDS.filter((kind) => !kinds.has(kind))).toEqual(['test', 'trigon_journal']);
  const args = events.flatMap((event): readonly KprobeArgument[] =>
    'args' in event ? event.args : [],
  );
  const shapes = new Set(args.map(({ kind }) => kind));
  expect(ARGUMENT_KINDS.filter((kind) => !shapes.has(kind))).toEqual([]);
  expect(names.length).toBeGreaterThanOrEqual(30);
});
