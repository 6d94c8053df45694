/** What is said of a recording, and of several agents: header, notices, the page of nodes. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { FromAgent, NodeStatus, ToAgent } from '../../../src/agent/messages.ts';
import { createCoverLines } from '../../../src/ui/coverLines.ts';
import { takeNodes } from '../../../src/ui/features/nodes.ts';
import { createFrame } from '../../../src/ui/frame.ts';
import { takeRecording } from '../../../src/ui/recording.ts';
import { toAscii } from '../../../src/ui/text/ascii.ts';
import { nodeLines } from '../../../src/ui/views/nodeLines.ts';
import { playback } from './playbackSample.ts';
import { DARK, plain, policy } from './samples.ts';
import { setUp } from './setUp.ts';

function framed(change: Parameters<typeof setUp>[0] = {}) {
  const it = setUp(change);
  const { state, panes } = it;
  const look = { theme: DARK, ascii: false, userNames: new Map<number, string>() };
  const size = () => ({ width: 80, height: 10 });
  const covers = createCoverLines({ state, panes, ...look, size });
  const host = () => ({ kernel: '6.18', uptimeSeconds: 90 });
  const frame = createFrame({ state, panes, covers, node: 'n', host, ...look, size });
  const line = (part: 'header' | 'footer', width = 120) =>
    plain(frame.lines(width, Date.now())[part]);
  return { ...it, frame, line };
}

type Told = Extract<FromAgent, { type: 'recording' }>;
const told = (change: Partial<Told> = {}): Told => ({
  ...{ type: 'recording', path: '/tmp/a.trigon.zst', events: 1200, bytes: 12_300_000 },
  ...change,
});

const tellNobody = () => {};

describe(':record', () => {
  test('asks for a file, whose default names the node; the path is sent whole', () => {
    const {
      state,
      told: sent,
      actions,
      press,
    } = setUp({
      source: { kind: 'agent', title: 'web 1/x' },
    });
    actions.run('app.record');
    const { overlay } = state;
    const footer = overlay?.kind === 'dialog' ? (overlay.dialog.footer?.(120) ?? '') : '';
    expect(plain(footer)).toMatch(/record to: \.\/trigon-web-1-x-\d{8}T\d{6}\.trigon\.zst/);
    press('ctrl+u', ...'s.zst', 'enter');
    expect(sent).toEqual([{ type: 'record', path: join(process.cwd(), 's.zst') }]);
    actions.run('app.record', '/x/y.zst');
    expect(sent.at(-1)).toEqual({ type: 'record', path: '/x/y.zst' });
    actions.run('app.record', '/x/');
    expect(sent).toHaveLength(2);
    expect(state.notice).toMatchObject({ level: 'warning' });
  });

  test('the second time it stops; another file is refused meanwhile', () => {
    const { state, told: sent, actions } = setUp();
    takeRecording(state, told(), tellNobody);
    actions.run('app.record', 'other.zst');
    expect(sent).toEqual([]);
    expect(state.notice?.text).toContain('/tmp/a.trigon.zst is recorded');
    actions.run('app.record');
    expect(sent).toEqual([{ type: 'record', path: undefined }]);
    takeRecording(state, told({ path: undefined }), tellNobody);
    expect(state.recording).toBeUndefined();
    expect(state.notice?.text).toBe('recorded 1200 events, 12 MB in /tmp/a.trigon.zst');
  });

  test('of one that begins the agent gets the marks that are set, once', () => {
    const { state, told: sent } = setUp();
    const tell = (message: ToAgent) => sent.push(message);
    state.marks.toggle(1, 5, { at: 5n, execId: 'x' });
    const [mark] = state.marks.list();
    state.marks.rename(mark?.number ?? 0, 'here');
    takeRecording(state, told(), tell);
    takeRecording(state, told({ events: 1300 }), tell);
    expect(sent).toEqual([
      { type: 'mark', mark: { time: 5n, execId: 'x', label: 'here' }, isSet: true },
    ]);
    takeRecording(state, told({ path: '/tmp/b.trigon.zst' }), tell);
    expect(sent).toHaveLength(2);
  });

  test('marks of a screen that changes nothing for others are its own', () => {
    const {
      state,
      told: sent,
      actions,
    } = setUp({
      source: { kind: 'attached', title: 'agent pid 1' },
      readOnly: true,
    });
    actions.run('stream.mark');
    takeRecording(state, told(), (message) => sent.push(message));
    expect(state.marks.size).toBe(1);
    expect(sent.filter(({ type }) => type === 'mark')).toEqual([]);
    expect(state.notice?.level).not.toBe('warning');
  });

  test('the header says it in words, at every width', () => {
    const { state, line } = framed();
    expect(line('header')).not.toContain('REC');
    takeRecording(state, told(), tellNobody);
    for (const width of [60, 80, 120, 200]) {
      expect(line('header', width)).toContain('● REC 12 MB');
      expect(toAscii(line('header', width))).toContain('* REC 12 MB');
    }
    takeRecording(state, told({ error: 'no space left on device' }), tellNobody);
    expect(line('header')).toContain('REC stuck at 12 MB');
    expect(state.notice).toMatchObject({ level: 'warning' });
    expect(state.notice?.text).toContain('no space left on device');
    takeRecording(state, told(), tellNobody);
    expect(state.notice?.text).toContain('goes on');
  });

  test('why it could not begin, or ended by itself', () => {
    const { state } = setUp();
    const failed = { path: undefined, events: 0, bytes: 0, error: '/x exists; take another name' };
    takeRecording(state, told(failed), tellNobody);
    expect(state.notice).toMatchObject({
      ...{ text: 'not recorded: /x exists; take another name', level: 'warning' },
    });
  });
});

describe('the header', () => {
  test('of a replay: the file, and nothing of this host', () => {
    const armed = policy({ mode: 'enforce' });
    const { line, frame } = framed({
      ...{ source: { kind: 'replay', title: 'a\x1b.jsonl' }, playback: playback() },
      ...{ policies: [armed], readOnly: true },
    });
    expect(line('header')).toContain('replay: a\\x1b.jsonl');
    expect(line('header', 60)).toContain('● replay: a');
    expect(line('header')).not.toMatch(/6\.18|up 00|ARMED|read-only/);
    expect(frame.lines(120, 0).playback.map(plain)).toEqual([expect.stringContaining('▶ playing')]);
    expect(line('footer')).toContain(', pause');
    expect(line('footer')).not.toContain('disarm');
  });

  test('of an agent that runs by itself', () => {
    const { line, frame } = framed({ source: { kind: 'attached', title: 'agent pid 4711' } });
    expect(line('header')).toContain('attached: agent pid 4711');
    expect(frame.lines(120, 0).playback).toEqual([]);
  });
});

const node = (change: Partial<NodeStatus> = {}): NodeStatus => ({
  ...{ address: '10.0.0.1:54321', node: 'web-1', version: 'v1.6.0', state: 'connected' },
  events: 12_345,
  ...change,
});

describe('several agents', () => {
  test('the header counts those that are connected', () => {
    const { state, line } = framed({ source: { kind: 'tetragon', title: '10.0.0.1:54321' } });
    takeNodes(state, [node()]);
    expect(line('header')).toContain('attached: 10.0.0.1:54321');
    takeNodes(state, [node(), node({ address: 'b' })]);
    expect(line('header')).toContain('  2 nodes');
    takeNodes(state, [node(), node({ address: 'b', state: 'connecting' })]);
    expect(line('header')).toContain('1 of 2 nodes');
  });

  test('changes are said once', () => {
    const { state } = setUp();
    const said = (...nodes: NodeStatus[]) => {
      state.notice = undefined;
      takeNodes(state, nodes);
      return state.notice as { text: string } | undefined;
    };
    expect(said(node({ state: 'connecting' }))).toBeUndefined();
    expect(said(node())?.text).toBe('web-1 is connected');
    expect(said(node({ events: 12_346 }))).toBeUndefined();
    expect(said(node({ state: 'connecting' }))?.text).toContain('web-1 is lost');
    expect(said(node({ state: 'failed', reason: 'refused\n' }))?.text).toBe('web-1: refused\\n');
  });

  test('the page: a row each, with the reason below', () => {
    const { state, actions } = setUp();
    takeNodes(state, [
      node(),
      node({ address: 'unix:///x', node: '', state: 'failed', reason: 'no such file', events: 0 }),
    ]);
    actions.run('app.nodes');
    const { overlay } = state;
    const lines =
      overlay?.kind === 'dialog' ? overlay.dialog.lines({ width: 100, height: 20 }) : [];
    expect(lines.map((one) => plain(one).trimEnd())).toEqual([
      ' NODE   STATE      EVENTS  VERSION  ADDRESS',
      ' web-1  connected  12,345  v1.6.0   10.0.0.1:54321',
      '        failed          0  v1.6.0   unix:///x',
      '     no such file',
    ]);
    for (const width of [60, 80])
      for (const one of nodeLines(state.nodes, { theme: DARK, ascii: true }, width))
        expect(plain(one).length).toBeLessThanOrEqual(width);
  });

  test('of a single agent of our own there is nothing to list', () => {
    expect(nodeLines([], { theme: DARK, ascii: false }, 80).map(plain)).toEqual([
      ' all events come from one agent of Trigon’s own',
    ]);
  });
});
