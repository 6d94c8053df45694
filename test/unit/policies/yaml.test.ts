import { describe, expect, test } from 'vitest';
import { readYaml, type YamlNode, YamlSyntaxError } from '../../../src/policies/yaml.ts';

/** A node as plain data. */
function plain(node: YamlNode | undefined): unknown {
  switch (node?.kind) {
    case 'scalar':
      return node.value;
    case 'sequence':
      return node.items.map(plain);
    case 'mapping':
      return Object.fromEntries(node.entries.map(({ key, value }) => [key, plain(value)]));
    default:
      return undefined;
  }
}
const read = (source: string) => readYaml(source).map(plain);

describe('anchors, aliases, merge keys', () => {
  test.each<[string, string, unknown]>([
    ['an alias', 'a: &x [1, 2]\nb: *x', { a: ['1', '2'], b: ['1', '2'] }],
    ['an anchor set anew', 'a: &x 1\nb: *x\nc: &x 2\nd: *x', { a: '1', b: '1', c: '2', d: '2' }],
    [
      'merge: own keys win, after it',
      'a: &x {k: 1, l: 2}\nb:\n  <<: *x\n  k: 3',
      { a: { k: '1', l: '2' }, b: { k: '3', l: '2' } },
    ],
    [
      'merge: own keys win, before it',
      'a: &x {k: 1, l: 2}\nb:\n  k: 3\n  <<: *x',
      { a: { k: '1', l: '2' }, b: { k: '3', l: '2' } },
    ],
    [
      'merge of a list: the first wins',
      'b:\n  <<: [{k: 1}, {k: 2, l: 2}]',
      { b: { k: '1', l: '2' } },
    ],
    [
      'merge of a merge',
      'a: &a {k: 1}\nb: &b {<<: *a, l: 2}\nc: {<<: *b}',
      { a: { k: '1' }, b: { l: '2', k: '1' }, c: { l: '2', k: '1' } },
    ],
    ['a quoted "<<" is a key like any other', '"<<": {a: 1}', { '<<': { a: '1' } }],
    [
      'texts in every style',
      "a: |\n  x\n  y\nb: >-\n  x\n  y\nc: \"\\u00e9\\n\"\nd: 'it''s'",
      { a: 'x\ny\n', b: 'x y', c: 'é\n', d: "it's" },
    ],
  ])('%s', (_, source, expected) => {
    expect(read(source)).toEqual([expected]);
  });

  test('anchors end with their document', () => {
    expect(() => readYaml('a: &x 1\n---\nb: *x')).toThrow('no anchor "x"');
  });
});

test('nodes know where they stand, also when an alias brings them elsewhere', () => {
  const [root] = readYaml('# é\na: &x\n  - "one"\n  -   two\nb: *x\n');
  if (root?.kind !== 'mapping') throw new Error('no mapping');
  expect(root.entries.map(({ keyPosition }) => keyPosition)).toEqual([
    { line: 2, column: 1 },
    { line: 5, column: 1 },
  ]);
  const [a, b] = root.entries.map(({ value }) => value);
  expect(a).toMatchObject({
    items: [{ position: { line: 3 } }, { position: { line: 4, column: 7 } }],
  });
  expect(b).toBe(a);
});

describe('files that would unfold without end', () => {
  const failure = (source: string): YamlSyntaxError => {
    try {
      readYaml(source);
    } catch (error) {
      if (error instanceof YamlSyntaxError) return error;
      throw error;
    }
    throw new Error('it was read');
  };

  test('billion laughs', () => {
    const letters = 'abcdefghij';
    const lines = [...letters].map((letter, i) =>
      i === 0
        ? 'a: &a [x,x,x,x,x,x,x,x,x,x]'
        : `${letter}: &${letter} [${Array(10)
            .fill(`*${letters[i - 1]}`)
            .join(',')}]`,
    );
    expect(failure(lines.join('\n')).message).toBe('more than 100000 nodes, aliases included');
  });

  test('the same by merge keys', () => {
    const wide = `{${Array.from({ length: 1000 }, (_, i) => `k${i}: v`).join(', ')}}`;
    const many = Array(200).fill('*a').join(', ');
    expect(failure(`a: &a ${wide}\nb: {<<: [${many}]}`).message).toContain(
      'more than 100000 nodes',
    );
  });

  test('a node inside itself', () => {
    expect(failure('a: &a [*a]')).toMatchObject({
      message: 'no anchor "a" before this alias',
      position: { line: 1, column: 9 },
    });
  });

  test.each([
    ['a: {<<: text}', 'a merge key takes a mapping'],
    ['a: {<<: [{}, text]}', 'a merge key takes a mapping'],
  ])('%s', (source, message) => {
    expect(failure(source).message).toBe(message);
  });
});
