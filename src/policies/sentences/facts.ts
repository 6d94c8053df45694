import type { ArgumentFilter, HookArgument, Selector } from '../model.ts';
import { valueTexts } from '../words/values.ts';
import { bitsOf, MODE_BITS } from './numberNames.ts';
import { type Case, listed, textCondition } from './template.ts';

/** What policies ask of things found by `resolve`, in the kernel's own structures, as people would say it. */

/** Undefined: no words for this filter. */
type Fact = (filter: ArgumentFilter, about: Case) => string | undefined;

const SOCKET_INPUT = 'whose standard input is a socket';

/** Of the task at work (`source: current_task`): `of user 0 (root)`. */
const TASK_FACTS: readonly (readonly [path: RegExp, fact: Fact])[] = [
  [/^(?:real_)?cred\.uid\.val$/, (filter, about) => account('user', filter, about)],
  [/^cred\.euid\.val$/, (filter, about) => account('effective user', filter, about)],
  [/^cred\.gid\.val$/, (filter, about) => account('group', filter, about)],
  [/^loginuid\.val$/, (filter, about) => account('login user', filter, about)],
  [/^comm$/, (filter, about) => textCondition(filter, 'name', about)],
  [/^files\.fdt\.fd\[0\]\.f_inode\.i_mode$/, (filter) => isSocket(filter)],
  [
    /^files\.fdt\.fd\[0\]\.private_data$/,
    ({ operator, values }, { shown }) =>
      operator === 'Family'
        ? `${SOCKET_INPUT} (${listed(valueTexts(undefined, operator, values), shown)})`
        : undefined,
  ],
];

/** Of a file, program or file name that is an argument: `whose file name begins with memfd:`. */
const ARGUMENT_FACTS: typeof TASK_FACTS = [
  [
    /(?:^|\.)(?:__)?i_nlink$/,
    (filter) => (filter.operator === 'Equal' && isOnly(filter, 0n) ? 'that is deleted' : undefined),
  ],
  [/(?:^|\.)d_name\.name$/, (filter, about) => textCondition(filter, 'file name', about)],
  [/^filename$/, (filter, about) => textCondition(filter, 'path as given', about)],
  [/(?:^|\.)i_mode$/, (filter) => modeBit(filter)],
];

/** What filters on things found from the process ask, and on the data of its task. */
export const taskFacts = (about: Case): string[] => factsOf(about, TASK_FACTS, true);

/** What filters on things found from an argument ask. */
export const argumentFacts = (about: Case): string[] => factsOf(about, ARGUMENT_FACTS, false);

function factsOf(about: Case, facts: typeof TASK_FACTS, areOfTask: boolean): string[] {
  const { hook, selector, told } = about;
  const of = (among: readonly HookArgument[], filters: Selector['matchArgs'] = []): string[] =>
    filters.flatMap((filter) => {
      const argument = filter.arguments.length === 1 ? among[filter.arguments[0] ?? 0] : undefined;
      if (!argument || (argument.source === 'current_task') !== areOfTask) return [];
      const path = argument.resolve.join('.');
      const words = facts.find(([known]) => known.test(path))?.[1](filter, about);
      if (words === undefined) return [];
      told.add(filter);
      return [words];
    });
  const data = 'data' in hook ? hook.data : [];
  const words = [...of(hook.args, selector?.matchArgs), ...of(data, selector?.matchData)];
  // What kind of socket it is says that it is one.
  return words.filter(
    (each, at) => !words.some((other, index) => index !== at && other.startsWith(`${each} (`)),
  );
}

const isOnly = ({ values }: ArgumentFilter, number: bigint): boolean =>
  values.kind === 'ranges' &&
  values.ranges.every(([low, high]) => low === number && high === number);

/** Highest user id, and the one that stands for none. */
const LAST_IDS: readonly bigint[] = [0xfffffffen, 0xffffffffn];

function account(
  noun: string,
  { operator, values }: ArgumentFilter,
  { shown }: Case,
): string | undefined {
  if (values.kind !== 'ranges') return undefined;
  const article = noun.startsWith('e') ? 'an' : 'a';
  const [[low, high] = [0n, 0n]] = values.ranges;
  // As a range says what NotEqual 0 says.
  if (operator === 'InRange' && values.ranges.length === 1 && low === 1n && LAST_IDS.includes(high))
    return `of ${article} ${noun} other than 0 (root)`;
  const list = listed(
    valueTexts(undefined, operator, values, (id) => (id === 0n ? '0 (root)' : String(id))),
    shown,
  );
  switch (operator) {
    case 'Equal':
    case 'InRange':
    case 'InMap':
      return `of ${noun} ${list}`;
    case 'NotEqual':
    case 'NotInRange':
    case 'NotInMap':
      return `of ${article} ${noun} other than ${list}`;
    case 'GT':
    case 'GreaterThan':
      return `of ${article} ${noun} above ${list}`;
    case 'LT':
    case 'LessThan':
      return `of ${article} ${noun} below ${list}`;
    default:
      return undefined;
  }
}

/** S_IFMT and S_IFSOCK (linux/stat.h). */
const TYPE_BITS = 0o170000n;
const SOCKET = 0o140000n;

/** All modes that a socket may have, as one range. */
function isSocket({ operator, values }: ArgumentFilter): string | undefined {
  if (operator !== 'InRange' || values.kind !== 'ranges') return undefined;
  const areSockets = values.ranges.every(
    ([low, high]) => (low & TYPE_BITS) === SOCKET && (high & TYPE_BITS) === SOCKET,
  );
  return areSockets ? SOCKET_INPUT : undefined;
}

function modeBit({ operator, values }: ArgumentFilter): string | undefined {
  if (operator !== 'Mask' || values.kind !== 'ranges') return undefined;
  const names = values.ranges.flatMap(([mask]) =>
    bitsOf(mask).map((bit) => MODE_BITS.get(Number(bit))),
  );
  return names.includes(undefined) ? undefined : `with the ${[...new Set(names)].join(' or ')} bit`;
}
