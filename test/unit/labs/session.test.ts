import { describe, expect, test } from 'vitest';
import type { PolicyMode } from '../../../src/agent/messages.ts';
import {
  advance,
  answerOf,
  type LabInput,
  type LabSession,
  startSession,
  stepOf,
  unmet,
} from '../../../src/labs/session.ts';
import { labText, sampleLab } from './samples.ts';

/** The session after inputs, and the scripts that had to be started. */
function played(session: LabSession, ...inputs: LabInput[]) {
  const runs: string[] = [];
  for (const input of inputs) {
    const next = advance(session, input);
    session = next.session;
    if (next.run !== undefined) runs.push(next.run);
  }
  return { session, runs };
}

const NEXT: LabInput = { kind: 'next' };
const modes = (mode: PolicyMode): LabInput => ({
  kind: 'modes',
  modes: new Map([['lab-reads', mode]]),
});
const DONE: LabInput = { kind: 'ended', result: { ending: 'done', words: 'did all it wanted' } };
const KILLED: LabInput = { kind: 'ended', result: { ending: 'killed', words: 'was killed' } };

const start = (steps?: string) =>
  startSession(sampleLab(steps === undefined ? labText() : labText({ steps: `steps:\n${steps}` })));
const RUN = '  - { run: attack, check: [{ seen: lab-reads }, { attack: killed }] }\n  - say: end';

test('what is only said goes on by a key', () => {
  expect(stepOf(played(start(), NEXT).session).kind).toBe('ask');
});

describe('a question', () => {
  const asked = played(start(), NEXT).session;

  test('a wrong answer is told, and stays', () => {
    const { session } = played(asked, NEXT);
    expect(session.at).toBe(1);
    expect(answerOf(session)?.reply).toBe('no');
  });

  test('the right one is told before it goes on', () => {
    const { session } = played(asked, { kind: 'choose' }, NEXT);
    expect(session.at).toBe(1);
    expect(answerOf(session)?.reply).toBe('yes');
    expect(played(session, NEXT).session.at).toBe(2);
  });

  test('choices go round, hints end', () => {
    const choose: LabInput = { kind: 'choose' };
    expect(played(asked, choose, choose).session.marked).toBe(0);
    const hint: LabInput = { kind: 'hint' };
    expect(played(asked, hint, hint, hint).session.hints).toBe(2);
  });
});

test('what is to be done is waited for, and named', () => {
  const waiting = played(start(), NEXT, { kind: 'choose' }, NEXT, NEXT, NEXT).session;
  expect(waiting.at).toBe(2);
  expect(unmet(waiting)).toEqual(['lab-reads in monitor']);
  expect(played(waiting, modes('monitor'), NEXT).session.at).toBe(3);
  expect(played(waiting, modes('enforce'), NEXT).session.at).toBe(3);
  expect(played(waiting, modes('off'), NEXT).session.at).toBe(2);
});

describe('an attack', () => {
  test('is started by a key, once at a time', () => {
    const { session, runs } = played(start(RUN), NEXT, NEXT, { kind: 'again' });
    expect(runs).toEqual(['attack']);
    expect(session.attack).toBe('running');
    expect(unmet(session)).toEqual(['the end of the attack']);
  });

  test('all its checks must hold', () => {
    const ended = played(start(RUN), NEXT, DONE).session;
    expect(unmet(ended)).toEqual([
      'an event of lab-reads about the attack',
      'the attack killed: it did all it wanted',
    ]);
    expect(played(ended, NEXT).session.at).toBe(0);
    const seen: LabInput = { kind: 'seen', policy: 'lab-reads' };
    expect(played(start(RUN), NEXT, seen, KILLED, NEXT).session.at).toBe(1);
  });

  test('again forgets what was seen before', () => {
    const seen: LabInput = { kind: 'seen', policy: 'lab-reads' };
    const { session, runs } = played(start(RUN), NEXT, seen, DONE, { kind: 'again' });
    expect(runs).toHaveLength(2);
    expect(session.seen.size).toBe(0);
    expect(session.result).toBeUndefined();
  });

  test('of a step that was left does not count in the next', () => {
    const steps = '  - { run: attack, check: [{ attack: done }] }\n  - { run: attack }';
    const { session } = played(start(steps), NEXT, DONE, NEXT, KILLED);
    expect([session.at, session.attack]).toEqual([1, 'not yet']);
  });

  test('unseen holds only when it is over', () => {
    const steps = '  - { run: attack, check: [{ unseen: lab-reads }] }';
    const ended = played(start(steps), NEXT, DONE).session;
    expect(unmet(ended)).toEqual([]);
    const seen = played(ended, { kind: 'again' }, { kind: 'seen', policy: 'lab-reads' }, DONE);
    expect(unmet(seen.session)).toEqual(['no event of lab-reads: there was one']);
  });
});

test('armed, switched off, disarmed', () => {
  const steps = (check: string) => start(`  - { do: x, check: [{ ${check} }] }`);
  const wants = (check: string, mode: PolicyMode) =>
    unmet(played(steps(check), modes(mode)).session);
  expect(wants('armed: lab-reads', 'monitor')).toEqual(['lab-reads armed']);
  expect(wants('armed: lab-reads', 'enforce')).toEqual([]);
  expect(wants('off: lab-reads', 'monitor')).toEqual(['lab-reads switched off']);
  expect(wants('off: lab-reads', 'off')).toEqual([]);
  expect(wants('disarmed: all', 'enforce')).toEqual(['nothing armed: lab-reads is']);
  expect(wants('disarmed: all', 'monitor')).toEqual([]);
});

test('after the last step it is over, and stays so', () => {
  const { session } = played(start('  - say: x'), NEXT, NEXT);
  expect(session.isOver).toBe(true);
  expect(session.at).toBe(0);
});
