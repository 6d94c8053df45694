import type { EventKind } from '../events/types.ts';
import { UsageError } from './optionValues.ts';

/** Words of --enable-ancestors, which are Tetragon's, with the kinds of events that they stand for. */
const KINDS = {
  base: ['process_exec', 'process_exit'],
  kprobe: ['process_kprobe'],
  tracepoint: ['process_tracepoint'],
  uprobe: ['process_uprobe'],
  usdt: ['process_usdt'],
  lsm: ['process_lsm'],
  loader: ['process_loader'],
} satisfies Readonly<Record<string, readonly EventKind[]>>;

const isWord = (word: string): word is keyof typeof KINDS => Object.hasOwn(KINDS, word);

/** The kinds of events that the words stand for. As in Tetragon, none goes without `base`. @throws UsageError */
export function ancestorKinds(words: readonly string[]): EventKind[] {
  const kinds = words.flatMap((word) => {
    if (isWord(word)) return KINDS[word];
    const all = Object.keys(KINDS).join(', ');
    throw new UsageError(`--enable-ancestors: unknown kind "${word}"; there are ${all}`);
  });
  if (kinds.length > 0 && !words.includes('base'))
    throw new UsageError('--enable-ancestors: the other kinds need base: add it');
  return kinds;
}
