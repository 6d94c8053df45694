import type { ArgumentFilter, TracepointHook, ValueList } from '../model.ts';
import { functionOfLsmHook } from '../planning/lsm.ts';
import { errorName } from '../words/errors.ts';
import { describeFilter, predicate } from '../words/filters.ts';
import { argumentFacts } from './facts.ts';
import { FILE_DEEDS } from './fileDeeds.ts';
import { KERNEL_DEEDS } from './kernelDeeds.ts';
import { NETWORK_DEEDS } from './networkDeeds.ts';
import { NOUNS } from './nouns.ts';
import { NUMBERS } from './numbers.ts';
import { PLACES } from './places.ts';
import { SOCKETS } from './sockets.ts';
import { type Case, conjugated, type Form, fill, listed } from './template.ts';
import { VERBS } from './verbs.ts';

const SLOTS = { ...NOUNS, ...NUMBERS, ...PLACES, ...SOCKETS, ...VERBS };

/** Templates by system call or function. */
const DEEDS: ReadonlyMap<string, string> = new Map(
  Object.entries({ ...FILE_DEEDS, ...NETWORK_DEEDS, ...KERNEL_DEEDS }).flatMap(([names, deed]) =>
    names.split(' ').map((name): [string, string] => [name, deed]),
  ),
);

/**
 * What the process does: `writes to a file below /etc/`. Everything that the selector asks of the call is in it; what no words are
 * known for stands at the end, as it is compared.
 */
export function deed(about: Case, lists: readonly ValueList[], form: Form): string {
  const { hook, selector } = about;
  const done = [doing(about, lists, form), argumentFacts(about).join(' and ')]
    .filter((part) => part !== '')
    .join(' ');
  const data = 'data' in hook ? hook.data : [];
  const left = (filters: readonly ArgumentFilter[] = []) =>
    filters.filter((filter) => !about.told.has(filter));
  const join = (values: readonly string[]) => listed(values, about.shown);
  const rest = [
    ...left(selector?.matchArgs).map((filter) => describeFilter(hook, hook.args, filter, join)),
    ...left(selector?.matchData).map((filter) => describeFilter(hook, data, filter, join)),
  ];
  const results = (selector?.matchReturnArgs ?? []).map((filter) => resultWords(filter, about));
  return [
    done,
    ...(rest.length > 0 ? [`where ${rest.join(' and ')}`] : []),
    ...(results.length > 0 ? [`when ${results.join(' and ')}`] : []),
  ].join(', ');
}

function doing(about: Case, lists: readonly ValueList[], form: Form): string {
  const { hook, shown } = about;
  switch (hook.kind) {
    case 'kprobe':
    case 'fentry':
      return hook.call.startsWith('list:')
        ? listCalls(hook.call.slice('list:'.length), lists, shown, form)
        : call(hook.call, hook.syscall, about, form);
    case 'lsm':
      return call(functionOfLsmHook(hook.hook), false, about, form);
    case 'tracepoint':
      return tracepoint(hook, about, lists, form);
    case 'uprobe': {
      const { targets, path } = hook;
      if (targets.by === 'symbol')
        return `${conjugated('call', form)} ${listed(
          targets.values.map((symbol) => `${symbol}()`),
          shown,
        )} in ${path}`;
      const numbers = targets.values.map((value) => `0x${value.toString(16)}`);
      return `${conjugated('run', form)} the code at ${targets.by} ${listed(numbers, shown)} of ${path}`;
    }
    case 'usdt':
      return `${conjugated('reach', form)} the probe ${hook.provider}:${hook.name} in ${hook.path}`;
  }
}

/** The system call that a function begins or is the body of, whatever the architecture. */
const syscallName = (call: string): string =>
  call.replace(/^__(?:x64|ia32|arm64|arm32|se|do|compat)_/, '').replace(/^(?:__|k)?sys_/, '');

function call(name: string, isSyscall: boolean, about: Case, form: Form): string {
  const syscall = syscallName(name);
  const template = DEEDS.get(name) ?? DEEDS.get(syscall);
  if (template !== undefined) return fill(template, SLOTS, about, form);
  return isSyscall || syscall !== name
    ? `${conjugated('make', form)} the system call ${syscall}`
    : `${conjugated('call', form)} the kernel function ${name}()`;
}

function listCalls(name: string, lists: readonly ValueList[], shown: number, form: Form): string {
  const list = lists.find((each) => each.name === name);
  switch (list?.type) {
    case undefined:
      return `${conjugated('make', form)} a call of the list ${name}`;
    case 'generated_syscalls':
      return `${conjugated('make', form)} any system call`;
    case 'generated_ftrace':
      return `${conjugated('call', form)} a kernel function whose name matches ${list.pattern ?? '.*'}`;
    case 'syscalls':
      return `${conjugated('make', form)} the system call ${syscallsOf(list, shown)}`;
    case '':
      return `${conjugated('call', form)} the kernel function ${listed(list.values, shown)}`;
  }
}

const syscallsOf = ({ values }: ValueList, shown: number): string =>
  listed([...new Set(values.map(syscallName))], shown);

/** Tracepoints by what a process does to reach them; others are told by their name. */
const TRACEPOINTS: Readonly<Record<string, string>> = {
  'raw_syscalls/sys_enter': 'make~ a system call',
  'raw_syscalls/sys_exit': 'return~ from a system call',
  'sched/sched_process_exec': 'run~ {program:2}',
  'sched/sched_process_fork': 'start~ a process or thread',
  'sched/sched_process_exit': 'end~',
  'module/module_load': 'load~ a kernel module',
  'module/module_free': 'unload~ a kernel module',
};

/** Fields before a system call's first argument in the format of syscalls/sys_enter_NAME: the common ones and the number. */
const FIELDS_BEFORE_ARGUMENTS = 5;

function tracepoint(
  { subsystem, event }: TracepointHook,
  about: Case,
  lists: readonly ValueList[],
  form: Form,
): string {
  const name = `${subsystem}/${event}`;
  const [, side, syscall] = /^syscalls\/sys_(enter|exit)_(.+)$/.exec(name) ?? [];
  if (syscall !== undefined && side === 'exit')
    return `${conjugated('return', form)} from the system call ${syscall}`;
  if (syscall !== undefined)
    return call(syscall, true, { ...about, before: FIELDS_BEFORE_ARGUMENTS }, form);
  return (
    (name === 'raw_syscalls/sys_enter' ? syscallsOfMap(about, lists, form) : undefined) ??
    (Object.hasOwn(TRACEPOINTS, name)
      ? fill(TRACEPOINTS[name] ?? '', SLOTS, about, form)
      : `${conjugated('reach', form)} the tracepoint ${name}`)
  );
}

/** The system calls that a filter on the call's number asks for, by the list that it names. */
function syscallsOfMap(about: Case, lists: readonly ValueList[], form: Form): string | undefined {
  const { selector, told, shown } = about;
  const filter = selector?.matchArgs.find(
    ({ operator, values }) => operator === 'InMap' && values.kind === 'list',
  );
  if (filter?.values.kind !== 'list') return undefined;
  told.add(filter);
  return listCalls(filter.values.list, lists, shown, form);
}

/** What is asked of the result: kernel functions and system calls return errors as negative numbers. */
function resultWords(filter: ArgumentFilter, { shown }: Case): string {
  const { operator, values } = filter;
  const numbers = values.kind === 'ranges' ? values.ranges : [];
  const only = numbers.length === 1 ? numbers[0]?.[0] : undefined;
  const isAbove = operator === 'GT' || operator === 'GreaterThan';
  const isBelow = operator === 'LT' || operator === 'LessThan';
  if ((operator === 'Equal' && only === 0n) || (isAbove && (only === 0n || only === -1n)))
    return 'that succeeds';
  if (isBelow && only === 0n) return 'that fails';
  const areErrors = numbers.every(([low, high]) => low === high && low < 0n);
  if (operator === 'Equal' && numbers.length > 0 && areErrors)
    return `that fails with ${listed(
      numbers.map(([low]) => errorName(Number(-low))),
      shown,
    )}`;
  return `its result ${predicate(undefined, filter, (values) => listed(values, shown))}`;
}
