import type { HostAbilities, ValuePlan } from '../plan.ts';

/** Registers that hold the arguments of a call, in their order, by any of their names. */
type Registers = readonly (readonly string[])[];

type Arch = HostAbilities['arch'];

const wide = (name: string) => [`r${name}`, `e${name}`, name, `${name.replace(/x$/, '')}l`];
const extended = (number: number) => ['', 'd', 'w', 'b'].map((width) => `r${number}${width}`);
const arm = (count: number): Registers =>
  Array.from({ length: count }, (_, number) => [`x${number}`, `w${number}`]);

/** arch/x86/entry/entry_64.S, and the System V ABI. */
const SYSCALL: Readonly<Record<Arch, Registers>> = {
  x64: [wide('di'), wide('si'), wide('dx'), extended(10), extended(8), extended(9)],
  arm64: arm(6),
};
const FUNCTION: Readonly<Record<Arch, Registers>> = {
  x64: [wide('di'), wide('si'), wide('dx'), wide('cx'), extended(8), extended(9)],
  arm64: arm(6),
};
const SYSCALL_NUMBER: Readonly<Record<Arch, readonly string[]>> = {
  x64: ['orig_rax'],
  arm64: ['x8', 'w8'],
};
/** Arguments that a uprobe reads from registers. */
const USER_ARGUMENTS = 5;

const find = (registers: Registers, name: string): number | undefined => {
  const at = registers.findIndex((names) => names.includes(name));
  return at < 0 ? undefined : at;
};

/** The input that a register is, at the entry of a system call. */
export const syscallRegister =
  (arch: Arch) =>
  (name: string): ValuePlan['input'] | undefined =>
    SYSCALL_NUMBER[arch].includes(name) ? 'TG_INPUT_SYSCALL' : find(SYSCALL[arch], name);

/** The argument that a register is at the entry of a function. */
export const functionRegister =
  (arch: Arch) =>
  (name: string): number | undefined =>
    find(FUNCTION[arch], name);

/** The same at the entry of a program's function. */
export const userRegister =
  (arch: Arch) =>
  (name: string): ValuePlan['input'] | undefined => {
    const at = find(FUNCTION[arch], name);
    return at !== undefined && at < USER_ARGUMENTS ? at : undefined;
  };

/**
 * Where struct pt_regs has a register of that name; undefined: nowhere.
 *
 * @throws Error, of resolveField(), when this kernel's struct has no such field
 */
export function savedRegister(
  name: string,
  host: HostAbilities,
): Pick<ValuePlan, 'input' | 'flags' | 'offset'> | undefined {
  const field = host.arch === 'x64' ? fieldOfX64(name) : fieldOfArm64(name);
  if (field === undefined) return undefined;
  const { offset } = host.resolveField('pt_regs', [field], undefined);
  return { input: 'TG_INPUT_REGISTERS', flags: ['TG_VALUE_IN_PLACE'], offset };
}

/** rax, eax, ax, al and their like. */
const LEGACY = /^[re]?([abcd]x|[sd]i|[sb]p|ip|flags)$/;

/** Fields of arch/x86/include/asm/ptrace.h. */
function fieldOfX64(name: string): string | undefined {
  const numbered = /^(r(?:8|9|1[0-5]))[dwb]?$/.exec(name)?.[1];
  if (numbered !== undefined) return numbered;
  if (name === 'orig_rax') return 'orig_ax';
  if (name === 'cs' || name === 'ss') return name;
  const byte = /^([abcd]|[sd]i|[sb]p)l$/.exec(name)?.[1];
  if (byte !== undefined) return byte.length === 1 ? `${byte}x` : byte;
  return LEGACY.exec(name)?.[1];
}

/** Fields of arch/arm64/include/asm/ptrace.h. */
function fieldOfArm64(name: string): string | undefined {
  const number = /^[xw](\d|[12]\d|30)$/.exec(name)?.[1];
  if (number !== undefined) return `regs[${number}]`;
  return ['sp', 'pc', 'pstate'].includes(name) ? name : undefined;
}

/** Bytes of a register by its name. */
export function widthOfRegister(name: string, arch: Arch): 1 | 2 | 4 | 8 {
  if (arch === 'arm64') return name.startsWith('w') ? 4 : 8;
  if (/^(?:[abcd]l|[sd]il|[sb]pl|r\d+b)$/.test(name)) return 1;
  if (/^(?:[abcd]x|[sd]i|[sb]p|ip|cs|ss|r\d+w)$/.test(name)) return 2;
  if (/^(?:e\w+|r\d+d)$/.test(name)) return 4;
  return 8;
}
