import { expect, test } from 'vitest';
import { slices } from '../../../src/ui/slices.ts';
import { setUpStream } from './streamSetUp.ts';

/** Nobody else's search gets any time in this turn of the event loop. */
const useUpTurn = () =>
  slices
    .start({
      slice(isOver) {
        while (!isOver());
        return true;
      },
      onProgress() {},
    })
    .work();

test('for a reader: what matches is told when it has been found, though that takes some turns', async () => {
  const { pane, add } = setUpStream();
  pane.filter?.set('tenth');
  expect(pane.news(10).lines).toEqual([]);
  useUpTurn();
  add(100);
  const told = [...pane.news(100).lines];
  for (let turn = 0; turn < 5; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
    told.push(...pane.news(100).lines);
  }
  expect(told.map((line) => /n(\d+)n tenth/.exec(line)?.[1])).toEqual(
    Array.from({ length: 10 }, (_, at) => String(at * 10)),
  );
});
