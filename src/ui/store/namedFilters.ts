import type { View } from '../commands.ts';

/** A filter under a name. */
export type NamedFilter = { readonly name: string; readonly text: string };

type FilteredView = Exclude<View, 'policies'>;

type BuiltIn = { readonly name: string } & Readonly<Partial<Record<FilteredView, string>>>;

/** Filters that are always there, in the words of each list. */
const BUILT_IN_FILTERS: readonly BuiltIn[] = [
  {
    name: 'failures',
    stream: 'status!=0 OR signal:*',
    tree: 'ending!=0',
    binaries: 'failures>0',
  },
  { name: 'root', stream: 'uid=0', tree: 'uid=0', alerts: 'uid=0' },
  { name: 'not root', stream: 'uid>0', tree: 'uid>0', alerts: 'uid>0' },
  { name: 'containers', stream: 'container:*', tree: 'container:*' },
  { name: 'policy events', stream: 'policy:*', tree: 'hits>0', binaries: 'hits>0' },
  { name: 'network', stream: 'address:*', binaries: 'network>0' },
  { name: 'files', stream: 'policy:* path:*', binaries: 'files>0' },
  {
    name: 'kills',
    stream: 'outcome:killed',
    tree: 'kills>0',
    binaries: 'kills>0',
    alerts: 'killed>0',
  },
  {
    name: 'denials',
    stream: 'outcome:denied',
    binaries: 'denials>0',
    alerts: 'denied>0',
  },
  { name: 'severe', stream: 'severity>=high', alerts: 'severity>=high' },
  { name: 'running', tree: 'state:running', binaries: 'running>0' },
  { name: 'starts of programs', stream: 'event:exec' },
];

/** Those that a list can be narrowed by. */
export const builtInFilters = (view: View): NamedFilter[] =>
  BUILT_IN_FILTERS.flatMap(({ name, ...texts }) => {
    const text = view === 'policies' ? undefined : texts[view];
    return text === undefined ? [] : [{ name, text }];
  });

const LONGEST_NAME = 40;

/** Why a text can't be a name, or undefined. */
export function nameMistake(name: string): string | undefined {
  const trimmed = name.trim();
  if (trimmed === '') return 'a name is needed';
  if ([...trimmed].length > LONGEST_NAME) return `at most ${LONGEST_NAME} characters`;
  if (/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.test(trimmed))
    return 'letters, digits, signs and blanks only';
  return undefined;
}
