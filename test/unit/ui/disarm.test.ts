/** `!` while something is armed: whatever is open, it disarms, or the screen says how. */
import { describe, expect, test } from 'vitest';
import type { CommandId } from '../../../src/ui/commands.ts';
import { createCoverLines } from '../../../src/ui/coverLines.ts';
import { createFrame } from '../../../src/ui/frame.ts';
import { createEventStore } from '../../../src/ui/store/eventStore.ts';
import { DARK, plain, policy } from './samples.ts';
import { setUp } from './setUp.ts';
import { NOON, pack } from './streamSetUp.ts';

const ARMED = policy({ id: 1, name: 'armed', mode: 'enforce' });
const DISARMED = { type: 'disarm-all' };

function started(mode: 'monitor' | 'enforce' = 'enforce') {
  const it = setUp({ store: createEventStore(100), policies: [{ ...ARMED, mode }] });
  const { buffer, bytes } = pack([{ time: NOON }]);
  it.state.store.add(buffer, bytes);
  const { state, panes } = it;
  const look = { theme: DARK, ascii: false, userNames: new Map<number, string>() };
  const lines = (width = 80) => {
    const size = () => ({ width, height: 10 });
    const covers = createCoverLines({ state, panes, ...look, size });
    const host = () => ({ kernel: '6.18', uptimeSeconds: 1 });
    const frame = createFrame({ state, panes, covers, node: 'n', host, ...look, size });
    const { lowerRule, footer, header } = frame.lines(width, NOON_MS);
    return { lowerRule: plain(lowerRule), footer: plain(footer), header: plain(header) };
  };
  return { ...it, lines, isDisarmed: () => it.told.some(({ type }) => type === DISARMED.type) };
}

const NOON_MS = Number(NOON / 1_000_000n);

const LINES: readonly CommandId[] = ['app.palette', 'find.open', 'row.filter', 'stream.time'];

describe('in a line that is typed', () => {
  test.each(LINES)('%s: while it is empty, it disarms and types nothing', (id) => {
    const it = started();
    it.command(id);
    expect(it.lines().lowerRule).toContain(' ! disarm all ');
    const before = it.lines().footer;
    it.press('!');
    expect(it.isDisarmed()).toBe(true);
    expect(it.lines().footer).toBe(before);
    expect(it.state.overlay?.kind).toBe('dialog');
  });

  test.each(['app.palette', 'stream.time'] as const)('%s: behind letters too', (id) => {
    const it = started();
    it.command(id);
    it.press('a', '!');
    expect(it.isDisarmed()).toBe(true);
    expect(it.lines().footer).not.toContain('a!');
  });

  test.each(['find.open', 'row.filter'] as const)(
    '%s: behind letters it is one, and the way out stands above',
    (id) => {
      for (const width of [60, 200]) {
        const it = started();
        it.command(id);
        it.press('a', 'space', '!', 'b');
        expect(it.lines(width).footer).toContain('a !b');
        expect(it.isDisarmed()).toBe(false);
        expect(it.lines(width).lowerRule).toContain(' Esc, then ! disarms ');
        it.press('escape', '!');
        expect(it.isDisarmed()).toBe(true);
      }
    },
  );

  test('Esc and ! in quick succession, which terminals send as one key', () => {
    for (const id of LINES) {
      const it = started();
      it.command(id);
      it.press('a', 'alt+!');
      expect(it.isDisarmed()).toBe(true);
    }
  });

  test('with nothing armed it is a letter; in the palette also the word for it', () => {
    for (const id of ['app.palette', 'find.open', 'row.filter'] as const) {
      const it = started('monitor');
      it.command(id);
      it.press('!');
      expect(it.isDisarmed()).toBe(false);
      expect(it.lines().footer).toContain('!');
      expect(it.lines().lowerRule).not.toContain('disarm');
    }
    const it = started('monitor');
    it.command('app.palette');
    it.press('!', 'enter');
    expect(it.isDisarmed()).toBe(true);
  });

  test('the search of the policies, and names', () => {
    const search = started();
    search.command('view.policies', 'policy.search');
    search.press('a', '!');
    expect(search.isDisarmed()).toBe(true);
    expect(search.lines().footer).not.toContain('a!');
    const names = started();
    names.panes.stream.filter?.set('pid:1');
    names.command('filter.named');
    names.press('s', 'x', '!');
    expect(names.isDisarmed()).toBe(true);
    expect(names.lines().footer).not.toContain('x!');
  });
});

describe('the footer’s first hint', () => {
  const WAYS: readonly (readonly [string, readonly CommandId[]])[] = [
    ...(['stream', 'tree', 'binaries', 'policies', 'alerts'] as const).map(
      (view) => [view, [`view.${view}`]] as const,
    ),
    ['a detail', ['row.detail']],
    ['a menu', ['row.copy']],
    ['help', ['app.help']],
    ['a policy’s page', ['view.policies', 'policy.open']],
    ['around an event', ['row.around']],
  ];

  test.each(WAYS)(
    '%s: disarming while something is armed, at every width; else never',
    (_what, ids) => {
      const armed = started();
      armed.command(...ids);
      const calm = started('monitor');
      calm.command(...ids);
      for (const width of [60, 80, 120, 200]) {
        expect(armed.lines(width).footer).toMatch(/^ ! disarm all {2}/);
        expect(calm.lines(width).footer).not.toContain('disarm');
      }
      armed.state.notice = { text: 'long words '.repeat(30), level: 'warning', until: Infinity };
      for (const width of [60, 200])
        expect(armed.lines(width).footer).toMatch(/^ ! disarm all {2}/);
    },
  );
});
