/** The list of policies: groups, columns, search, and what keys do in it. */
import { describe, expect, test } from 'vitest';
import type { PolicyStatus } from '../../../src/agent/messages.ts';
import { createPolicyRates } from '../../../src/ui/store/policyRates.ts';
import { policyEntries } from '../../../src/ui/store/policyRows.ts';
import { createPolicySearch } from '../../../src/ui/store/policySearch.ts';
import { displayWidth } from '../../../src/ui/text/width.ts';
import { policyDetailLines } from '../../../src/ui/views/policyDetail.ts';
import { howText } from '../../../src/ui/views/policyPlaces.ts';
import { NOW, policyList } from './policyList.ts';
import { DARK, hook, NO_COUNTS, plain, policy } from './samples.ts';
import { setUp } from './setUp.ts';

const named = (name: string, change: Partial<PolicyStatus> = {}): PolicyStatus =>
  policy({ name, file: `/p/${name}.yaml`, ...change });

const library = (name: string, change: Partial<PolicyStatus> = {}) =>
  named(name, { origin: 'library', ...change });

const numbered = (all: PolicyStatus[]) => all.map((one, id) => ({ ...one, id }));

describe('order', () => {
  const mixed = [library('b'), named('z'), library('a'), named('m', { origin: 'system' })];
  const failed = [{ file: '/p/broken.yaml', problems: ['1:1: spec: is missing'] }];
  const words = (policies: PolicyStatus[], files = failed) =>
    policyList(policies, files, { width: 80 })
      .slice(1)
      .map((line) => plain(line).trim());

  test('the own ones by name, broken files, then the library, each group with a heading', () => {
    expect(
      words(mixed).map((line) => /broken|^── [^─]+|\b[abmz]\b/.exec(line)?.[0]?.trim()),
    ).toEqual(['── Your own (3)', 'm', 'z', 'broken', '── Library (2)', 'a', 'b']);
  });

  test('one group alone needs no heading', () => {
    for (const policies of [mixed.slice(0, 1), mixed.slice(1, 2)])
      expect(words(policies, []).join()).not.toContain('──');
  });
});

describe('columns', () => {
  const busy = policy({
    severity: 'critical',
    title: 'Writes below /etc',
    memoryBytes: 4096,
    hooks: [
      { ...hook(['a', 'b']), obtained: 'exact' },
      { ...hook(['c']), obtained: 'exact' },
    ].map((one, index) => ({
      ...one,
      selectors: one.selectors.map((selector) => ({
        ...selector,
        // The second hook only refuses.
        kills: index === 0,
        counts: { ...NO_COUNTS, wouldAct: index === 0 ? 3 : 5 },
      })),
    })),
    counts: {
      ...{ ...NO_COUNTS, matched: 100, killed: 7, signalled: 1, overridden: 9 },
      ...{ sparedProtected: 1, sparedFused: 1, failed: 4 },
    },
  });
  const titles = (width: number) => plain(policyList([], [], { width })[0] ?? '').trim();

  test('wide: everything, in this order', () => {
    const [head = '', row = ''] = policyList([busy], [], { width: 200, rateOf: () => 2.5 });
    expect(
      plain(head)
        .trim()
        .split(/ {2,}| (?=W|K|D|S|M|E)/),
    ).toEqual(expect.arrayContaining(['State', 'Policy', 'How', 'Places', 'Seen', 'Watches']));
    expect(plain(row)).toMatch(
      /^ monitor +crit sample +exact +2\/2 +2\.5 +100 +6 +5 +8 +9 +2 +4\.1 KB +4 +Writes below \/etc$/,
    );
  });

  test.each([
    [60, ['State', 'Policy', 'Seen', 'Would kill']],
    [80, ['State', 'Sev', 'Policy', '/s', 'Seen', 'Would kill', 'Killed']],
    [
      120,
      ['State', 'Sev', 'Policy', 'How', 'Places', '/s', 'Seen', 'Would kill', 'Killed', 'Watches'],
    ],
  ])('at %d columns: %j', (width, expected) => {
    for (const title of expected) expect(titles(width)).toContain(title);
    expect(displayWidth(titles(width))).toBeLessThan(width);
  });

  test('how it is attached, in a word', () => {
    const how = (obtained: string, kind: 'kprobe' | 'tracepoint' = 'kprobe') =>
      howText(policy({ hooks: [{ ...hook(['x']), obtained, kind }] }));
    expect(how('exact')).toBe('exact');
    expect(how('exact', 'tracepoint')).toBe('tracepoint');
    expect(how('equivalent: entry of openat (raw sys_enter)')).toBe('equivalent');
    expect(how('equivalent: cgroup program connect4')).toBe('cgroup');
    expect(howText(policy({ condition: 'partially_enabled' }))).toBe('partly');
    expect(howText(policy({ condition: 'load_error' }))).toBe('not at all');
  });

  test('a file that is broken now marks its policy, and the details say what is wrong', () => {
    const broken = policy({ problems: ['/etc/x.yaml:3:1: spec: \x1b[2Jnot known'] });
    expect(plain(policyList([broken], [], { width: 80 })[1] ?? '')).toContain(' ! sample ');
    const details = policyDetailLines(broken, NOW, DARK, 120).map(plain).join('\n');
    expect(details).toContain('its file is broken now');
    expect(details).toContain('/etc/x.yaml:3:1: spec: \\x1b[2Jnot known');
  });

  test('the details have what the policy says of itself', () => {
    const about = policy({
      ...{ title: 'T', sentence: 'S', why: 'W', severity: 'low', mitre: ['T1053.003'] },
      ...{ noise: 'N', arming: 'A' },
      parameters: [{ name: 'DIR', value: '/a', standard: '/etc', help: 'where' }],
    });
    const details = policyDetailLines(about, NOW, DARK, 120).map((line) => plain(line).trim());
    for (const line of ['T', 'S', 'why: W', 'MITRE ATT&CK: T1053.003', 'noise: N', 'arming: A'])
      expect(details).toContain(line);
    expect(details).toContain('parameter DIR=/a');
    expect(details).toContain('where; default /etc');
  });
});

describe('matches per second', () => {
  test('of the last interval; a policy that takes the number of another begins anew', () => {
    const rates = createPolicyRates();
    const matched = (count: number) => [{ id: 3, counts: { ...NO_COUNTS, matched: count } }];
    rates.tick(matched(100), 1000);
    expect(rates.of(3)).toBe(0);
    rates.tick(matched(130), 3000);
    expect(rates.of(3)).toBe(15);
    rates.tick(matched(2), 4000);
    expect(rates.of(3)).toBe(0);
    expect(rates.of(4)).toBe(0);
  });
});

describe('search', () => {
  const all = policyEntries(
    [
      library('cron-writes', { title: 'New cron jobs', mitre: ['T1053.003'], severity: 'high' }),
      library('etc-writes', { sentence: 'Tells of every write below /etc', mitre: ['T1098'] }),
      library('raw-sockets', { hooks: [{ ...hook(['x']), call: 'inet_create' }] }),
      library('ssh-key-reads', { title: 'Reads of private keys', severity: 'critical' }),
    ],
    [],
  );
  const search = createPolicySearch();
  const found = (query: string) =>
    search
      .find(all, query)
      .flatMap((entry) => (entry.kind === 'policy' ? [entry.policy.name] : []));

  test('an empty query finds all in their order', () => {
    expect(found(' ')).toEqual(['cron-writes', 'etc-writes', 'raw-sockets', 'ssh-key-reads']);
  });

  test.each([
    ['cron', 'cron-writes'],
    ['crn', 'cron-writes'],
    ['T1053', 'cron-writes'],
    ['private', 'ssh-key-reads'],
    ['critical', 'ssh-key-reads'],
    ['inet_create', 'raw-sockets'],
    ['below etc', 'etc-writes'],
  ])('%s finds %s first', (query, name) => {
    expect(found(query)[0]).toBe(name);
  });

  test('what holds the word as it is hides what is only like it', () => {
    expect(found('ssh')).toEqual(['ssh-key-reads']);
  });

  test('every word must be found, wherever', () => {
    expect(found('writes high')).toEqual(['cron-writes']);
    expect(found('writes qqqq')).toEqual([]);
  });
});

describe('keys in the list', () => {
  const policies = numbered([
    ...Array.from({ length: 30 }, (_, index) => library(`lib-${String(index).padStart(2, '0')}`)),
    named('mine', { mode: 'off' }),
  ]);
  const list = () => {
    const made = setUp({ view: 'policies', policies });
    const lines = () => made.panes.policies.lines({ width: 80, height: 12 });
    return {
      ...made,
      text: () => lines().map(plain).join('\n'),
      cursor: () =>
        plain(lines().find((line) => line.startsWith(DARK.cursor.open)) ?? '').split(/\s+/)[3],
    };
  };

  test('the cursor begins at the first, steps over headings, and stays in sight', () => {
    const { cursor, command, text } = list();
    expect(cursor()).toBe('mine');
    expect(text()).toContain('Your own (1)');
    command('move.down');
    expect(cursor()).toBe('lib-00');
    command('move.last');
    expect(cursor()).toBe('lib-29');
    command('move.first');
    expect(cursor()).toBe('mine');
    expect(text()).toContain('Your own (1)');
  });

  test('it stays on its policy when others come', () => {
    const { state, cursor, command } = list();
    command('move.down', 'move.down');
    expect(cursor()).toBe('lib-01');
    state.policies = numbered([...policies, named('another')]);
    expect(cursor()).toBe('lib-01');
  });

  test('Space: off to monitor, monitor to off, armed to monitor', () => {
    for (const [mode, next] of [
      ['off', 'monitor'],
      ['monitor', 'off'],
      ['enforce', 'monitor'],
    ] as const) {
      const { told, command } = setUp({ view: 'policies', policies: [policy({ mode })] });
      command('policy.toggle');
      expect(told).toEqual([{ type: 'set-mode', policy: 0, mode: next }]);
    }
  });

  test('/ narrows while typing, moves go to the list, Enter keeps it, Esc shows all again', () => {
    const { state, panes, cursor, text, command, press } = list();
    command('policy.search');
    press('1', '7');
    expect(state.overlay).toMatchObject({ kind: 'search' });
    expect(text()).not.toContain('mine');
    expect(cursor()).toBe('lib-17');
    press('enter');
    expect(state.overlay).toBeUndefined();
    expect(panes.policies.filter.text()).toBe('17');
    expect(panes.policies.position({ width: 80, height: 12 })).toMatch(/^\d+ of 31 policies/);
    press('escape');
    expect(panes.policies.filter.text()).toBe('');
    expect(text()).toContain('mine');
    command('policy.search');
    press('z', 'z', 'z', 'z', 'z', 'z');
    expect(text()).toContain('no policy is like that');
    press('escape');
    expect(state.overlay).toBeUndefined();
    expect(text()).toContain('mine');
  });

  test('the letters of a search are no commands, but ! disarms', () => {
    const { told, command, press } = list();
    command('policy.search');
    press('a', 'q', 'space', '4', '!');
    expect(told).toEqual([{ type: 'disarm-all' }]);
  });

  test('a file that is not loaded says so on every key, and Enter shows all that is wrong', () => {
    const { state, told, command } = setUp({
      view: 'policies',
      policies: [],
      problems: Array.from(
        { length: 30 },
        (_, at) => `/p/broken.yaml:${at + 1}:1: spec: \x1bno ${at}`,
      ),
    });
    for (const id of ['policy.toggle', 'policy.arm', 'policy.test'] as const) {
      state.notice = undefined;
      command(id);
      expect((state.notice as { text: string } | undefined)?.text).toContain(
        '/p/broken.yaml is not loaded',
      );
    }
    const page = (height: number) => {
      const { overlay } = state;
      const lines = overlay?.kind === 'dialog' ? overlay.dialog.lines({ width: 80, height }) : [];
      return lines.map(plain).join('\n');
    };
    command('policy.open');
    expect(page(10)).toContain('/p/broken.yaml');
    expect(page(10)).toContain('1:1: spec: \\x1bno 0');
    expect(page(10)).not.toContain('no 29');
    command('move.last');
    expect(page(10)).toContain('no 29');
    state.problems = [];
    expect(page(10)).toContain('nothing is wrong with it any more');
    command('app.back');
    expect(state.overlay).toBeUndefined();
    expect(told).toEqual([]);
  });

  test('what is wrong is cut with a sign, and one file is one', () => {
    const { panes } = setUp({
      policies: [],
      problems: [`/p/broken.yaml:1:1: ${'apiVersion is missing '.repeat(9)}`],
    });
    const size = { width: 80, height: 20 };
    expect(plain(panes.policies.lines(size)[1] ?? '')).toMatch(/broken\.yaml .*…$/);
    expect(panes.policies.position(size)).toContain('1 file with errors');
  });
});
