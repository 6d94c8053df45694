/** spec.lists, spec.enforcers and spec.options. */
import type { Enforcer, PolicyOptions, ValueList } from '../model.ts';
import { parseDecimal } from '../numbers.ts';
import {
  list,
  type Place,
  readBoolean,
  readChoice,
  readFields,
  readItems,
  readLimited,
  readOptionalText,
  readRequiredText,
  readText,
  readTexts,
  report,
  reportMissing,
} from './reader.ts';

const LIST_TYPES = ['syscalls', 'generated_syscalls', 'generated_ftrace'] as const;

/** `sys_dup`, `__x64_sys_dup`, `i386/sys_dup`. */
const SYSCALL = /^(?:(?:x64|i386|arm64|arm32)\/)?(?:__x64_|__ia32_|__arm64_)?sys_\w+$/;
/** What a symbol of the kernel may hold; the compiler puts dots into some. */
export const isFunctionName = (text: string): boolean => /^[A-Za-z_.$][\w.$]*$/.test(text);

/** The list that `list:NAME` names; an error if there is none. */
export function findList(
  reference: string,
  place: Place,
  lists: readonly ValueList[],
): ValueList | undefined {
  const name = reference.slice('list:'.length);
  const found = lists.find((each) => each.name === name);
  if (!found)
    report(
      place,
      `there is no list "${name}"; spec.lists has ${list(lists.map((each) => each.name)) || 'none'}`,
    );
  return found;
}

export function readLists(place: Place | undefined): ValueList[] {
  const lists: ValueList[] = [];
  for (const item of readItems(place)) {
    const read = readList(item);
    const name = read.name;
    if (name !== '' && lists.some((each) => each.name === name))
      report(item, `there is a list "${name}" already`);
    lists.push(read);
  }
  return lists;
}

function readList(place: Place): ValueList {
  // `validated` is Tetragon's own mark.
  const fields = readFields(place, ['name', 'type', 'values', 'pattern', 'validated']);
  readBoolean(fields.get('validated'));
  const isTyped = readOptionalText(fields.get('type')) !== undefined;
  const type = isTyped ? readChoice(fields.get('type'), LIST_TYPES) : '';
  const values = readTexts(fields.get('values'));
  const pattern = readOptionalText(fields.get('pattern'));
  if (type !== undefined) {
    checkValues(values, fields.get('values') ?? place, type);
    checkPattern(place, fields.get('pattern'), pattern, type);
  }
  return {
    name: readRequiredText(place, fields, 'name') ?? '',
    type: type ?? '',
    values: values.map(({ text }) => text),
    pattern,
    position: place.node.position,
  };
}

function checkValues(
  values: readonly { text: string; place: Place }[],
  valuesPlace: Place,
  type: ValueList['type'],
): void {
  if (type.startsWith('generated')) {
    if (values.length > 0)
      report(valuesPlace, `must be empty: a list of type ${type} is made on the host`);
    return;
  }
  if (values.length === 0) report(valuesPlace, 'the list has no values');
  for (const { text, place } of values)
    if (type === 'syscalls' && !SYSCALL.test(text))
      report(place, `"${text}" is not a system call; allowed: sys_dup, __x64_sys_dup, x64/sys_dup`);
    else if (type === '' && !isFunctionName(text))
      report(place, `"${text}" is not the name of a function`);
}

function checkPattern(
  place: Place,
  at: Place | undefined,
  pattern: string | undefined,
  type: ValueList['type'],
): void {
  if (type !== 'generated_ftrace') {
    if (at && pattern !== undefined) report(at, 'only goes with the type generated_ftrace');
  } else if (!at || pattern === undefined) {
    reportMissing(
      place,
      'pattern',
      '; it is a regular expression that functions match, e.g. "^ksys_"',
    );
  } else {
    try {
      new RegExp(pattern);
    } catch {
      report(at, `"${pattern}" is not a regular expression`);
    }
  }
}

/** Tetragon has room for one. */
export function readEnforcer(
  place: Place | undefined,
  lists: readonly ValueList[],
): Enforcer | undefined {
  const [item] = readLimited(place, 1, 'enforcer');
  if (!item) return undefined;
  const fields = readFields(item, ['calls']);
  const callsPlace = fields.get('calls');
  if (!callsPlace) reportMissing(item, 'calls');
  const calls = readTexts(callsPlace);
  if (callsPlace?.node.kind === 'sequence' && callsPlace.node.items.length === 0)
    report(callsPlace, 'needs at least one call');
  for (const { text, place: at } of calls)
    if (text.startsWith('list:')) findList(text, at, lists);
    else if (!SYSCALL.test(text) && !/^security_\w+$/.test(text))
      report(
        at,
        `"${text}" can't be enforced in; allowed: system calls (sys_dup), security_ functions, list:NAME`,
      );
  return { calls: calls.map(({ text }) => text), position: item.node.position };
}

/** What Go's strconv.ParseBool takes. */
const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ...['1', 't', 'T', 'true', 'TRUE', 'True'].map((text): [string, boolean] => [text, true]),
  ...['0', 'f', 'F', 'false', 'FALSE', 'False'].map((text): [string, boolean] => [text, false]),
]);

/** Options with unknown names are let pass, as Tetragon does; of two with one name the last counts. */
export function readOptions(place: Place | undefined): PolicyOptions {
  const options: PolicyOptions = {
    disableKprobeMulti: false,
    disableUprobeMulti: false,
    overrideMethod: undefined,
    mode: undefined,
    sleepablePreloadSize: undefined,
  };
  for (const item of readItems(place)) {
    const fields = readFields(item, ['name', 'value']);
    const name = readRequiredText(item, fields, 'name');
    const at = fields.get('value');
    if (!at) reportMissing(item, 'value');
    const value = readText(at);
    if (!at || value === undefined) continue;
    switch (name) {
      case 'disable-kprobe-multi':
        options.disableKprobeMulti = readSwitch(at, value);
        break;
      case 'disable-uprobe-multi':
        options.disableUprobeMulti = readSwitch(at, value);
        break;
      case 'override-method':
        options.overrideMethod = readChoice(at, ['fmod-ret', 'override-return']);
        break;
      case 'policy-mode': {
        const mode = readChoice(at, ['enforce', 'monitor', 'monitor_only']);
        options.mode = mode === 'monitor_only' ? 'monitor' : mode;
        break;
      }
      case 'sleepable-preload-size':
        options.sleepablePreloadSize = readSize(at, value);
        break;
    }
  }
  return options;
}

function readSwitch(place: Place, text: string): boolean {
  const value = BOOLEANS.get(text);
  if (value === undefined)
    report(place, `"${text}" is neither true nor false; allowed: ${list([...BOOLEANS.keys()])}`);
  return value ?? false;
}

function readSize(place: Place, text: string): number | undefined {
  const size = parseDecimal(text);
  if (size !== undefined && size > 0n && size <= 0x7fff_ffffn) return Number(size);
  report(place, `must be a whole number from 1, not "${text}"`);
  return undefined;
}
