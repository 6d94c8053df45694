import type { BinaryFilter, PidFilter } from '../model.ts';
import { stateParts } from '../words/processes.ts';
import { taskFacts } from './facts.ts';
import { type Case, listed } from './template.ts';

/** The processes that a selector is about: `any process other than /usr/bin/apt, or what it starts,`. */
export function who(about: Case): string {
  const { selector, shown } = about;
  if (!selector) return 'any process';
  const { matchBinaries, matchParentBinaries, matchPIDs } = selector;
  const noun = [
    matchBinaries ? program(matchBinaries, shown) : '',
    ...pidParts(matchPIDs, matchBinaries === undefined, shown),
  ]
    .filter((part) => part !== '')
    .join(' ');
  const conditions = [
    ...taskFacts(about),
    ...(matchParentBinaries ? [parents(matchParentBinaries, shown)] : []),
    ...stateParts(selector, (values) => listed(values, shown)),
  ];
  return [noun || 'any process', conditions.join(' and ')].filter((part) => part !== '').join(' ');
}

function program({ operator, values, followChildren }: BinaryFilter, shown: number): string {
  const list = listed(values, shown);
  const what = values.length > 1 ? 'they start' : 'it starts';
  const children = followChildren ? `, or what ${what},` : '';
  const areFolders = values.every((value) => value.endsWith('/'));
  switch (operator) {
    case 'In':
      return `any ${list}${children}`;
    case 'NotIn':
      return `any process other than ${list}${children}`;
    case 'Prefix':
      return `any program ${areFolders ? 'below' : 'whose path begins with'} ${list}`;
    case 'NotPrefix':
      return `any program ${areFolders ? 'not below' : 'whose path does not begin with'} ${list}`;
    case 'Postfix':
      return `any program whose path ends in ${list}`;
    case 'NotPostfix':
      return `any program whose path does not end in ${list}`;
  }
}

function parents(filter: BinaryFilter, shown: number): string {
  const { operator, values, followChildren } = filter;
  const list = listed(values, shown);
  const children = followChildren
    ? ` or by what ${values.length > 1 ? 'they start' : 'it starts'}`
    : '';
  if (operator === 'In') return `started by ${list}${children}`;
  if (operator === 'NotIn') return `not started by ${list}${children}`;
  return `started by a ${program(filter, shown).replace(/^any /, '')}`;
}

/** Filters that differ only in their numbers are told together. */
function pidParts(filters: readonly PidFilter[], isAlone: boolean, shown: number): string[] {
  const groups = new Map<string, PidFilter & { numbers: number[] }>();
  for (const filter of filters) {
    // All must hold: to be none of several is to be outside them all, to be one of each is not.
    const key = JSON.stringify([
      filter.operator,
      filter.isNamespacePID,
      filter.followForks,
      filter.operator === 'In' ? groups.size : 0,
    ]);
    const group = groups.get(key) ?? { ...filter, numbers: [] };
    group.numbers.push(...filter.values);
    groups.set(key, group);
  }
  return [...groups.values()].map(
    ({ operator, numbers, isNamespacePID, followForks }, position) => {
      const list = `process ${listed(numbers.map(String), shown)}${isNamespacePID ? ' of its pid namespace' : ''}`;
      const descendants = followForks
        ? `, or ${numbers.length > 1 ? 'their' : 'its'} descendants,`
        : '';
      if (operator === 'In')
        return `${isAlone && position === 0 ? '' : 'that is '}${list}${descendants}`;
      return `${isAlone && position === 0 ? 'any process ' : 'and '}other than ${list}${descendants}`;
    },
  );
}
