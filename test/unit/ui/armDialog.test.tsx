/** What the arming dialog shows, at all sizes. */
import { cleanup, render } from 'ink-testing-library';
import { afterEach, describe, expect, test } from 'vitest';
import { type ArmDialogState, openArmDialog, withFacts } from '../../../src/ui/arming.ts';
import { armKey } from '../../../src/ui/armKeys.ts';
import { ArmDialog } from '../../../src/ui/components/ArmDialog.tsx';
import { displayWidth } from '../../../src/ui/text/width.ts';
import { armPage } from '../../../src/ui/views/armLines.ts';
import { ANY, facts, hits, KILL_ONLY, NOTHING, OWN } from './armingSamples.ts';
import { DARK, hook, plain, policy } from './samples.ts';

afterEach(cleanup);

const USERS = new Map([[1000, 'alice']]);
const many = Array.from({ length: 30 }, (_, index) =>
  hits({ binary: `/usr/bin/program-${index}`, hits: 100 - index }),
);
const long = Array.from({ length: 12 }, (_, index) => `path begins with /some/folder/${index}`);
const wide = policy({ hooks: [hook(long)] });

const dialogWith = (
  choices = [[OWN]],
  rows = many,
  change: Partial<ArmDialogState> = {},
): ArmDialogState => ({
  ...withFacts(openArmDialog(0), facts(choices, rows), []),
  ...change,
});

function show(dialog: ArmDialogState, width = 78, height = 19, one = policy()): string {
  const { lastFrame } = render(
    <ArmDialog
      {...{ dialog, policy: one, width, height }}
      theme={DARK}
      userNames={USERS}
      now={Date.now()}
    />,
  );
  return plain(lastFrame() ?? '');
}

describe.each([
  [60, 10],
  [80, 19],
  [120, 35],
  [200, 45],
])('on %d×%d', (width, height) => {
  const steps = (
    [
      ['actions', 'Enter goes on'],
      ['radius', 'Enter goes on'],
      ['limits', '[5 min]'],
      ['name', 'Type the policy'],
    ] as const
  ).flatMap(([step, needed]) =>
    [[[OWN]], [long.map(() => KILL_ONLY)]].map((choices) => ({ step, needed, choices })),
  );

  test.each(steps)('the step $step fits, and where keys go is in sight', (one) => {
    const { step, needed, choices } = one;
    const added = choices.map((all) => all.map(() => 'kill' as const));
    const dialog = dialogWith(choices, many, { step, added });
    const lines = show(dialog, width, height, wide).split('\n');
    expect(lines.length).toBeLessThanOrEqual(height);
    for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(width);
    expect(lines.join('\n')).toContain(needed);
    expect(lines.join('\n')).toContain('Arm sample');
  });

  test('an error takes the place of the hints', () => {
    const error = 'That is not the policy’s name';
    expect(show(dialogWith([[OWN]], many, { step: 'name', error }), width, height)).toContain(
      error,
    );
  });

  test('the selector with the cursor is in sight, however many there are', () => {
    for (const cursor of [0, 5, 11]) {
      const dialog = dialogWith([long.map(() => ANY)], [], { cursor });
      expect(show(dialog, width, height, wide)).toMatch(new RegExp(`› ${cursor + 1}\\. path`));
    }
  });
});

describe('the first step', () => {
  test('says what is done by the policy’s own text, what a kill prevents, and whom it spares', () => {
    const text = show(dialogWith());
    expect(text).toContain('SIGKILL any process that writes below /etc');
    expect(text).toContain('SIGKILL here: the process dies before the call');
    expect(text).toContain('Never killed: PID 1');
    expect(text).toContain('kprobe security_file_permission, equivalent: entry of read');
  });

  test('what can be chosen, what is chosen, and why something can’t be', () => {
    const text = show(dialogWith([[KILL_ONLY]], [], { added: [['kill']] }));
    expect(text).toContain('watch only');
    expect(text).toContain('[SIGKILL]');
    expect(text).toContain('SIGKILL any process that opens /x');
    expect(text).toContain('No Override: this kernel has no kprobes');
  });

  test('nothing can be done here: the reasons, and no step', () => {
    const text = show(dialogWith([[NOTHING]]));
    expect(text).toContain("sample can't be armed on this host");
    expect(text).toContain('SIGKILL: no signal can be sent from here');
    expect(text).toContain('Override: this kernel has no kprobes');
    expect(text).not.toContain('Enter goes on');
  });

  test('why something can’t be had is told once for a hook, not again for each selector', () => {
    const policies = policy({ hooks: [hook(['a', 'b']), hook(['c'])] });
    const dialog = dialogWith([[KILL_ONLY, KILL_ONLY], [KILL_ONLY]]);
    const page = armPage(
      dialog,
      policies,
      { theme: DARK, userNames: USERS, now: Date.now() },
      { width: 100, height: 40 },
    );
    const told = page.body.map(plain).filter((line) => line.includes('No Override'));
    expect(told).toHaveLength(2);
  });

  test.each(['actions', 'radius', 'limits', 'name'] as const)(
    'the keys of step %s are whole at 60 columns',
    (step) => {
      expect(show(dialogWith([[OWN]], [hits()], { step }), 60, 10)).toMatch(
        /Esc (cancels|(or ← )?back)\s*$/,
      );
    },
  );

  test('until the agent has answered it says that it asks', () => {
    expect(show(openArmDialog(0))).toContain('Asking what can be done');
  });
});

describe('the blast radius', () => {
  const radius = (rows = many, untold = 0) => ({
    ...withFacts(openArmDialog(0), facts([[OWN, ANY]], rows, untold), []),
    step: 'radius' as const,
  });

  test('binaries and users of the selectors that will act, in a table', () => {
    const rows = [hits(), hits({ binary: '/usr/bin/other', selector: 1, uid: 7 })];
    const text = show(radius(rows), 100, 30);
    expect(text).toMatch(/│ 3 +│ \/usr\/bin\/vim +│ alice +│ 5s ago/);
    expect(text).not.toContain('/usr/bin/other');
    expect(text).toContain('3 hits by 1 program in the last 30 min.');
  });

  test('the operator’s own session, sshd and this program come first, in words and in danger’s colour', () => {
    const rows = [
      ...many,
      hits({ binary: '/bin/bash', own: 'session', hits: 1 }),
      hits({ binary: '/usr/sbin/sshd', own: 'sshd', hits: 1 }),
      hits({ binary: '/usr/bin/node', own: 'trigon', hits: 1 }),
    ];
    const text = show(radius(rows), 80, 19);
    expect(text).toContain('Your own session is among them; spared: protected');
    expect(text).toContain('sshd is among them, the way to this host');
    expect(text).toContain('This program is among them; spared: protected');
    expect(text).toContain('your session');
    const page = armPage(
      radius(rows),
      policy(),
      { theme: DARK, userNames: USERS, now: Date.now() },
      { width: 80, height: 19 },
    );
    const danger = page.body.filter((line) => line.includes(DARK['status.danger'].open));
    expect(danger.map(plain).join()).toMatch(
      /Your own session.*sshd is.*This program.*your session/,
    );
  });

  test('no hits are no promise; hits that nothing is known of are told', () => {
    const text = show(radius([], 12), 120, 30);
    expect(text).toContain('no hits in the last 30 min, and 12 more that nothing is known of');
    expect(text).toContain('That is no promise');
  });

  test('what it has not watched for is not claimed; and hardly watched is a warning', () => {
    const watchedFor = (watched: number) => {
      const { blast, ...others } = facts([[OWN]], [hits()]);
      const known = withFacts(openArmDialog(0), { ...others, blast: { ...blast, watched } }, []);
      return show({ ...known, step: 'radius' }, 100, 30);
    };
    expect(watchedFor(12)).toContain('3 hits by 1 program in 12 s of watching.');
    expect(watchedFor(12)).toContain('It has watched for 12 s only');
    expect(watchedFor(200)).toContain('3 hits by 1 program in 3 min of watching.');
    expect(watchedFor(200)).not.toContain('only');
    expect(watchedFor(1800)).toContain('3 hits by 1 program in the last 30 min.');
  });

  test('hostile names can’t act on the terminal', () => {
    const text = show(radius([hits({ binary: '/tmp/\x1b[2Jx' })]), 100, 30);
    expect(text).toContain('/tmp/\\x1b[2Jx');
  });

  test('more than fit are said to be there', () => {
    expect(show(radius(), 60, 10)).toMatch(/… \d+ more lines: PgDn/);
  });
});

test('in the last step everything decided before is in sight', () => {
  const dialog = dialogWith([[OWN]], [hits()], { step: 'name', time: 2, typed: 'sam' });
  const text = show(dialog, 60, 10);
  expect(text).toContain('Does: SIGKILL any process that writes below /etc');
  expect(text).toContain('Hits: 3 hits by 1 program in the last 30 min');
  expect(text).toContain('For:  30 min; fuse: more than 20 in 10 s');
  expect(text).toMatch(/name: sam/);
});

describe('a long sentence about what is done', () => {
  const paths = Array.from({ length: 8 }, (_, index) => `/usr/lib/systemd/helper-${index}`);
  const own = `SIGKILL any process other than ${paths.join(', ')}, the last of them`;
  const words = (text: string) => text.replace(/\s+/g, ' ');

  test.each(['radius', 'limits', 'name'] as const)(
    'is whole in step %s where there is room',
    (step) => {
      const dialog = dialogWith([[{ ...OWN, own }]], [hits()], { step });
      for (const [width, height] of [
        [80, 19],
        [120, 35],
      ] as const)
        expect(words(show(dialog, width, height))).toContain(own);
    },
  );

  test('on the smallest screen its end is where scrolling leads, and typing comes back to the name', () => {
    const long = `${own}; ${own.replace('last', 'very last')}`;
    const dialog = dialogWith([[{ ...OWN, own: long }]], [hits()], { step: 'name' });
    expect(show(dialog, 60, 10)).toContain('more lines: PgDn');
    expect(show(dialog, 60, 10)).toContain('Type the policy’s name');
    const size = { width: 60, height: 10 };
    const look = { theme: DARK, userNames: USERS, now: Date.now() };
    const seen = new Set<string>();
    let at = dialog;
    for (let i = 0; i < 40; i++) {
      const page = armPage(at, policy(), look, size);
      for (const line of page.body) seen.add(plain(line));
      const step = armKey(at, policy(), { key: 'down', text: '' }, page.scroll);
      if (step.kind === 'open') at = step.dialog;
    }
    expect([...seen].join(' ')).toContain('very last of them');
    const typed = armKey(
      at,
      policy(),
      { key: 's', text: 's' },
      armPage(at, policy(), look, size).scroll,
    );
    expect(typed).toMatchObject({ kind: 'open', dialog: { typed: 's', top: undefined } });
  });

  test('the hints stand at the end of the screen', () => {
    const lines = show(dialogWith([[OWN]], [hits()], { step: 'limits' }), 120, 35).split('\n');
    expect(lines).toHaveLength(35);
    expect(lines.at(-1)).toContain('Enter goes on');
  });
});
