/** Numbers that policies may write by name. */
import { CAPABILITIES } from '../events/capabilities.ts';
import { BPF_COMMANDS } from '../events/enums.ts';
import { familyName, protocolName, tcpStateName } from '../events/networkNames.ts';

/** Upper-case names, so that a policy may write them in either case. */
export type NamedNumbers = ReadonlyMap<string, number>;

/** No vocabulary of the kernel's sockets has a number above this one (IPPROTO_MPTCP is 262). */
const HIGHEST = 300;

function inverted(nameOf: (number: number) => string): NamedNumbers {
  const names = new Map<string, number>();
  for (let number = 0; number <= HIGHEST; number++) {
    const name = nameOf(number);
    if (name !== String(number)) names.set(name.toUpperCase(), number);
  }
  return names;
}

/** AF_UNSPEC … AF_MCTP. */
export const FAMILY_NUMBERS = inverted(familyName);
export const PROTOCOL_NUMBERS = inverted(protocolName);
export const TCP_STATE_NUMBERS = inverted(tcpStateName);
export const BPF_COMMAND_NUMBERS: NamedNumbers = new Map(
  BPF_COMMANDS.map((name, number) => [name, number]),
);

/** Tetragon spells capability 1 `DAC_OVERRIDE`; here the kernel's own name is right too. */
export const CAPABILITY_NUMBERS: NamedNumbers = new Map([
  ...CAPABILITIES.map((name, number): [string, number] => [name, number]),
  ['CAP_DAC_OVERRIDE', CAPABILITIES.indexOf('DAC_OVERRIDE')],
]);

/** Of the types of files: what stat(2) has in st_mode & S_IFMT. */
export const FILE_TYPE_NUMBERS: NamedNumbers = new Map([
  ['SOCK', 0o140000],
  ['SOCKET', 0o140000],
  ['LNK', 0o120000],
  ['LINK', 0o120000],
  ['REG', 0o100000],
  ['REGULAR', 0o100000],
  ['BLK', 0o060000],
  ['BLOCK', 0o060000],
  ['DIR', 0o040000],
  ['CHR', 0o020000],
  ['CHAR', 0o020000],
  ['FIFO', 0o010000],
  ['PIPE', 0o010000],
]);

export const numberOf = (names: NamedNumbers, text: string): number | undefined =>
  names.get(text.trim().toUpperCase());
