/** Logs that a real Tetragon wrote, where they are at hand; and a few lines like them, always. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compactLine, formatCompact } from '../../../src/events/compact.ts';
import { decodeEvent, encodeEvent } from '../../../src/events/json.ts';
import { corpusPath, describeCorpus } from '../../driver/corpus.ts';

const fixtures = join(import.meta.dirname, 'fixtures');

const readLines = (path: string): string[] => readFileSync(path, 'utf8').split('\n').slice(0, -1);

const count = (lines: readonly string[]): Map<string, number> => {
  const counts = new Map<string, number>();
  for (const line of lines) counts.set(line, (counts.get(line) ?? 0) + 1);
  return counts;
};

const compactLines = (jsonLines: readonly string[]): string[] =>
  jsonLines.map((json) => formatCompact(compactLine(decodeEvent(json)), { color: false }));

const roundTrips = (jsonLines: readonly string[]): void => {
  for (const json of jsonLines) {
    const again: unknown = JSON.parse(encodeEvent(decodeEvent(json)));
    expect(again).toEqual(JSON.parse(json));
  }
};

describe('lines like recorded ones', () => {
  const jsonLines = readLines(join(fixtures, 'recorded-like.jsonl'));
  it('round-trip', () => {
    expect(jsonLines.length).toBeGreaterThan(5);
    roundTrips(jsonLines);
  });
  it('are the same bytes again', () => {
    for (const json of jsonLines) {
      expect(encodeEvent(decodeEvent(json))).toBe(json);
    }
  });
  it('make the expected compact lines', () => {
    expect(compactLines(jsonLines)).toEqual(readLines(join(fixtures, 'recorded-like.compact.txt')));
  });
});

describeCorpus('recorded corpus', () => {
  const jsonLines = (): string[] => readLines(corpusPath('tetragon-recorded.jsonl'));

  it('round-trips field for field', () => {
    expect(jsonLines().length).toBeGreaterThan(200);
    roundTrips(jsonLines());
  });

  it('keeps the order of keys', () => {
    for (const json of jsonLines()) {
      expect(encodeEvent(decodeEvent(json))).toBe(JSON.stringify(JSON.parse(json)));
    }
  });

  it('makes every line that tetra printed, as often at least', () => {
    const made = count(compactLines(jsonLines()));
    const printed = count(readLines(corpusPath('tetragon-recorded.compact.txt')));
    const missing = [...printed].filter(([line, times]) => (made.get(line) ?? 0) < times);
    expect(missing).toEqual([]);
  });

  it('makes exactly the lines that tetra printed from the moment it connected', () => {
    const printed = readLines(corpusPath('tetragon-recorded.compact.txt'));
    const made = compactLines(jsonLines().slice(-printed.length));
    // Their order differs: events wait for their process in different places.
    expect(made.toSorted()).toEqual(printed.toSorted());
  });
});

describeCorpus('sample corpus', () => {
  it('round-trips', () => {
    roundTrips(readLines(corpusPath('tetragon-events.sample.json')));
  });
});
