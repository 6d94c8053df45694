/** The arming dialog by its keys: what it asks of the agent, and what it refuses. */
import { describe, expect, test } from 'vitest';
import type { ArmingFacts, PolicyStatus } from '../../../src/agent/messages.ts';
import type { ArmDialogState } from '../../../src/ui/arming.ts';
import { ANY, facts, hits, KILL_ONLY, NOTHING, OWN } from './armingSamples.ts';
import { hook, policy } from './samples.ts';
import { setUp } from './setUp.ts';

type State = Parameters<typeof setUp>[0];

/** The view with the dialog asked for. */
function begin(change: State = {}) {
  const made = setUp({ view: 'policies', ...change });
  made.command('policy.arm');
  const asked = () => made.told.findLast((message) => message.type === 'prepare-arming');
  const answer = (arming: ArmingFacts) => {
    const { request = -1, policy: id = -1 } = asked() ?? {};
    made.actions.onPolicyAnswer({ type: 'arming', request, policy: id, arming });
  };
  const dialog = (): ArmDialogState | undefined =>
    made.state.overlay?.kind === 'arm' ? made.state.overlay.dialog : undefined;
  const armed = () => made.told.filter((message) => message.type === 'arm');
  return { ...made, answer, dialog, armed };
}

const watcher = (...words: string[]) =>
  policy({ enforces: false, hooks: [hook(words.length > 0 ? words : ['open, path is /x'])] });

describe('before the first step', () => {
  test.each<[string, State, string]>([
    ['off', { policies: [policy({ mode: 'off' })] }, 'switch it to monitor first'],
    ['armed', { policies: [policy({ mode: 'enforce' })] }, 'is armed already'],
    ['not at work', { policies: [policy({ condition: 'load_error' })] }, 'nothing to arm'],
    ['read-only', { readOnly: true }, '--read-only'],
    ['being tested', { testing: new Set([0]) }, 'being tested'],
  ])('%s: refused with the reason', (_why, change, reason) => {
    const { state, told } = begin(change);
    expect(state.overlay).toBeUndefined();
    expect(state.notice?.text).toContain(reason);
    expect(told).toEqual([]);
  });

  test('the agent is asked; until it answers only Esc does something', () => {
    const { state, told, press, dialog, armed } = begin();
    expect(told).toEqual([{ type: 'prepare-arming', request: 1, policy: 0 }]);
    press('enter', 'enter', 'enter', 'a', 'q');
    expect(dialog()).toMatchObject({ step: 'actions', facts: undefined });
    press('escape');
    expect(state.overlay).toBeUndefined();
    expect(armed()).toEqual([]);
  });

  test('nothing possible on this kernel: no step can be taken', () => {
    const { state, press, answer, dialog, armed } = begin({ policies: [watcher()] });
    answer(facts([[NOTHING]]));
    press('right', 'enter', 'enter');
    expect(dialog()).toMatchObject({ step: 'actions', typed: '' });
    press('escape');
    expect(state.overlay).toBeUndefined();
    expect(armed()).toEqual([]);
  });

  test('the answer to another question is not taken', () => {
    const { actions, dialog } = begin();
    actions.onPolicyAnswer({ type: 'arming', request: 99, policy: 0, arming: facts([[OWN]]) });
    expect(dialog()?.facts).toBeUndefined();
  });
});

describe('step by step', () => {
  test('Enter goes on, Esc and ← one back, and Esc in the first leaves', () => {
    const { state, press, answer, dialog } = begin();
    answer(facts([[OWN]]));
    press('enter');
    expect(dialog()?.step).toBe('radius');
    press('enter');
    expect(dialog()?.step).toBe('limits');
    press('enter', 'x');
    expect(dialog()).toMatchObject({ step: 'name', typed: 'x' });
    press('left');
    expect(dialog()).toMatchObject({ step: 'limits', typed: '' });
    press('escape');
    expect(dialog()?.step).toBe('radius');
    press('left');
    expect(dialog()?.step).toBe('actions');
    press('escape');
    expect(state.overlay).toBeUndefined();
  });

  test('only the exact name arms, once, with the defaults of time and fuse', () => {
    const { state, press, answer, dialog, armed } = begin();
    answer(facts([[OWN]]));
    press('enter', 'enter', 'enter');
    for (const wrong of [[], [...'sampl'], ['S', ...'ample'], [...'sample', 'space']]) {
      press('ctrl+u', ...wrong, 'enter');
      expect(armed()).toEqual([]);
      expect(dialog()?.error).toContain('not the policy');
    }
    press('ctrl+u', ...'samplex', 'backspace', 'enter');
    expect(armed()).toEqual([
      {
        type: 'arm',
        policy: 0,
        seconds: 300,
        added: [['none']],
        fuse: { limit: 20, seconds: 10 },
      },
    ]);
    expect(state.overlay).toBeUndefined();
    press('enter');
    expect(armed()).toHaveLength(1);
  });

  test('a paste types its first line only, in the last step only, and never presses Enter', () => {
    const { press, paste, answer, dialog, armed } = begin();
    answer(facts([[OWN]]));
    paste('sample');
    press('enter', 'enter', 'enter');
    expect(dialog()?.typed).toBe('');
    paste('sample\nq\n');
    expect(dialog()?.typed).toBe('sample');
    expect(armed()).toEqual([]);
  });

  test('time and fuse are changed by keys; a fuse that is none is refused', () => {
    const { press, answer, dialog, armed } = begin();
    answer(facts([[OWN]]));
    press('enter', 'enter', 'left', 'left', 'down', '5', 'down', '6', '0');
    expect(dialog()).toMatchObject({ time: 0, fuse: { limit: '5', seconds: '60' } });
    press('up', 'backspace', 'enter');
    expect(dialog()).toMatchObject({ step: 'limits', error: expect.stringContaining('1 to') });
    press('7', 'right', 'enter', ...'sample', 'enter');
    expect(armed()).toMatchObject([{ seconds: 60, fuse: { limit: 8, seconds: 60 } }]);
  });

  test('until quit', () => {
    const { press, answer, armed } = begin();
    answer(facts([[OWN]]));
    press('enter', 'enter', 'right', 'right', 'right', 'enter', ...'sample', 'enter');
    expect(armed()).toMatchObject([{ seconds: undefined }]);
  });

  test('the blast radius is asked for anew when its step begins', () => {
    const { press, answer, told, dialog } = begin();
    answer(facts([[OWN]]));
    press('enter');
    expect(told.filter(({ type }) => type === 'prepare-arming')).toHaveLength(2);
    answer(facts([[OWN]], [hits({ hits: 9 })]));
    expect(dialog()).toMatchObject({ step: 'radius' });
    expect(dialog()?.facts?.blast.rows).toMatchObject([{ hits: 9 }]);
  });
});

describe('what is added to selectors that only watch', () => {
  test('nothing, unless it is chosen: and then there is nothing to arm', () => {
    const { press, answer, dialog } = begin({ policies: [watcher()] });
    answer(facts([[ANY]]));
    press('enter');
    expect(dialog()).toMatchObject({ step: 'actions', error: expect.stringContaining('choose') });
    press('right');
    expect(dialog()).toMatchObject({ added: [['kill']], error: undefined });
    press('enter');
    expect(dialog()?.step).toBe('radius');
  });

  test('arrows stop at the ends, Space goes round, what can’t be had is left out', () => {
    const { press, answer, dialog } = begin({ policies: [watcher('a', 'b')] });
    answer(facts([[ANY, KILL_ONLY]]));
    press('right', 'right', 'right');
    expect(dialog()?.added).toEqual([['deny', 'none']]);
    press('space');
    expect(dialog()?.added).toEqual([['none', 'none']]);
    press('left', 'down', 'right', 'right');
    expect(dialog()?.added).toEqual([['none', 'kill']]);
  });

  test('the cursor stops at selectors with a choice only; what is armed has all of them', () => {
    const { press, answer, armed } = begin({ policies: [watcher('a', 'b', 'c')] });
    answer(facts([[OWN, NOTHING, ANY]]));
    press('right', 'right', 'enter', 'enter', 'enter', ...'sample', 'enter');
    expect(armed()).toMatchObject([{ added: [['none', 'none', 'deny']] }]);
  });

  test('SIGKILL here and Override there, where the host can’t: refused at once, not after the name', () => {
    const { press, answer, dialog } = begin({ policies: [watcher('a', 'b')] });
    answer({ ...facts([[ANY, ANY]]), mixing: ['not both in one hook'] });
    press('right', 'down', 'right', 'right', 'enter');
    expect(dialog()).toMatchObject({ step: 'actions', error: 'not both in one hook' });
    press('left');
    expect(dialog()?.error).toBeUndefined();
    press('enter');
    expect(dialog()?.step).toBe('radius');
  });

  test('what was added the last time is offered again, if it still can be had', () => {
    const before: PolicyStatus = { ...watcher('a', 'b'), added: [['kill', 'deny']] };
    const { answer, dialog } = begin({ policies: [before] });
    answer(facts([[ANY, KILL_ONLY]]));
    expect(dialog()?.added).toEqual([['kill', 'none']]);
  });
});

describe('what happens meanwhile', () => {
  test('a policy that is gone, was switched off, or was changed arms nothing', () => {
    const killing = policy({ sentence: 'Kills any process.' });
    for (const policies of [
      [],
      [policy({ mode: 'off' })],
      [watcher('something else')],
      [killing],
    ]) {
      const { state, press, answer, armed } = begin();
      answer(facts([[OWN]]));
      press('enter', 'enter', 'enter', ...'sample');
      state.policies = policies;
      press('enter');
      expect(armed()).toEqual([]);
      expect(state.overlay).toBeUndefined();
    }
  });

  test('a dialog about what is no more closes by itself, back to what is below, and says why', () => {
    const cases: readonly [PolicyStatus[], string][] = [
      [[], 'changed or removed meanwhile'],
      [[policy({ mode: 'off' })], 'sample is off'],
      [[policy({ mode: 'enforce' })], 'armed already'],
      [[watcher('something else')], 'changed or removed meanwhile'],
    ];
    for (const [policies, reason] of cases) {
      const { state, actions, answer } = begin();
      answer(facts([[OWN]]));
      actions.onPolicies();
      expect(state.overlay?.kind).toBe('arm');
      state.policies = policies;
      actions.onPolicies();
      expect(state.overlay).toBeUndefined();
      expect(state.notice?.text).toContain(reason);
    }
  });

  test('on a terminal too small to show the dialog no key and no paste goes to it; quitting and disarming work', () => {
    const { terminal, told, asked, press, paste, answer, dialog, armed } = begin();
    answer(facts([[OWN]]));
    press('enter', 'enter', 'enter');
    terminal.isTooSmall = true;
    press(...'sample', 'enter', 'escape', '4', 'space');
    paste('sample');
    expect(dialog()).toMatchObject({ step: 'name', typed: '' });
    expect(armed()).toEqual([]);
    press('!', 'q');
    expect(told.at(-1)).toEqual({ type: 'disarm-all' });
    expect(asked).toEqual(['quit']);
    terminal.isTooSmall = false;
    press(...'sample', 'enter');
    expect(armed()).toHaveLength(1);
  });

  test('a dialog that is not drawn yet takes no key and no paste, and can be left', () => {
    const { terminal, press, paste, answer, dialog, armed } = begin();
    answer(facts([[OWN]]));
    terminal.isCoverDrawn = false;
    press('enter', 'enter');
    expect(dialog()).toMatchObject({ step: 'actions' });
    terminal.isCoverDrawn = true;
    press('enter', 'enter', 'enter');
    terminal.isCoverDrawn = false;
    press(...'sample');
    paste('sample');
    expect(dialog()).toMatchObject({ step: 'name', typed: '' });
    press('escape');
    expect(dialog()).toMatchObject({ step: 'limits' });
    expect(armed()).toEqual([]);
  });

  test('the screen says so once the agent says that it is armed', () => {
    const { state, actions, press, answer } = begin();
    answer(facts([[OWN]]));
    press('enter', 'enter', 'enter', ...'sample', 'enter');
    actions.onPolicies();
    expect(state.notice).toBeUndefined();
    state.policies = [policy({ mode: 'enforce' })];
    actions.onPolicies();
    expect(state.notice?.text).toBe('sample is ARMED for 5 min: ! disarms');
  });
});
