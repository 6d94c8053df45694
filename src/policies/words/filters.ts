import { syscallParameters } from '../../events/syscallPrototypes.ts';
import { parametersOf } from '../equivalents/index.ts';
import type { ArgumentFilter, ArgumentOperator, Hook, HookArgument } from '../model.ts';
import { functionOfLsmHook } from '../planning/lsm.ts';
import { expressionText } from './expressions.ts';
import { type Join, joinOr, valueTexts } from './values.ts';

/** What a filter asks of the arguments (or data) `among`: `path begins with /etc/`. */
export function describeFilter(
  hook: Hook,
  among: readonly HookArgument[],
  filter: ArgumentFilter,
  join: Join = joinOr,
): string {
  const argument = among[filter.arguments[0] ?? 0];
  if (filter.values.kind === 'expression') {
    const nameAt = (position: number) => argumentName(hook, among[position]);
    return `${expressionText(filter.values.expression, nameAt)} holds`;
  }
  if (filter.operator === 'CapabilitiesGained') return 'capabilities are gained';
  if (isAccess(hook, argument)) return accessWords(filter);
  return `${subjectOf(hook, among, filter)} ${predicate(argument, filter, join)}`;
}

const PATH_TYPES = ['file', 'path', 'dentry', 'fd', 'kiocb', 'linux_binprm'];
const SOCKET_TYPES = ['sock', 'socket', 'skb'];

/** Whether a filter asks for a path. */
export const isPathFilter = (hook: Hook, filter: ArgumentFilter): boolean =>
  subjectOf(hook, hook.args, filter) === 'path';

function subjectOf(hook: Hook, among: readonly HookArgument[], filter: ArgumentFilter): string {
  const argument = among[filter.arguments[0] ?? 0];
  const base = filter.operator.replace(/^Not/, '');
  if (argument?.type === 'sockaddr') return ADDRESS_PARTS[base] ?? 'address';
  if (argument && SOCKET_TYPES.includes(argument.type)) return SOCKET_PARTS[base] ?? 'socket';
  if (argument && PATH_TYPES.includes(argument.type))
    return base === 'FileType' ? 'file type' : 'path';
  return argumentName(hook, argument);
}

function argumentName(hook: Hook, argument: HookArgument | undefined): string {
  if (!argument) return 'a value';
  if (argument.label !== undefined) return argument.label;
  if (argument.source !== undefined) return argument.resolve.join('.');
  return parameterName(hook, argument) ?? `argument ${argument.index}`;
}

const SOCKET_PARTS: Readonly<Record<string, string>> = {
  SAddr: 'source address',
  DAddr: 'destination address',
  SPort: 'source port',
  DPort: 'destination port',
  SPortPriv: 'source port',
  DPortPriv: 'destination port',
  Protocol: 'protocol',
  Family: 'family',
  State: 'state',
};

/** An address stands alone: it is neither the one side's nor the other's. */
const ADDRESS_PARTS: Readonly<Record<string, string>> = {
  SAddr: 'address',
  SPort: 'port',
  SPortPriv: 'port',
  Family: 'family',
};

/** What the kernel's source calls the argument. */
function parameterName(hook: Hook, { index, resolve }: HookArgument): string | undefined {
  if (resolve.length > 0) return resolve.join('.');
  if (hook.kind === 'lsm') return parametersOf(functionOfLsmHook(hook.hook))[index];
  if (hook.kind !== 'kprobe' && hook.kind !== 'fentry') return undefined;
  const syscall = hook.call.replace(/^(?:__[a-z0-9]+_)?_*sys_/, '');
  return hook.syscall || syscall !== hook.call
    ? syscallParameters(syscall)?.[index]?.name
    : parametersOf(hook.call)[index];
}

/** The access argument of file hooks: MAY_* of include/linux/fs.h. */
function isAccess(hook: Hook, argument: HookArgument | undefined): boolean {
  const name = hook.kind === 'lsm' ? functionOfLsmHook(hook.hook) : 'call' in hook ? hook.call : '';
  return name === 'security_file_permission' && argument?.index === 1;
}

const ACCESS_WORDS: Readonly<Record<string, string>> = {
  '1': 'execute',
  '2': 'write',
  '4': 'read',
  '8': 'append',
};

function accessWords({ operator, values }: ArgumentFilter): string {
  if (values.kind !== 'ranges') return `${operator} access`;
  const words = values.ranges.map(([low]) => ACCESS_WORDS[String(low)] ?? String(low));
  return `${operator.startsWith('Not') ? 'not ' : ''}${joinOr(words)}`;
}

const VERBS: Partial<Record<ArgumentOperator, string>> = {
  Prefix: 'begins with',
  NotPrefix: 'does not begin with',
  Postfix: 'ends in',
  NotPostfix: 'does not end in',
  SubString: 'contains',
  SubStringIgnCase: 'contains (in any case)',
  GreaterThan: 'is greater than',
  GT: 'is greater than',
  LessThan: 'is less than',
  LT: 'is less than',
  Mask: 'has a bit of',
};

/** What is asked of a value, e.g. `is not 127.0.0.1`. */
export function predicate(
  argument: HookArgument | undefined,
  { operator, values }: ArgumentFilter,
  join: Join = joinOr,
): string {
  const negated = operator.startsWith('Not');
  if (operator.endsWith('Priv')) return `is ${negated ? '1024 or more' : 'below 1024'}`;
  const verb = VERBS[operator] ?? (negated ? 'is not' : 'is');
  return `${verb} ${join(valueTexts(argument?.type, operator, values))}`;
}
