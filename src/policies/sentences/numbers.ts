import { BPF_COMMANDS } from '../../events/enums.ts';
import { familyName, tcpStateName } from '../../events/networkNames.ts';
import { signalName } from '../../events/signals.ts';
import type { ArgumentFilter } from '../model.ts';
import { capabilityName, valueTexts } from '../words/values.ts';
import {
  bitsOf,
  CLOCKS,
  DESCRIPTORS,
  IOCTL_COMMANDS,
  KEY_COMMANDS,
  MODE_BITS,
  MOUNT_FLAGS,
  NAMESPACE_FLAGS,
  nameFrom,
  PRCTL_OPTIONS,
  PTRACE_REQUESTS,
  REBOOT_COMMANDS,
  SOCKET_TYPES,
  SYSLOG_ACTIONS,
} from './numberNames.ts';
import { type Case, filtersOn, listed, type Slot } from './template.ts';

/** Words for numbers that mean something: users, signals, flags, commands. */

/**
 * `anyway`: what is said when nothing is asked of the number; `unless`: before the names that it must not be; `frame`: what
 * stands around the names, `#` being them.
 */
type Vocabulary = {
  anyway: string;
  name: (value: bigint) => string;
  unless?: string;
  frame?: string;
  /** For "not 0". */
  notZero?: string;
};

const numbered = (vocabulary: Vocabulary): Slot => ({
  isVerb: false,
  words: (about, index) => {
    const filters = filtersOn(about, index).filter(({ values }) => values.kind === 'ranges');
    for (const filter of filters) about.told.add(filter);
    const words = filters.map((filter) => numberWords(filter, vocabulary, about));
    return words.length > 0 ? words.join(' and ') : vocabulary.anyway;
  },
});

function numberWords(
  filter: ArgumentFilter,
  { name, unless = 'anything but', frame = '#', notZero }: Vocabulary,
  { shown }: Case,
): string {
  const { operator, values } = filter;
  const list = listed(valueTexts(undefined, operator, values, name), shown);
  const framed = (names: string) => frame.split('#').join(names);
  switch (operator) {
    case 'GT':
    case 'GreaterThan':
      return framed(`more than ${list}`);
    case 'LT':
    case 'LessThan':
      return framed(`less than ${list}`);
    case 'Mask':
      return framed(listed(maskNames(filter, name), shown));
    default:
      if (!operator.startsWith('Not')) return framed(list);
      return notZero !== undefined && list === name(0n) ? notZero : `${unless} ${list}`;
  }
}

/** Names of the single bits that a Mask asks for. */
function maskNames({ values }: ArgumentFilter, name: (value: bigint) => string): string[] {
  if (values.kind !== 'ranges') return [];
  return [...new Set(values.ranges.flatMap(([value]) => bitsOf(value)).map(name))];
}

const hex = (value: bigint): string => `0x${value.toString(16)}`;
const octal = (value: bigint): string => `0${value.toString(8)}`;

const user = (value: bigint): string => (value === 0n ? '0 (root)' : String(value));

export const NUMBERS = {
  uid: numbered({ anyway: 'any', name: user }),
  signal: numbered({
    anyway: 'a signal',
    name: (value) => signalName(Number(value)) || `signal ${value}`,
    unless: 'a signal other than',
  }),
  pid: numbered({
    anyway: 'another process',
    name: (value) => `process ${value}`,
    unless: 'a process other than',
  }),
  namespace: numbered({ anyway: 'any', name: nameFrom(NAMESPACE_FLAGS, hex) }),
  ptrace: numbered({ anyway: 'any request', name: nameFrom(PTRACE_REQUESTS) }),
  family: numbered({ anyway: 'any', name: (value) => familyName(Number(value)) }),
  socketType: numbered({
    anyway: 'any',
    name: (value) => nameFrom(SOCKET_TYPES)(value & 0xfn),
  }),
  tcpState: numbered({
    anyway: 'another state',
    name: (value) => `the state ${tcpStateName(Number(value)).replace('TCP_', '')}`,
  }),
  prctl: numbered({ anyway: 'any', name: nameFrom(PRCTL_OPTIONS) }),
  mountFlags: numbered({
    anyway: 'any',
    name: (flags) => bitsOf(flags).map(nameFrom(MOUNT_FLAGS, hex)).join('+') || 'no flags',
    unless: 'flags other than',
  }),
  clock: numbered({ anyway: 'a clock', name: nameFrom(CLOCKS, (value) => `clock ${value}`) }),
  rebootCommand: numbered({ anyway: 'any', name: nameFrom(REBOOT_COMMANDS) }),
  syslogAction: numbered({ anyway: 'any', name: nameFrom(SYSLOG_ACTIONS) }),
  keyCommand: numbered({ anyway: 'any', name: nameFrom(KEY_COMMANDS) }),
  ioctl: numbered({ anyway: 'any', name: nameFrom(IOCTL_COMMANDS, hex) }),
  bpfCommand: numbered({
    anyway: 'any',
    name: (value) => BPF_COMMANDS[Number(value)] ?? String(value),
  }),
  capability: numbered({
    anyway: 'a capability',
    name: (value) => capabilityName(Number(value)),
    unless: 'a capability other than',
  }),
  /** S_ISUID, S_ISGID, S_ISVTX and the permissions below them (linux/stat.h). */
  modeBits: numbered({ anyway: 'any', name: nameFrom(MODE_BITS, octal), frame: 'the # bit' }),
  descriptor: numbered({
    anyway: 'a file',
    name: nameFrom(DESCRIPTORS, (value) => `file descriptor ${value}`),
  }),
  capabilitySet: numbered({
    anyway: 'any',
    name: (mask) =>
      bitsOf(mask)
        .map((bit) => capabilityName(bit.toString(2).length - 1))
        .join(' and ') || 'none',
    unless: 'others than',
    notZero: 'any',
  }),
  number: numbered({ anyway: 'any', name: String }),
} satisfies Record<string, Slot>;
