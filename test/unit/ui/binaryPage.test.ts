/** All about one program: what is asked, what is shown, where its lines lead. */
import { describe, expect, test } from 'vitest';
import type { BinaryProfile, Tallied } from '../../../src/agent/messages.ts';
import { createBinaryPage } from '../../../src/ui/dialogs/binaryPage.ts';
import { toAscii } from '../../../src/ui/text/ascii.ts';
import { displayWidth } from '../../../src/ui/text/width.ts';
import type { PageLook } from '../../../src/ui/views/binaryPage.ts';
import { DARK, plain } from './samples.ts';
import { setUp } from './setUp.ts';
import { counters } from './treeSamples.ts';

const NOW = 1_700_000_000_000;
const tallied = (...entries: [string, number][]): Tallied => ({
  entries: entries.map(([name, count]) => ({ name, count })),
  others: 0,
});

const profile = (change: Partial<BinaryProfile> = {}): BinaryProfile => ({
  counters: counters('/usr/bin/curl', {
    ...{ execs: 12, exits: 11, failures: 2, running: 1, hits: 5, network: 4 },
    ...{ firstSeen: NOW - 90_000, lastSeen: NOW - 3000 },
  }),
  history: [...Array.from({ length: 58 }, () => 0), 1, 4],
  ran: tallied(['/usr/bin/id', 3], ['/bin/true', 1]),
  ranBy: tallied(['/usr/bin/bash', 12]),
  users: tallied(['0', 10], ['1000', 2]),
  endings: tallied(['0', 9], ['7', 1], ['SIGKILL', 1]),
  files: { entries: [{ name: '/etc/my hosts', count: 5 }], others: 40 },
  addresses: tallied(['203.0.113.9:443', 3], ['[2001:db8::1]:80', 1]),
  policies: tallied(['egress', 4]),
  ...change,
});

const look = (width: number, more: Partial<PageLook> = {}): PageLook => ({
  ...{ theme: DARK, ascii: false, userNames: new Map([[0, 'root']]), width, now: NOW },
  isThinLink: false,
  ...more,
});

const NOTHING = { showAll: () => {}, copy: () => {} };

function open(
  known: BinaryProfile | 'asking' | undefined = profile(),
  more: Partial<PageLook> = {},
) {
  const chosen: string[] = [];
  const page = createBinaryPage({
    binary: '/usr/bin/curl',
    profile: () => known,
    look: (width) => look(width, more),
    choose: (filter) => chosen.push(filter),
    showAll: () => chosen.push('all'),
    copy: ({ counters }) => chosen.push(`copy ${counters.binary}`),
  });
  const size = { width: 120, height: 30 };
  const press = (...keys: string[]) => {
    for (const key of keys) {
      const step = page.onKey(key, '', size);
      if (typeof step === 'function') step();
    }
  };
  const lines = (width = 120, height = 30) => page.lines({ width, height });
  const cursor = () => {
    const line = lines().find((text) => text.includes(DARK.cursor.open)) ?? '';
    const marked = line.slice(line.indexOf(DARK.cursor.open));
    return plain(marked.slice(0, marked.indexOf('\x1b[0m') + 4)).trim();
  };
  return { page, chosen, press, lines, cursor, text: (width?: number) => lines(width).map(plain) };
}

describe('what is shown', () => {
  test('counters, times, a trend, and the lists beside each other', () => {
    const text = open().text().join('\n');
    expect(text).toMatch(/^ \/usr\/bin\/curl\n 1 running {2}12 execs {2}11 exits {2}2 failed/);
    expect(text).toContain('(1m ago), last 3s ago');
    expect(text).toMatch(/events\/s ▁+.*█ last 60 s/);
    expect(text).toMatch(/Programs it ran .*Addresses/);
    expect(text).toMatch(/ 3 ━{8} \/usr\/bin\/id .* 3 ━{8} 203\.0\.113\.9:443/);
    expect(text).toMatch(/ 10 ━{8} root/);
    expect(text).toMatch(/ 2 ━━ {6} {2}uid 1000|2 ━━ +uid 1000/);
    expect(text).toMatch(/ 1 ━ +exit 7/);
    expect(text).toContain('"/etc/my hosts"');
    expect(text).toContain('40 of all others');
    expect(text).not.toContain('killed');
  });

  test('host names stand beside addresses', () => {
    const hostName = (address: string) => (address === '2001:db8::1' ? 'six.example' : undefined);
    const text = open(profile(), { hostName }).text().join('\n');
    expect(text).toContain('[2001:db8::1]:80 (six.example)');
    expect(text).toMatch(/203\.0\.113\.9:443 *$/m);
  });

  test('empty lists say what that means; before the answer, and without one, that', () => {
    const none = tallied();
    const empty = open(profile({ addresses: none, ran: none }))
      .text(80)
      .join('\n');
    expect(empty).toContain('Addresses  no policy saw it talk');
    expect(empty).toContain('Programs it ran  it ran none');
    expect(open('asking').text().join('\n')).toContain('asking …');
    const gone = createBinaryPage({
      ...{ binary: '/gone', profile: () => undefined, look, choose: () => {}, ...NOTHING },
    });
    const text = gone.lines({ width: 80, height: 9 }).map(plain);
    expect(text).toEqual([' /gone', ' nothing is known of this program any more']);
  });

  test.each([60, 80, 120, 200])(
    'at %i columns no line is too wide or holds a control character',
    (width) => {
      const hostile = `/tmp/\x1b[2J\u202e主机 🚀${'long'.repeat(60)}`;
      const page = open(
        profile({
          ran: tallied([hostile, 2]),
          addresses: tallied([hostile, 1]),
          counters: counters(hostile, { kills: 1e12, denials: 1e12, hits: 1e12, failures: 1e12 }),
        }),
      );
      for (const line of page.text(width)) {
        expect(displayWidth(line)).toBeLessThanOrEqual(width);
        expect(line).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      }
    },
  );

  test('counters that don’t fit one line stand on two, none is cut', () => {
    const busy = {
      execs: 123_456,
      exits: 123_455,
      failures: 900,
      hits: 501,
      network: 501,
      files: 77,
    };
    const text = open(profile({ counters: counters('/usr/bin/curl', { ...busy, kills: 4 }) }))
      .text(60)
      .slice(0, 4)
      .join('\n');
    for (const told of ['900 failed', '501 policy hits', '77 on files', '501 on the network'])
      expect(text).toContain(told);
    expect(text).toContain(' 4 killed');
  });

  test('--ascii, and a thin link', () => {
    const ascii = open(profile(), { ascii: true }).text().map(toAscii).join('\n');
    expect(ascii).toMatch(/^[ -~\n]*$/);
    expect(ascii).not.toContain('?');
    expect(open(profile(), { isThinLink: true }).text().join('\n')).not.toContain('events/s');
  });

  test('the cursor’s line is always in sight', () => {
    const { press, lines } = open();
    for (let step = 0; step < 14; step++) {
      expect(lines(70, 12).some((line) => line.includes(DARK.cursor.open))).toBe(true);
      press('down');
    }
  });
});

describe('keys', () => {
  test('up and down go through all lists, left and right to the other column', () => {
    const { press, cursor } = open();
    expect(cursor()).toContain('/usr/bin/id');
    press('right');
    expect(cursor()).toContain('203.0.113.9:443');
    press('down', 'left');
    expect(cursor()).toContain('/bin/true');
    press('end');
    expect(cursor()).toContain('egress');
    press('home');
    expect(cursor()).toContain('/usr/bin/id');
  });

  test.each([
    [0, 'binary=/usr/bin/id'],
    [2, 'binary=/usr/bin/bash'],
    [4, 'binary=/usr/bin/curl uid:1000'],
    [6, 'binary=/usr/bin/curl event:exit status:7'],
    [7, 'binary=/usr/bin/curl event:exit signal:SIGKILL'],
    [8, 'binary=/usr/bin/curl value:203.0.113.9:443'],
    [10, 'binary=/usr/bin/curl path:"/etc/my hosts"'],
    [11, 'binary=/usr/bin/curl policy=egress'],
  ])('Enter on line %i filters the stream: %s', (at, filter) => {
    const { press, chosen } = open();
    press(...Array.from({ length: at }, () => 'down'), 'enter');
    expect(chosen).toEqual([filter]);
  });

  test('e and c are the program’s; other keys are not its own', () => {
    const { press, chosen, page } = open();
    press('e', 'c');
    expect(chosen).toEqual(['all', 'copy /usr/bin/curl']);
    expect(page.onKey('x', 'x', { width: 80, height: 20 })).toBe('pass');
    expect(page.onKey('escape', '', { width: 80, height: 20 })).toBe('close');
  });

  test('a click moves the cursor, and again chooses: the one of two beside each other that it is on', () => {
    const { page, chosen, lines } = open();
    const narrow = { width: 80, height: 40 };
    const wide = { width: 160, height: 40 };
    const click = (text: string, size: { width: number; height: number }) => {
      const shown = lines(size.width, size.height).map(plain);
      const at = shown.findIndex((line) => line.includes(text));
      const step = page.onClick?.(at, size, shown[at]?.indexOf(text) ?? 0);
      if (typeof step === 'function') step();
    };
    click('/bin/true', narrow);
    expect(chosen).toEqual([]);
    click('/bin/true', narrow);
    expect(chosen).toEqual(['binary=/bin/true']);
    click('Programs it ran', narrow);
    expect(chosen).toHaveLength(1);
    for (const text of ['/usr/bin/id', '203.0.113.9:443'])
      for (const _ of [1, 2]) click(text, wide);
    expect(chosen.slice(1)).toEqual([
      'binary=/usr/bin/id',
      'binary=/usr/bin/curl value:203.0.113.9:443',
    ]);
  });

  test('the cursor stays on its line when counts change their order', () => {
    let known = profile();
    const page = createBinaryPage({
      ...{ binary: '/usr/bin/curl', look, choose: () => {}, ...NOTHING },
      profile: () => known,
    });
    const size = { width: 80, height: 40 };
    const cursor = () =>
      plain(page.lines(size).find((line) => line.startsWith(DARK.cursor.open)) ?? '');
    page.onKey('down', '', size);
    expect(cursor()).toContain('/bin/true');
    known = profile({ ran: tallied(['/bin/true', 9], ['/usr/bin/id', 3]) });
    expect(cursor()).toContain('/bin/true');
    known = profile({ ran: tallied(['/usr/bin/id', 3]) });
    expect(cursor()).toMatch(/\/usr\/bin/);
  });
});

describe('from Binaries', () => {
  const filled = () => {
    const made = setUp();
    const programs = [counters('/usr/bin/curl', { execs: 12 }), counters('/bin/b')];
    made.state.binaries.apply({ reset: true, changed: programs, removed: [] }, 0);
    made.command('view.binaries');
    made.panes.binaries.lines({ width: 120, height: 10 });
    made.told.length = 0;
    return made;
  };

  test('Enter asks the agent while the page is painted, shows the answer, and Esc goes back', () => {
    const { command, state, told } = filled();
    command('binary.detail');
    const page = state.overlay?.kind === 'dialog' ? state.overlay.dialog : undefined;
    const text = () => plain(page?.lines({ width: 80, height: 20 }).join('\n') ?? '');
    expect(text()).toContain('asking …');
    expect(text()).toContain('asking …');
    expect(told).toEqual([{ type: 'describe-binary', request: 1, binary: '/usr/bin/curl' }]);
    state.binaryAnswer = { request: 1, profile: profile() };
    expect(text()).toContain('Run by');
    state.binaryAnswer = { request: 1, profile: undefined };
    expect(text()).toContain('nothing is known of this program');
    command('app.back');
    expect(state.overlay).toBeUndefined();
  });

  test('an answer about another program is not taken', () => {
    const { command, state, panes } = filled();
    state.binaryAnswer = { request: 0, profile: profile() };
    panes.binaries.run('move.down', { width: 120, height: 10 });
    command('binary.detail');
    const page = state.overlay?.kind === 'dialog' ? state.overlay.dialog : undefined;
    expect(plain(page?.lines({ width: 80, height: 20 }).join('\n') ?? '')).toContain('asking …');
  });

  test('e narrows the stream to the program', () => {
    const { command, state, panes } = filled();
    command('binary.events');
    expect(state.view).toBe('stream');
    expect(panes.stream.filter?.text()).toBe('binary=/usr/bin/curl');
    command('app.back');
    expect(state.view).toBe('binaries');
    expect(panes.stream.filter?.text()).toBe('');
  });

  test('Esc in the events that the page led to opens the page again', () => {
    const { command, state } = filled();
    command('binary.detail');
    const page = state.overlay;
    command('binary.events');
    expect([state.view, state.overlay]).toEqual(['stream', undefined]);
    command('app.back');
    expect(state.view).toBe('binaries');
    expect(state.overlay).toEqual(page);
    command('app.back');
    expect([state.view, state.overlay]).toEqual(['binaries', undefined]);
  });
});
