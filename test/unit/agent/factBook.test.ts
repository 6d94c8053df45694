import { expect, test } from 'vitest';
import { createFactBook } from '../../../src/agent/factBook.ts';
import { inPieces } from '../../../src/agent/pieces.ts';
import type { Fact } from '../../../src/events/facts.ts';

const container = (id: string, text = ''): Fact => ({
  ...{ kind: 'container', id, name: '', image: text, imageId: '', labels: {} },
});
const known = (book: { all(): Iterable<Fact> }) =>
  [...book.all()].flatMap((fact) => (fact.kind === 'container' ? fact.id : []));

test('the texts of all containers are bounded together: the oldest go, what was told last is there', () => {
  const book = createFactBook(100_000);
  for (let i = 0; i < 1000; i++) book.learn([container(String(i), 'x'.repeat(1000))]);
  expect(known(book).length).toBeGreaterThan(50);
  expect(known(book).length).toBeLessThan(100);
  expect(known(book).at(-1)).toBe('999');
  expect(book.container('1')).toBeUndefined();
  // The same one again and again takes the room of one.
  for (let i = 0; i < 1000; i++) book.learn([container('999', 'y'.repeat(1000))]);
  expect(known(book).length).toBeGreaterThan(50);
  expect(book.container('999')?.image).toBe('y'.repeat(1000));
});

test('what is longer than anything of its kind is not learnt', () => {
  const book = createFactBook();
  book.learn([
    container('1', 'x'.repeat(300_000)),
    { kind: 'name', address: '::1', name: 'x'.repeat(3000) },
    { kind: 'sha256', executable: '1:2:3:4', sha256: 'a'.repeat(300) },
    { kind: 'name', address: '::2', name: 'here' },
  ]);
  expect([...book.all()]).toEqual([{ kind: 'name', address: '::2', name: 'here' }]);
});

test('who goes through all of it gets what is learnt meanwhile as it is then', () => {
  const book = createFactBook();
  book.learn([container('1'), container('2', 'old')]);
  const all = book.all()[Symbol.iterator]();
  expect(all.next().value).toMatchObject({ id: '1' });
  book.learn([container('2', 'new')]);
  expect(all.next().value).toMatchObject({ id: '2', image: 'new' });
  expect(all.next().done).toBe(true);
});

test('pieces have as much as they may, in order; what is too large for any is named', () => {
  const left: string[] = [];
  const items = ['a'.repeat(10), 'b'.repeat(10), 'c'.repeat(50), 'd'.repeat(25), 'e', 'f'];
  const pieces = inPieces(items, { most: 27, mostOfOne: 40 }, (item) => left.push(item));
  expect([...pieces]).toEqual([[items[0], items[1]], [items[3]], ['e', 'f']]);
  expect(left).toEqual([items[2]]);
  expect([...inPieces([], { most: 1 })]).toEqual([]);
});
