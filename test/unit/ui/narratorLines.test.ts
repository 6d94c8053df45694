import { describe, expect, test } from 'vitest';
import { advance, type LabInput, startSession } from '../../../src/labs/session.ts';
import {
  besideNarrator,
  narratorPaneLines,
  narratorPlace,
} from '../../../src/ui/panes/narrator.ts';
import { displayWidth } from '../../../src/ui/text/width.ts';
import { labText, sampleLab } from '../labs/samples.ts';
import { DARK } from './samples.ts';

const NEXT: LabInput = { kind: 'next' };
const ESCAPES = /\x1b\[[\d;]*m/g;

function shown(inputs: LabInput[], { width = 120, height = 30, top = 0, text = labText() } = {}) {
  const session = inputs.reduce(
    (at, input) => advance(at, input).session,
    startSession(sampleLab(text)),
  );
  const state = { session, top };
  const place = narratorPlace({ width, height });
  const lines = narratorPaneLines(state, place, DARK).map((line) => line.replace(ESCAPES, ''));
  return { lines, place, state, text: lines.join('\n') };
}

describe('its place', () => {
  test('on the right from 120 columns on, else below; the view gets the rest', () => {
    expect(narratorPlace({ width: 120, height: 35 })).toEqual({
      row: 0,
      column: 80,
      width: 40,
      height: 35,
    });
    expect(besideNarrator({ width: 120, height: 35 })).toEqual({ width: 80, height: 35 });
    expect(narratorPlace({ width: 80, height: 19 })).toEqual({
      row: 11,
      column: 0,
      width: 80,
      height: 8,
    });
    expect(besideNarrator({ width: 80, height: 19 })).toEqual({ width: 80, height: 11 });
  });

  test.each([
    [120, 35],
    [200, 45],
    [80, 19],
    [60, 10],
  ])('is filled and not overrun at %i×%i', (width, height) => {
    const { lines, place } = shown([NEXT, NEXT], { width, height });
    expect(lines).toHaveLength(place.height);
    for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(place.width);
  });
});

test('says where it is, its text, and the keys', () => {
  const { text } = shown([]);
  expect(text).toContain('step 1/4');
  expect(text).toContain('One paragraph.');
  expect(text).toContain('   a command');
  expect(text).toContain('n go on');
  expect(text).not.toContain('hint');
});

test('a question: choices, the reply, hints', () => {
  const { text } = shown([NEXT, { kind: 'choose' }, { kind: 'hint' }]);
  expect(text).toMatch(/ {3}wrong\n.* › right/);
  expect(text).toContain('Hint 1: look');
  expect(text).toContain('hint (1)');
  expect(shown([NEXT, NEXT]).text).toMatch(/right\n│\n│ no/);
  expect(shown([NEXT, { kind: 'choose' }, NEXT]).text).toContain('n go on');
});

const TO_DO: LabInput[] = [NEXT, { kind: 'choose' }, NEXT, NEXT];

test('what is missing', () => {
  expect(shown(TO_DO).text).toContain('· lab-reads in monitor');
  const on: LabInput = { kind: 'modes', modes: new Map([['lab-reads', 'monitor']]) };
  expect(shown([...TO_DO, on]).text).toContain('Done.');
});

test('an attack: before, while, after', () => {
  const on: LabInput = { kind: 'modes', modes: new Map([['lab-reads', 'monitor']]) };
  const before = [...TO_DO, on, NEXT];
  expect(shown(before).text).toContain('n run the attack');
  const running = [...before, NEXT];
  expect(shown(running).text).toContain('The attack runs');
  const ended: LabInput = { kind: 'ended', result: { ending: 'done', words: 'did it' } };
  expect(shown([...running, ended]).text).toContain('· an event of lab-reads');
  const seen: LabInput = { kind: 'seen', policy: 'lab-reads' };
  const { text } = shown([...running, seen, ended]);
  expect(text).toContain('The attack did it.');
  expect(text).toContain('Seen by lab-reads.');
  expect(text).toContain('r run again');
  expect(shown([...running, seen, ended, NEXT]).text).toContain('That was the lab');
});

test('a long text is scrolled, as far as it goes', () => {
  const long = labText({ steps: `steps:\n  - say: "${'word '.repeat(200)}end"` });
  const first = shown([], { width: 80, height: 19, text: long });
  expect(first.text).toContain(', . scroll');
  expect(first.text).not.toContain('end');
  const last = shown([], { width: 80, height: 19, text: long, top: 1000 });
  expect(last.text).toContain('end');
  expect(last.state.top).toBeLessThan(1000);
});

test('what a file brings can not reach the terminal', () => {
  const { text } = shown([], { text: labText({ steps: 'steps:\n  - say: "a\\e]0;title\\ab"' }) });
  expect(text).not.toContain('\x1b');
  expect(text).not.toContain('\x07');
});
