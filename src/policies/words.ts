import type { ArgumentFilter, Hook, Selector } from './model.ts';
import { parseWholeNumber } from './numbers.ts';

/** What a selector matches, in words: for the policy pane and the arming dialog. */
export function describeSelector(hook: Hook, selector: Selector): string {
  // The kind of access first, as one would say it: read, path begins with …
  const isText = (filter: ArgumentFilter) => hook.args[filter.argument]?.type === 'file';
  const parts = [
    ...selector.matchArgs.filter((filter) => !isText(filter)),
    ...selector.matchArgs.filter(isText),
  ].map((filter) => describeFilter(hook, filter));
  const { matchBinaries } = selector;
  if (matchBinaries) {
    const verb = matchBinaries.operator === 'In' ? 'by' : 'by anything but';
    parts.push(`${verb} ${joinOr(matchBinaries.values)}`);
  }
  return parts.length > 0 ? parts.join(', ') : 'every call';
}

/** MAY_* of include/linux/fs.h, for the access argument of file hooks. */
const ACCESS_WORDS: Readonly<Record<string, string>> = { '2': 'write', '4': 'read' };

function describeFilter(hook: Hook, filter: ArgumentFilter): string {
  const argument = hook.args[filter.argument];
  if (argument?.type === 'file')
    return `path ${PATH_VERBS[filter.operator]} ${joinOr(filter.values)}`;
  const words = filter.values.map(
    (value) => ACCESS_WORDS[String(parseWholeNumber(value))] ?? value,
  );
  return `${filter.operator === 'NotEqual' ? 'not ' : ''}${joinOr(words)}`;
}

const PATH_VERBS = {
  Equal: 'is',
  NotEqual: 'is not',
  Prefix: 'begins with',
  NotPrefix: 'does not begin with',
} as const satisfies Record<ArgumentFilter['operator'], string>;

function joinOr(values: readonly string[]): string {
  return values.join(' or ');
}
