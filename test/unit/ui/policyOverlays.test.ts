/** What opens over the policies: the full view, the parameters' form, a test's result. */
import { describe, expect, test } from 'vitest';
import type { TrialResult } from '../../../src/agent/trial.ts';
import type { Overlay } from '../../../src/ui/state.ts';
import { displayWidth } from '../../../src/ui/text/width.ts';
import { parameterLines } from '../../../src/ui/views/parameterLines.ts';
import { policyViewLines } from '../../../src/ui/views/policyViewLines.ts';
import { trialLines } from '../../../src/ui/views/trialLines.ts';
import { NOW } from './policyList.ts';
import { DARK, hook, plain, policy } from './samples.ts';
import { setUp } from './setUp.ts';

const SIZES = [
  [60, 10],
  [80, 19],
  [120, 35],
  [200, 45],
] as const;

const fits = (lines: readonly string[], width: number, height: number) => {
  expect(lines.length).toBeLessThanOrEqual(height);
  for (const line of lines.map(plain)) {
    expect(displayWidth(line)).toBeLessThanOrEqual(width);
    expect(line).not.toMatch(/\p{Cc}/u);
  }
};

const open = <K extends Overlay['kind']>(
  overlay: Overlay | undefined,
  kind: K,
): Extract<Overlay, { kind: K }> => {
  if (overlay?.kind !== kind) throw new Error(`${overlay?.kind ?? 'nothing'} is open, not ${kind}`);
  return overlay as Extract<Overlay, { kind: K }>;
};

describe('the full view', () => {
  const yaml = [
    '# A comment',
    'metadata:',
    '  name: sample',
    `  long: ${'word '.repeat(60)}`,
    '  hostile: \x1b[2J',
    ...Array.from({ length: 60 }, (_, index) => `  - value ${index}`),
  ].join('\n');

  const opened = () => {
    const made = setUp({ view: 'policies' });
    made.command('policy.open');
    const { view } = open(made.state.overlay, 'policy');
    const lines = (width = 120, height = 35) =>
      policyViewLines(
        open(made.state.overlay, 'policy').view,
        policy(),
        { theme: DARK, now: NOW },
        { width, height },
      );
    const answer = () =>
      made.actions.onPolicyAnswer({
        type: 'policy-text',
        request: view.request,
        policy: 0,
        source: yaml,
      });
    return { ...made, lines, answer, text: () => lines().map(plain).join('\n') };
  };

  test('asks for the text and shows it behind line numbers, escaped, with the plan beside it', () => {
    const { told, answer, text } = opened();
    expect(told).toEqual([{ type: 'read-policy', request: 1, policy: 0 }]);
    expect(text()).toContain('asking …');
    answer();
    expect(text()).toMatch(/ 1 {2}# A comment .*│/);
    expect(text()).toMatch(/ 3 {4}name: sample/);
    expect(text()).toContain('hostile: \\x1b[2J');
    expect(text()).toContain('kprobe security_file_permission');
    expect(text()).toContain('equivalent: entry of read, write and their kin');
    expect(text()).toContain('differs: sees the attempt, not the outcome');
  });

  test('of a policy that is removed closes, below a dialog too, and it is said', () => {
    const { state, actions, command } = opened();
    const { name } = open(state.overlay, 'policy').view;
    actions.onPolicies();
    open(state.overlay, 'policy');
    command('app.help');
    const { overlay: above } = state;
    expect(above?.kind).toBe('dialog');
    state.policies = [];
    actions.onPolicies();
    expect(state.notice?.text).toBe(`${name} was removed`);
    expect(state.overlay).toEqual({ ...above, below: undefined });
  });

  test('closes when another policy has got the number', () => {
    const { state, actions } = opened();
    const [before, ...others] = state.policies;
    if (!before) throw new Error('there is no policy');
    state.policies = [{ ...before, name: 'other' }, ...others];
    actions.onPolicies();
    expect(state.overlay).toBeUndefined();
  });

  test.each(SIZES)('fits %d×%d', (width, height) => {
    const { answer, lines } = opened();
    answer();
    fits(lines(width, height), width, height);
    const titles = lines(width, height)
      .map(plain)
      .filter((line) => /^─/.test(line));
    // Beside each other in one row, else below each other.
    expect(titles).toHaveLength(width >= 100 ? 1 : 2);
  });

  test('Tab goes to the other side, which then scrolls; not beyond its end', () => {
    const { state, answer, command, text } = opened();
    answer();
    const tops = () => open(state.overlay, 'policy').view.tops;
    command('move.down', 'move.down');
    expect(tops()).toEqual({ text: 2, plan: 0 });
    expect(text()).not.toContain('# A comment');
    command('view.next', 'move.down');
    expect(tops()).toEqual({ text: 2, plan: 1 });
    command('move.last', 'move.down');
    const { plan } = tops();
    command('move.up');
    expect(tops().plan).toBe(plan - 1);
    command('view.previous', 'move.first');
    expect(tops()).toEqual({ text: 0, plan: plan - 1 });
    expect(state.view).toBe('policies');
  });

  test('switching, editing and arming work in it, and lead back to it; Esc closes', () => {
    const { state, told, command, press } = opened();
    command('policy.toggle');
    expect(told.at(-1)).toEqual({ type: 'set-mode', policy: 0, mode: 'off' });
    command('policy.arm');
    expect(state.overlay).toMatchObject({ kind: 'arm' });
    press('escape');
    expect(state.overlay).toMatchObject({ kind: 'policy' });
    press('escape');
    expect(state.overlay).toBeUndefined();
  });

  test('the text that comes while something lies over it is not lost', () => {
    const { state, answer, command, press } = opened();
    command('policy.arm');
    answer();
    press('escape');
    expect(open(state.overlay, 'policy').view.source).toBe(yaml);
  });
});

describe('parameters', () => {
  const parameters = [
    { name: 'DIR', value: '/etc', standard: '/etc', help: 'the folder' },
    { name: 'USERS', value: '0', standard: '0', help: '' },
  ];
  const form = (change: Parameters<typeof policy>[0] = {}) => {
    const made = setUp({ view: 'policies', policies: [policy({ parameters, ...change })] });
    made.command('policy.edit');
    const lines = (width = 80, height = 16) =>
      parameterLines(open(made.state.overlay, 'parameters').form, DARK, width, height, false);
    return { ...made, lines, text: () => lines().map(plain).join('\n') };
  };

  test('a policy without any says so; an armed one is not changed', () => {
    for (const [change, reason] of [
      [{ parameters: [] }, 'has no parameters'],
      [{ mode: 'enforce' }, 'disarm it'],
    ] as const) {
      const { state } = form(change as Parameters<typeof policy>[0]);
      expect(state.overlay).toBeUndefined();
      expect(state.notice?.text).toContain(reason);
    }
  });

  test('shows names, values and help; ↑↓ choose, letters edit, Enter sends all values', () => {
    const { told, press, text, state } = form();
    expect(text()).toMatch(/› DIR {3}= \/etc/);
    expect(text()).toContain('the folder');
    press('/', 'x', 'down', 'backspace', '5', 'a');
    expect(text()).toContain('the folder; default /etc');
    press('enter');
    expect(told).toEqual([
      {
        type: 'set-parameters',
        request: 1,
        policy: 0,
        values: { DIR: '/etc/x', USERS: '5a' },
      },
    ]);
    expect(text()).toContain('loading …');
    press('b', 'enter');
    expect(told).toHaveLength(1);
    expect(open(state.overlay, 'parameters').form.fields[1]?.line.text).toBe('5a');
  });

  test('done: the form closes and says so; not done: the problems, with what was typed', () => {
    const { state, actions, command, press, text } = form();
    const edited = (request: number, problems: string[]) =>
      actions.onPolicyAnswer({ type: 'edited', request, policy: 0, problems });
    press('x', 'enter');
    edited(1, ['/etc/x.yaml:3:5: spec: \x1b[2Jno such folder']);
    expect(text()).toContain('/etc/x.yaml:3:5: spec: \\x1b[2Jno such folder');
    expect(text()).toContain('/etcx');
    press('backspace', 'enter');
    expect(text()).not.toContain('no such folder');
    edited(2, []);
    expect(state.overlay).toBeUndefined();
    expect(state.notice?.text).toContain('runs with its new parameters');
    command('policy.edit');
    press('enter');
    state.policies = state.policies.map((policy) => ({ ...policy, mode: 'off' }));
    edited(3, []);
    expect(state.notice?.text).toContain('has its new parameters, and is off');
  });

  test('! disarms here too, and a paste goes into the field', () => {
    const { told, press, paste, text } = form();
    press('ctrl+u');
    paste('/srv\nx');
    expect(text()).toContain('= /srv');
    press('!');
    expect(told).toEqual([{ type: 'disarm-all' }]);
  });

  test.each(SIZES)('fits %d×%d with a long problem', (width, height) => {
    const { actions, press, lines } = form();
    press('enter');
    const problems = ['a:1:1: '.padEnd(3000, 'verifier says no ')];
    actions.onPolicyAnswer({ type: 'edited', request: 1, policy: 0, problems });
    fits(lines(width, height), width, height);
    expect(lines(width, height).map(plain).join('\n')).toContain('› DIR');
  });
});

describe('a test', () => {
  const result: TrialResult = {
    policy: 'sample',
    file: '/etc/trigon/sample.yaml',
    verdict: 'not seen',
    why: 'no event came within 3 s',
    obtained: 'equivalent: entry of openat',
    trigger: { deeds: ['write /etc/x \x1b[2J'], events: 0, line: undefined, problem: 'EPERM' },
    nearMiss: { deeds: ['read /etc/x'], events: 1, line: 'read x', problem: undefined },
  };
  const tested = (change: Parameters<typeof policy>[0] = {}) => {
    const made = setUp({ view: 'policies', policies: [policy({ canBeTested: true, ...change })] });
    made.command('policy.test');
    const lines = (width = 80, height = 16) =>
      trialLines(open(made.state.overlay, 'trial').trial, DARK, width, height);
    const answer = () =>
      made.actions.onPolicyAnswer({ type: 'tested', request: 1, policy: 0, result });
    return { ...made, lines, answer, text: () => lines().map(plain).join('\n') };
  };

  test('armed, or without a trigger: refused with the reason', () => {
    for (const [change, reason] of [
      [{ mode: 'enforce' }, 'is armed'],
      [{ canBeTested: false }, 'brings no trigger'],
    ] as const) {
      const { state, told } = tested(change as Parameters<typeof policy>[0]);
      expect(state.overlay).toBeUndefined();
      expect(state.notice?.text).toContain(reason);
      expect(told).toEqual([]);
    }
  });

  test('says that it runs, then the verdict, why, the events and the near miss', () => {
    const { told, state, answer, text } = tested();
    expect(told).toEqual([{ type: 'test-policy', request: 1, policy: 0 }]);
    expect(text()).toContain('testing …');
    expect(state.testing).toEqual(new Set([0]));
    answer();
    expect(state.testing).toEqual(new Set());
    expect(text()).toContain(' not seen ');
    expect(text()).toContain('no event came within 3 s');
    expect(text()).toContain('Trigger: write /etc/x \\x1b[2J');
    expect(text()).toContain('EPERM');
    expect(text()).toMatch(/Near miss: read \/etc\/x\n +1 event: read x/);
  });

  test('closed before it was over: the footer says what came of it', () => {
    const { state, answer, press, command } = tested();
    press('escape');
    command('policy.arm');
    expect(state.notice?.text).toContain('being tested');
    answer();
    expect(state.notice?.text).toBe('test of sample: not seen, no event came within 3 s');
  });

  test.each(SIZES)('fits %d×%d, and scrolls', (width, height) => {
    const { answer, lines, command } = tested({ hooks: [hook(['x'])] });
    answer();
    fits(lines(width, height), width, height);
    command('move.last');
    fits(lines(width, height), width, height);
  });
});
