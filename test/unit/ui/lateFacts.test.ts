/** What is learnt after the events that it is about. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { containerFact } from '../../../src/agent/enrichment/containerFacts.ts';
import type { Fact } from '../../../src/events/facts.ts';
import { createLateFacts } from '../../../src/ui/panes/lateFacts.ts';
import { until } from '../../driver/until.ts';
import { SIZE, setUpStream } from './streamSetUp.ts';

const container: Fact = { kind: 'container', ...containerFact('a1'.repeat(32), { name: 'web' }) };
const name: Fact = { kind: 'name', address: '192.0.2.1', name: 'example.com' };
const sha256: Fact = { kind: 'sha256', executable: '1:2', sha256: 'ab' };

describe('when a filter is asked anew', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test.each<[string, Fact, boolean]>([
    ['container:web', container, true],
    ['uid:0 !(exit OR POD=cart)', container, true],
    ['container:web', name, false],
    ['host:example', name, true],
    ['sha256:ab', sha256, true],
    // Words are looked for in names, not in hashes.
    ['curl', name, true],
    ['uid:0 "two words"', container, true],
    ['10.0.0.1:443', name, true],
    ['curl', sha256, false],
    ['uid:0 OR pid>5', container, false],
    ['"sha256:ab"', sha256, false],
    ['', container, false],
  ])('%s', (filter, fact, isAsked) => {
    let count = 0;
    const late = createLateFacts(() => {
      count += 1;
    });
    late.learn([fact], filter);
    vi.advanceTimersByTime(60_000);
    expect(count).toBe(isAsked ? 1 : 0);
  });

  test('once they are quiet for a second; at most every ten, however many come', () => {
    const at: number[] = [];
    const begin = performance.now();
    const late = createLateFacts(() => {
      at.push(Math.round((performance.now() - begin) / 1000));
    });
    late.learn([name], 'curl');
    vi.advanceTimersByTime(900);
    late.learn([name], 'curl');
    vi.advanceTimersByTime(900);
    expect(at).toEqual([]);
    vi.advanceTimersByTime(200);
    expect(at).toEqual([2]);
    // All the time, for half a minute.
    for (let step = 0; step < 60; step++) {
      late.learn([name], 'curl');
      vi.advanceTimersByTime(500);
    }
    expect(at).toEqual([2, 12, 22, 32]);
    vi.advanceTimersByTime(60_000);
    expect(at).toHaveLength(4);
  });
});

test('what matches now is found, the cursor stays at its event, and nothing is void meanwhile', async () => {
  const { state, pane, put, shown, cursor } = setUpStream();
  put(
    ...Array.from({ length: 8 }, (_, index) => ({
      ...{ pid: 100 + index, args: `n${index}n` },
    })),
  );
  const learn = (...pids: number[]) => {
    const facts = pids.map<Fact>((pid) => ({
      ...{ kind: 'sha256', executable: `${pid}:${pid}`, sha256: 'ab' },
    }));
    state.facts.learn(facts);
    pane.learn(facts);
  };
  learn(102, 105);
  pane.filter?.set('sha256:ab');
  expect(await until(() => shown().filter((number) => !Number.isNaN(number)).length === 2)).toBe(
    true,
  );
  pane.run('move.first', SIZE);
  pane.run('move.down', SIZE);
  expect([cursor(), pane.matched()]).toEqual([5, 0]);
  learn(101, 103, 107);
  const seen = new Set<string>();
  const found = await until(() => {
    const numbers = shown().filter((number) => !Number.isNaN(number));
    seen.add(numbers.join(' '));
    expect(cursor()).toBe(5);
    return numbers.length === 5;
  });
  expect(found).toBe(true);
  expect([...seen]).toEqual(['2 5', '1 2 3 5 7']);
});
