import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { fillPage, performancePage, performanceTables } from '../../../scripts/performancePage.ts';
import { type Machine, noiseDuring, noiseOf } from '../../bench/machine.ts';
import type { BenchResults } from '../../bench/results.ts';
import { STEPS } from '../../bench/steps.ts';

const MACHINE: Machine = {
  ...{ kernel: '6.18 #1', cpu: 'A <B> C', cpus: 2, memoryMb: 24_000, node: 'v26' },
  ...{ commit: 'abc', date: '2026-11-21T23:40:11.123Z', load: [0.1, 0.2, 0.3], busy: 1, stolen: 0 },
};

const RESULTS: BenchResults = {
  ...{ machine: MACHINE, noise: undefined, quick: false },
  steps: [
    {
      ...{ name: 'start', about: 'up to | the first frame', seconds: 9.6 },
      figures: [
        { name: 'a|b', value: 650, unit: 'ms', budget: 700, spread: [640, 660], note: '<x>' },
      ],
    },
  ],
};

test('a step is a table, whatever stands in its texts', () => {
  const lines = performanceTables(RESULTS).split('\n');
  expect(lines).toContain('| processor | A &lt;B> C, 2 visible |');
  expect(lines).toContain('| measured | 2026-11-21 23:40 UTC |');
  expect(lines.slice(lines.indexOf('### start'))).toEqual([
    '### start',
    'up to \\| the first frame (10 s).',
    '',
    '| figure | value | budget |  | spread | note |',
    '|---|---|---|---|---|---|',
    '| a\\|b | 650 ms | ≤ 700 | met | 640 … 660 | &lt;x> |',
    '',
  ]);
});

test('figures of a busy machine and of a quick run are marked', () => {
  expect(performanceTables(RESULTS)).not.toMatch(/Doubtful|Quick/);
  const text = performanceTables({ ...RESULTS, noise: 'others were there', quick: true });
  expect(text).toContain('**Doubtful**: others were there.');
  expect(text).toContain('**Quick**');
});

test('how quiet the machine was while a step was measured stands with it, and what is doubtful is marked', () => {
  const withDisturbance = (others: number, stolen: number) =>
    performanceTables({
      ...RESULTS,
      steps: RESULTS.steps.map((step) => ({ ...step, disturbance: { others, stolen } })),
    });
  const quiet = withDisturbance(1.25, 0.5);
  expect(quiet).toContain('(10 s; others used 1.3 % of the machine).');
  expect(quiet).not.toContain('Doubtful');
  expect(withDisturbance(40, 0)).toContain('**Doubtful**: others used 40 % of it meanwhile.');
  expect(noiseDuring({ others: 1, stolen: 7 })).toBe('its hypervisor took 7 % away');
});

test('a machine is quiet or it is said why not', () => {
  expect(noiseOf(MACHINE)).toBeUndefined();
  expect(noiseOf({ ...MACHINE, busy: 30, load: [2, 1.6, 1] })).toBe(
    'this machine is not quiet (others used 30 % of it just before; its load was 1.6 of late): the figures are worth less',
  );
  expect(noiseOf({ ...MACHINE, stolen: 8 })).toContain('its hypervisor took 8 % away');
});

test('filling the page leaves the rest of it alone, and is the same a second time', () => {
  const stored = performancePage();
  const other = fillPage(stored, RESULTS);
  expect(other).not.toBe(stored);
  expect(other.split('<!-- Figures')[0]).toBe(stored.split('<!-- Figures')[0]);
  expect(fillPage(other, RESULTS)).toBe(other);
  expect(() => fillPage('# Performance\n', RESULTS)).toThrow('no place');
});

test('docs/performance.md shows the figures that are stored, and tells of every step', () => {
  const page = readFileSync(
    fileURLToPath(new URL('../../../docs/performance.md', import.meta.url)),
    'utf8',
  );
  expect(page).toBe(performancePage());
  const told = [...page.matchAll(/^\| ([a-z, ]+) \|/gm)].flatMap(([, names = '']) =>
    names.split(', '),
  );
  for (const { name } of STEPS) expect(told).toContain(name);
});
