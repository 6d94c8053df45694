import { expect, test } from 'vitest';
import { createRecency } from '../../../src/agent/aggregate/recency.ts';
import { createRandom } from '../../screen/terminal/random.ts';

type Item = { name: number; older: Item | undefined; newer: Item | undefined };

test('like an array that things are moved in', () => {
  const random = createRandom(11);
  const items = Array.from(
    { length: 8 },
    (_, name): Item => ({ name, older: undefined, newer: undefined }),
  );
  const recency = createRecency<Item>();
  let plain: Item[] = [];
  for (let i = 0; i < 2000; i++) {
    const item = items[random.below(8)];
    if (!item) throw new Error('no item');
    plain = plain.filter((other) => other !== item);
    if (random.below(3) === 0) recency.remove(item);
    else {
      recency.touch(item);
      plain.push(item);
    }
    const names: number[] = [];
    for (let at = recency.oldest; at; at = at.newer) names.push(at.name);
    expect(names).toEqual(plain.map(({ name }) => name));
  }
});
