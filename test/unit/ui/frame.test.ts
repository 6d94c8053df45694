/** What the footer offers: only what does something there. */
import { describe, expect, test } from 'vitest';
import { createCoverLines } from '../../../src/ui/coverLines.ts';
import { openDetail } from '../../../src/ui/detail.ts';
import { createFrame } from '../../../src/ui/frame.ts';
import { setOverlay } from '../../../src/ui/overlay.ts';
import { say } from '../../../src/ui/state.ts';
import { createEventStore } from '../../../src/ui/store/eventStore.ts';
import { DARK, plain, policy } from './samples.ts';
import { setUp } from './setUp.ts';
import { pack } from './streamSetUp.ts';
import { treeProcess } from './treeSamples.ts';

const SIZE = { width: 300, height: 10 };

function opened(change: Parameters<typeof setUp>[0] = {}) {
  const it = setUp({ store: createEventStore(100), ...change });
  const { buffer, bytes } = pack([{ pid: 7 }, { pid: 8 }, { pid: 7 }]);
  it.state.store.add(buffer, bytes);
  it.state.tree.apply({ reset: true, changed: [treeProcess(7)], removed: [] });
  const { state, panes } = it;
  const look = { theme: DARK, ascii: false, userNames: new Map<number, string>() };
  let width = SIZE.width;
  const size = () => ({ ...SIZE, width });
  const covers = createCoverLines({ state, panes, ...look, size });
  const host = () => ({ kernel: '6.18', uptimeSeconds: 1 });
  const frame = createFrame({ state, panes, covers, node: 'n', host, ...look, size });
  const footer = () => plain(frame.lines(SIZE.width, Date.now()).footer);
  /** The detail of an event, or of a process alone. */
  const openedDetail = (number: number | undefined) => {
    const subject = number === undefined ? panes.tree.pick?.(SIZE) : panes.stream.subjectOf(number);
    if (!subject) throw new Error('there is one');
    setOverlay(state, { kind: 'detail', detail: openDetail(subject, 1), below: state.overlay });
  };
  const resize = (columns: number) => {
    width = columns;
  };
  return { ...it, footer, frame, openedDetail, resize };
}

describe('the footer', () => {
  test('in a detail there is a way to the next row; in one that was opened from it there is none', () => {
    const { footer, openedDetail } = opened();
    openedDetail(0);
    expect(footer()).toContain(' ] next ');
    expect(footer()).toContain(' [ previous ');
    openedDetail(1);
    expect(footer()).not.toMatch(/next {2}|previous/);
    expect(footer()).toContain('Tab next tab');
  });

  test('w is offered where there is an event', () => {
    const { footer, command, openedDetail, panes } = opened();
    expect(footer()).toContain(' w around ');
    command('view.tree');
    panes.tree.lines(SIZE);
    expect(footer()).not.toContain('around');
    openedDetail(undefined);
    expect(footer()).not.toContain('around');
    openedDetail(2);
    expect(footer()).toContain(' w around ');
  });

  test('with --read-only nothing is armed, in the list and in the full view', () => {
    for (const readOnly of [false, true]) {
      const { footer, command } = opened({ readOnly, policies: [policy()] });
      command('view.policies');
      expect(footer().includes(' a arm ')).toBe(!readOnly);
      command('policy.open');
      expect(footer()).toContain('other side');
      expect(footer().includes(' a arm ')).toBe(!readOnly);
    }
  });

  test('the keys of a menu are not hidden by what was said before it was opened', () => {
    const { footer, command } = opened();
    command('stream.mark');
    expect(footer()).toContain('mark 1 is set');
    command('stream.marks');
    expect(footer()).toContain(' d delete ');
  });
});

/** The keys that the footer tells of, at this width, in their order. */
const keysAt = (it: ReturnType<typeof opened>, width: number) => {
  it.resize(width);
  const spans = it.frame.footer(width).slice(0, -2);
  return spans.flatMap(({ text }, at) => (at % 2 === 0 ? text.trim() : []));
};

describe('what helps in this moment goes first', () => {
  const NARROW = 60;

  test('policies, also at 60 columns: open, switch, arm; then the rest in the order of its use', () => {
    const wide = opened({ policies: [policy()] });
    wide.command('view.policies');
    expect(keysAt(wide, 300).slice(0, 8)).toEqual(['Enter', 'Space', 'a', 't', '/', 'e', 'c', 's']);
    expect(keysAt(wide, NARROW).slice(0, 3)).toEqual(['Enter', 'Space', 'a']);
    wide.command('policy.open');
    expect(keysAt(wide, NARROW).slice(0, 3)).toEqual(['Space', 'a', 't']);
    expect(keysAt(wide, NARROW)).toContain('Esc');
  });

  test.each([
    ['off', 'Space on '],
    ['monitor', 'Space off '],
    ['enforce', 'Space disarm '],
  ] as const)('a policy that is %s: what Space does to it', (mode, words) => {
    const { footer, command } = opened({ policies: [policy({ mode })] });
    command('view.policies');
    expect(footer()).toContain(words);
    expect(footer().includes(' a arm ')).toBe(mode !== 'enforce');
    command('policy.open');
    expect(footer()).toContain(words);
  });

  test('the stream: resume while paused, newest while it is scrolled back, follow only then', () => {
    const it = opened();
    const more = () => {
      const { buffer, bytes } = pack(Array.from({ length: 30 }, () => ({ pid: 9 })));
      it.state.store.add(buffer, bytes);
      it.panes.stream.lines(SIZE);
    };
    more();
    expect(it.footer()).toMatch(/^ Enter detail {2}\/ filter {2}p pause /);
    expect(it.footer()).not.toContain('follow');
    it.command('stream.pause');
    expect(it.footer()).toMatch(/^ p resume {2}Enter detail /);
    expect(it.footer()).not.toContain('pause');
    it.command('stream.pause', 'move.first');
    expect(it.footer()).toMatch(/^ End newest {2}Enter detail /);
    expect(it.footer()).toContain(' F follow ');
    it.command('stream.pause');
    expect(keysAt(it, NARROW).slice(0, 2)).toEqual(['p', 'End']);
  });

  test('tagged rows, and what was found', () => {
    const it = opened();
    it.command('move.first', 'row.tag', 'row.tag');
    it.state.notice = undefined;
    expect(it.footer()).toContain(' c copy 2 tagged  U untag ');
    expect(it.footer()).not.toContain(' c copy  ');
    it.command('row.untag', 'find.open');
    it.press('x', 'enter');
    it.state.notice = undefined;
    expect(it.footer()).toContain(' n/N next/previous ');
    it.press('escape');
    expect(it.footer()).not.toContain('next/previous');
  });

  test('around an event: its own keys; p leaves the hidden stream as it is, and says so', () => {
    const it = opened();
    it.command('row.around');
    expect(keysAt(it, NARROW).slice(0, 4)).toEqual(['+/-', 't', 'Enter', '?']);
    expect(keysAt(it, 300).slice(0, 4)).toEqual(['+/-', 't', 'Enter', 'Esc']);
    expect(it.footer()).not.toMatch(/pause|resume|follow/);
    it.command('stream.pause');
    expect(it.state.notice?.text).toMatch(/^Esc first/);
    expect(it.panes.isPaused()).toBe(false);
    it.press('escape', 'escape');
    it.command('stream.pause', 'row.around', 'stream.pause');
    expect(it.panes.isPaused()).toBe(true);
  });
});

describe('what is said', () => {
  const LONG = 'one two three four five six seven eight nine ten eleven twelve thirteen';
  const lines = ({ frame, resize }: ReturnType<typeof opened>, width: number) => {
    resize(width);
    const { lowerRule, footer } = frame.lines(width, Date.now());
    return [plain(lowerRule), plain(footer)].map((line) => line.trimEnd());
  };

  test('a short one is in the footer; one that is too long begins in the rule above it', () => {
    const it = opened();
    say(it.state, 'short');
    expect(lines(it, 60)[0]).toMatch(/^─+$/);
    expect(lines(it, 60)[1]).toMatch(/^ short /);
    say(it.state, LONG);
    expect(lines(it, 60)[0]).toBe(' one two three four five six seven eight nine ten eleven');
    expect(lines(it, 60)[1]).toMatch(/^ twelve thirteen/);
    expect(lines(it, 120)[1]).toMatch(/^ one two .* thirteen/);
  });

  test('a menu keeps its keys, a line that is typed its letters: it stands above them', () => {
    for (const id of ['stream.marks', 'app.palette'] as const) {
      const it = opened();
      it.command('stream.mark', id);
      const before = lines(it, 60)[1];
      say(it.state, LONG, 'warning');
      expect(lines(it, 60)[0]).toMatch(/^ one two .*…$/);
      expect(lines(it, 60)[1]).toBe(before);
    }
  });

  test('the whole screen is the view’s: what is said has the footer alone', () => {
    const it = opened({ isZoomed: true });
    say(it.state, LONG);
    expect(lines(it, 60)[1]).toMatch(/^ one two .*…$/);
  });
});

describe('the header', () => {
  const header = (it: ReturnType<typeof opened>) => plain(it.frame.lines(120, Date.now()).header);

  test('a blown fuse stays there until the policies were looked at', () => {
    const blown = policy({ fuseBlown: true, mode: 'monitor' });
    const it = opened({ policies: [blown] });
    expect(header(it)).toContain('fuse blown');
    it.command('view.policies');
    expect(header(it)).not.toContain('fuse blown');
    it.command('view.tree');
    expect(header(it)).not.toContain('fuse blown');
    // Armed again, it blows again.
    it.state.policies = [{ ...blown, mode: 'enforce' }];
    expect(header(it)).not.toContain('fuse blown');
    it.state.policies = [blown];
    expect(header(it)).toContain('fuse blown');
  });

  test('read-only, and errors in policy files', () => {
    expect(header(opened())).not.toMatch(/read-only|error/);
    const it = opened({ readOnly: true, problems: ['a.yaml:1:1: x', 'a.yaml:2:1: y'] });
    expect(header(it)).toContain('  2 errors  read-only');
  });
});

describe('w, what happened around an event', () => {
  const head = ({ panes }: ReturnType<typeof opened>) => plain(panes.stream.lines(SIZE)[0] ?? '');

  test.each([
    ['by its key', (it: ReturnType<typeof opened>) => it.press('w')],
    [
      'by the palette',
      (it: ReturnType<typeof opened>) => it.press(':', ...'What happened', 'enter'),
    ],
  ])('%s it takes the event of the open detail, whatever view that is in', (_how, ask) => {
    for (const view of ['view.stream', 'view.tree'] as const) {
      const it = opened();
      it.command(view);
      it.openedDetail(1);
      ask(it);
      expect(it.state).toMatchObject({ view: 'stream', overlay: undefined });
      expect(head(it)).toMatch(/^ around .* x \(8\), /);
    }
  });

  test('a process alone has none', () => {
    const it = opened();
    it.command('view.tree');
    it.panes.tree.lines(SIZE);
    it.press('w');
    expect(it.state.notice?.text).toContain('there is no event here');
    it.openedDetail(undefined);
    it.press('w');
    expect(it.state.overlay?.kind).toBe('detail');
    expect(it.state.view).toBe('tree');
    expect(head(it)).not.toContain('around');
  });
});
