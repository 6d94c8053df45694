/** The menu of what to copy: of rows, of what becomes known later, of a program's page. */
import { expect, test } from 'vitest';
import type { ProcessDescription } from '../../../src/agent/inspect/types.ts';
import type { BinaryProfile } from '../../../src/agent/messages.ts';
import type { Process } from '../../../src/events/types.ts';
import { policyCopies } from '../../../src/ui/rowCopies.ts';
import { createEventStore } from '../../../src/ui/store/eventStore.ts';
import { process } from '../events/helpers.ts';
import { plain } from './samples.ts';
import { setUp } from './setUp.ts';
import { pack } from './streamSetUp.ts';
import { counters, treeProcess } from './treeSamples.ts';

const menuOf = ({ state }: ReturnType<typeof setUp>, width = 80, height = 20): string[] =>
  state.overlay?.kind === 'dialog' ? state.overlay.dialog.lines({ width, height }).map(plain) : [];

const names = (it: ReturnType<typeof setUp>) =>
  menuOf(it).flatMap((line) => /^ \d {2}(\S+(?: \S+)*?) {2}/.exec(line)?.[1] ?? []);

const description = (lineage: Process[]): ProcessDescription => ({
  ...{ lineage, steps: [], environment: undefined, cgroup: '', container: undefined },
});

const none = { entries: [], others: 0 };
const profile = (binary: string): BinaryProfile => ({
  ...{ counters: counters(binary), history: [], ran: none, ranBy: none, users: none },
  ...{ endings: none, files: none, addresses: none, policies: none },
});

test('what the agent answers stands below what is on the screen already: no digit gets another meaning', () => {
  const it = setUp();
  const changed = [treeProcess(7)];
  it.state.tree.apply({ reset: true, changed, removed: [] });
  it.command('view.tree');
  it.panes.tree.lines({ width: 80, height: 10 });
  it.command('row.copy');
  expect(names(it)).toEqual(['pid']);
  const asked = it.told.find((message) => message.type === 'describe');
  if (asked?.type !== 'describe') throw new Error('not asked');
  const known = process({ pid: 7, binary: '/usr/bin/p7', docker: 'a1b2' });
  it.actions.onDescription(asked.request, description([known]));
  expect(names(it)).toEqual(['pid', 'binary', 'container']);
  it.press('1');
  expect(it.asked).toEqual(['copy 7']);
  expect(it.state.overlay).toBeUndefined();
});

test('c in a program’s page copies that program, wherever the list’s cursor is by now', () => {
  const it = setUp();
  const programs = [counters('/usr/bin/curl', { execs: 12 }), counters('/bin/b', { execs: 3 })];
  it.state.binaries.apply({ reset: true, changed: programs, removed: [] }, 0);
  it.command('view.binaries');
  it.panes.binaries.lines({ width: 120, height: 10 });
  it.command('binary.detail');
  it.state.binaryAnswer = { request: 1, profile: profile('/usr/bin/curl') };
  menuOf(it);
  it.panes.binaries.run('move.down', { width: 120, height: 10 });
  it.command('row.copy');
  expect(names(it)).toEqual(['line', 'path', 'JSON']);
  it.press('2');
  expect(it.asked).toEqual(['copy /usr/bin/curl']);
  // Back on the page.
  expect(menuOf(it).join('\n')).toContain('/usr/bin/curl');
});

test('a menu of many choices on a small screen is scrolled', () => {
  const it = setUp({ store: createEventStore(100) });
  const { buffer, bytes } = pack([{ args: 'a' }, { args: 'b' }]);
  it.state.store.add(buffer, bytes);
  it.command('row.tag', 'row.copy');
  const all = names(it).length;
  expect(all).toBeGreaterThan(5);
  expect(menuOf(it, 80, 5)).toHaveLength(5);
  it.press('end', 'enter');
  expect(it.asked[0]).toMatch(/^copy \{/);
});

test('several problems of a policy’s file: the menu shows the first, all are copied', () => {
  const problems = ['1:2: no \x1b[2J such field', '3:4: another'];
  const [, problem] = policyCopies(
    { kind: 'file', key: '/p.yaml', file: { file: '/p.yaml', problems } },
    '',
  );
  expect(problem?.preview).toBe('the first of 2: 1:2: no \\x1b[2J such field');
  expect(problem?.text).toBe('1:2: no \\x1b[2J such field\n3:4: another');
});
