/** Filters on the process behind a call: pids, namespaces, capabilities, binaries. */
import { tg_limit } from '../../generated/layouts.ts';
import { withoutLastNuls } from '../filterValues.ts';
import {
  type BinaryFilter,
  type CapabilityFilter,
  NAMESPACE_NAMES,
  type NamespaceChangeFilter,
  type NamespaceFilter,
  type NamespaceName,
  type PidFilter,
} from '../model.ts';
import { CAPABILITY_NUMBERS, numberOf } from '../namedNumbers.ts';
import { parseDecimal } from '../numbers.ts';
import {
  type Fields,
  list,
  type Place,
  readBoolean,
  readChoice,
  readFields,
  readItems,
  readNumber,
  readRequiredChoice,
  readTexts,
  report,
  reportMissing,
  warn,
} from './reader.ts';

const IN_OR_NOT = ['In', 'NotIn'] as const;

const UINT32_MAX = 0xffff_ffffn;

/** `values`, which must be there and not empty. */
function readValues(place: Place, fields: Fields): Place[] {
  const values = fields.get('values');
  if (!values) reportMissing(place, 'values');
  else if (values.node.kind === 'sequence' && values.node.items.length === 0)
    report(values, 'needs at least one value');
  return readItems(values);
}

const present = <T>(values: readonly (T | undefined)[]): T[] =>
  values.filter((value) => value !== undefined);

export function readPidFilter(place: Place): PidFilter {
  const fields = readFields(place, ['operator', 'values', 'isNamespacePID', 'followForks']);
  return {
    operator: readRequiredChoice(place, fields, 'operator', IN_OR_NOT) ?? 'In',
    values: present(readValues(place, fields).map((value) => readNumber(value))),
    isNamespacePID: readBoolean(fields.get('isNamespacePID')),
    followForks: readBoolean(fields.get('followForks')),
  };
}

export function readNamespaceFilter(place: Place): NamespaceFilter {
  const fields = readFields(place, ['namespace', 'operator', 'values']);
  readValues(place, fields);
  return {
    namespace: readRequiredChoice(place, fields, 'namespace', NAMESPACE_NAMES) ?? 'Pid',
    operator: readRequiredChoice(place, fields, 'operator', IN_OR_NOT) ?? 'In',
    values: readTexts(fields.get('values')).flatMap(
      ({ text, place: at }): (number | 'host_ns')[] => {
        if (text === 'host_ns') return ['host_ns'];
        const inode = parseDecimal(text);
        if (inode !== undefined && inode >= 0n && inode <= UINT32_MAX) return [Number(inode)];
        report(
          at,
          `"${text}" is not a namespace; allowed: host_ns, or an inode number (ls -l /proc/self/ns)`,
        );
        return [];
      },
    ),
  };
}

export function readNamespaceChangeFilter(place: Place): NamespaceChangeFilter {
  const fields = readFields(place, ['operator', 'values']);
  readValues(place, fields);
  return {
    operator: readRequiredChoice(place, fields, 'operator', IN_OR_NOT) ?? 'In',
    values: readTexts(fields.get('values')).flatMap(({ text, place: at }): NamespaceName[] => {
      const found = NAMESPACE_NAMES.find((name) => name.toLowerCase() === text.toLowerCase());
      if (found) return [found];
      report(at, `"${text}" is not a namespace; allowed: ${list(NAMESPACE_NAMES)}`);
      return [];
    }),
  };
}

export function readCapabilityFilter(place: Place): CapabilityFilter {
  const fields = readFields(place, ['type', 'operator', 'isNamespaceCapability', 'values']);
  readValues(place, fields);
  return {
    type: readChoice(fields.get('type'), ['Effective', 'Inheritable', 'Permitted']) ?? 'Effective',
    operator: readRequiredChoice(place, fields, 'operator', IN_OR_NOT) ?? 'In',
    isNamespaceCapability: readBoolean(fields.get('isNamespaceCapability')),
    values: readTexts(fields.get('values')).flatMap(({ text, place: at }) => {
      const number = numberOf(CAPABILITY_NUMBERS, text);
      if (number !== undefined) return [number];
      report(at, `"${text}" is not a capability; allowed: ${list([...CAPABILITY_NUMBERS.keys()])}`);
      return [];
    }),
  };
}

/** The kernel side keeps 255 bytes of an executable's path. */
const LONGEST_BINARY = tg_limit.TG_EXACT_MAX - 1;

/** Undefined when it has no values: Tetragon ignores such a filter. */
export function readBinaryFilter(place: Place): BinaryFilter | undefined {
  const fields = readFields(place, ['operator', 'values', 'followChildren']);
  const operator =
    readRequiredChoice(place, fields, 'operator', [
      ...IN_OR_NOT,
      'Prefix',
      'NotPrefix',
      'Postfix',
      'NotPostfix',
    ]) ?? 'In';
  const followChildren = readBoolean(fields.get('followChildren'));
  if (followChildren && operator !== 'In' && operator !== 'NotIn')
    report(
      fields.get('followChildren') ?? place,
      `can't be combined with ${operator}; allowed with In and NotIn`,
    );
  const values = fields.get('values');
  if (!values) reportMissing(place, 'values');
  const texts = readTexts(values).map(({ text, place: at }) => {
    const path = withoutLastNuls(text);
    const problem = binaryProblem(path, operator);
    if (problem) report(at, problem);
    return path;
  });
  if (texts.length > 0)
    return { operator, values: texts, followChildren, position: place.node.position };
  if (values) warn(values, 'is empty: the filter is ignored, and every binary matches');
  return undefined;
}

function binaryProblem(path: string, operator: BinaryFilter['operator']): string | undefined {
  const isPostfix = operator.endsWith('Postfix');
  const isPrefix = operator.endsWith('Prefix');
  const longest = isPostfix
    ? tg_limit.TG_POSTFIX_MAX
    : isPrefix
      ? tg_limit.TG_PREFIX_MAX
      : LONGEST_BINARY;
  const bytes = Buffer.byteLength(path);
  if (path === '') return 'must not be empty';
  if (bytes > longest)
    return `${bytes} bytes are too long for ${operator}; at most ${longest} are allowed here`;
  return isPostfix || path.startsWith('/') ? undefined : `"${path}" must be an absolute path`;
}
