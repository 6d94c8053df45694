/** The limits of a policy's text, found by trying. */
import { type Mapping, most, policyWith, withHook, withSelector } from './probe.ts';

type Limit = readonly [
  what: string,
  policyOf: (count: number) => Mapping,
  note?: string,
  /** The least that is right; 1 unless it is told. */
  from?: number,
];

const times = <T>(count: number, item: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => item(index));

const onFile = (operator: string, values: readonly string[]): Mapping => ({
  index: 0,
  operator,
  values,
});
const ofBytes = (operator: string) => (count: number) =>
  withSelector({ matchArgs: [onFile(operator, ['a'.repeat(count)])] });
const binary = (operator: string, first: string) => (count: number) =>
  withSelector({
    matchBinaries: [{ operator, values: [first + 'a'.repeat(count - first.length)] }],
  });
/** `matchPIDs` and its like: entries that are right as they stand. */
const entries = (name: string, entry: Mapping) => (count: number) =>
  withSelector({ [name]: times(count, () => entry) });
const oneArgument = (more: Mapping): Mapping =>
  withHook({ args: [{ index: 0, type: 'file', ...more }] });

const LIMITS: readonly Limit[] = [
  [
    'selectors of a hook',
    (count) => withHook({ selectors: times(count, () => ({})) }),
    'Tetragon: 5',
  ],
  ['filters of a selector', entries('matchPIDs', { operator: 'In', values: [1] })],
  ['`matchArgs` and `matchData` together', entries('matchArgs', onFile('Equal', ['/etc/hosts']))],
  [
    '`matchNamespaces`',
    entries('matchNamespaces', { namespace: 'Net', operator: 'In', values: ['host_ns'] }),
  ],
  [
    '`matchNamespaceChanges`',
    entries('matchNamespaceChanges', { operator: 'In', values: ['Net'] }),
  ],
  [
    '`matchBinaries`, and `matchParentBinaries`',
    entries('matchBinaries', { operator: 'In', values: ['/bin/sh'] }),
  ],
  ['`matchActions`, and `matchReturnActions`', entries('matchActions', { action: 'Post' })],
  [
    '`args` and `data` together',
    (count) => withHook({ args: times(count, () => ({ index: 0, type: 'int' })) }),
  ],
  [
    '`index` of an argument',
    (count) => withHook({ args: [{ index: count, type: 'int' }] }),
    'from 0',
  ],
  [
    '`index` of a tracepoint’s field',
    (count) =>
      policyWith({ tracepoints: [{ subsystem: 'a', event: 'b', args: [{ index: count }] }] }),
    'from 0; of a raw tracepoint as of a function',
  ],
  [
    '`sizeArgIndex`',
    (count) => withHook({ args: [{ index: 1, type: 'char_buf', sizeArgIndex: count }] }),
  ],
  ['steps of `resolve`', (count) => oneArgument({ resolve: times(count, () => 'a').join('.') })],
  ['`tags`', (count) => withHook({ tags: times(count, () => 'tag') })],
  [
    'bytes of a tag',
    (count) => withHook({ tags: ['a'.repeat(count)] }),
    'from 2; longer ones are cut',
    2,
  ],
  [
    'bytes of `message`',
    (count) => withHook({ message: 'a'.repeat(count) }),
    'from 2; a longer one is cut',
    2,
  ],
  [
    '`enforcers`',
    (count) => policyWith({ enforcers: times(count, () => ({ calls: ['sys_read'] })) }),
  ],
  [
    'values of SubString operators in a policy',
    (count) => withSelector({ matchArgs: [onFile('SubString', times(count, String))] }),
  ],
  [
    'CelExpr in a policy',
    (count) =>
      withHook({
        selectors: times(count, () => ({
          matchArgs: [{ operator: 'CelExpr', values: ['arg1 > 0'] }],
        })),
      }),
  ],
  ['bytes of a text: Equal', ofBytes('Equal')],
  ['bytes of a text: Prefix', ofBytes('Prefix')],
  ['bytes of a text: Postfix', ofBytes('Postfix')],
  ['bytes of a text: SubString', ofBytes('SubString')],
  ['bytes of a path in `matchBinaries`: In', binary('In', '/')],
  ['bytes of a path in `matchBinaries`: Prefix', binary('Prefix', '/')],
  ['bytes of a path in `matchBinaries`: Postfix', binary('Postfix', '')],
  [
    'characters of a policy’s name',
    (count) => ({ ...policyWith({ loader: true }), metadata: { name: 'a'.repeat(count) } }),
  ],
];

/** What is limited, how much, and a remark. */
export const limits = (): (readonly [what: string, most: number, note: string])[] =>
  LIMITS.map(([what, policyOf, note = '', from]) => [what, most(policyOf, from), note]);
