/** What the footer offers: only what does something there. */
import { describe, expect, test } from 'vitest';
import { createCoverLines } from '../../../src/ui/coverLines.ts';
import { openDetail } from '../../../src/ui/detail.ts';
import { createFrame } from '../../../src/ui/frame.ts';
import { setOverlay } from '../../../src/ui/overlay.ts';
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
  const size = () => SIZE;
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
  return { ...it, footer, frame, openedDetail };
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
