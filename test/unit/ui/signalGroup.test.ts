import { expect, test } from 'vitest';
import { setUp } from './setUp.ts';
import { treeProcess } from './treeSamples.ts';

const SIZE = { width: 100, height: 20 };

/** `count` processes in the tree, all of them tagged, and the menu for them opened. */
function opened(count: number) {
  const all = setUp();
  const changed = Array.from({ length: count }, (_, at) =>
    treeProcess(at + 1, { parent: undefined }),
  );
  all.state.tree.apply({ reset: true, changed, removed: [] });
  for (const { key, pid } of changed)
    all.state.tags.toggleProcess({ key, pid, ktime: BigInt(pid) });
  all.command('view.tree', 'row.signal');
  all.press('3', 'enter');
  let answered = 0;
  /** Answers all questions that are open. @param alive whether this one may get a signal */
  const answer = async (alive: (pid: number) => boolean) => {
    const asked = all.told.flatMap((message) => (message.type === 'find-target' ? message : []));
    for (const { request, process } of asked.slice(answered)) {
      const target = {
        pid: process.pid,
        binary: '/bin/a\x1b',
        arguments: '',
        uid: 0,
        startedAt: 0,
      };
      all.targets.onAnswer({
        ...{ type: 'target', request },
        answer: alive(process.pid) ? { target } : { refusal: 'it has ended' },
      });
    }
    answered = asked.length;
    await new Promise((resolve) => setImmediate(resolve));
  };
  const lines = () => {
    const { overlay } = all.state;
    return overlay?.kind === 'dialog' ? overlay.dialog.lines(SIZE) : [];
  };
  const sent = () => all.told.filter((message) => message.type === 'signal');
  return { ...all, answer, lines, sent };
}

test('the title says who they are and how many get none; only those who may get one do', async () => {
  const { answer, lines, press, sent } = opened(3);
  expect(lines()[0]).toContain('signal for 3 tagged processes');
  expect(lines()[2]).toContain('asking who they are: 0 of 3');
  press('down', 'enter');
  expect(sent()).toEqual([]);
  await answer((pid) => pid !== 2);
  expect(lines()[0]).toContain(
    'signal for 2 of 3 tagged processes, 1 gets none: 1 "a\\x1b", 3 "a\\x1b"',
  );
  press('enter');
  expect(sent()).toMatchObject([{ signal: 'SIGTERM', processes: [{ pid: 1 }, { pid: 3 }] }]);
});

test('when all of them have ended there is only Cancel, and why', async () => {
  const { answer, lines, press, sent } = opened(2);
  await answer(() => false);
  expect(lines()[2]).toContain('it has ended');
  press('down', 'enter', '3', 'enter');
  expect(sent()).toEqual([]);
});

test('more than can be asked at once are asked one lot after the other, until the menu is left', async () => {
  const { answer, lines, press, told } = opened(40);
  const asked = () => told.filter(({ type }) => type === 'find-target').length;
  await answer(() => true);
  expect(lines()[2]).toContain('8 of 40');
  expect(asked()).toBe(16);
  press('escape');
  await answer(() => true);
  expect(asked()).toBe(16);
});
