import type { HostAbilities, ValuePlan } from '../plan.ts';

/** Registers that hold the arguments of a call, in their order, by any of their names. */
type Registers = readonly (readonly string[])[];

const wide = (name: string) => [`r${name}`, `e${name}`, name];
const extended = (number: number) => ['', 'd', 'w', 'b'].map((width) => `r${number}${width}`);
const arm = (count: number): Registers =>
  Array.from({ length: count }, (_, number) => [`x${number}`, `w${number}`]);

/** arch/x86/entry/entry_64.S, and the System V ABI. */
const SYSCALL: Readonly<Record<HostAbilities['arch'], Registers>> = {
  x64: [wide('di'), wide('si'), wide('dx'), extended(10), extended(8), extended(9)],
  arm64: arm(6),
};
const FUNCTION: Readonly<Record<HostAbilities['arch'], Registers>> = {
  x64: [wide('di'), wide('si'), wide('dx'), wide('cx'), extended(8)],
  arm64: arm(5),
};
const SYSCALL_NUMBER: Readonly<Record<HostAbilities['arch'], readonly string[]>> = {
  x64: ['orig_rax'],
  arm64: ['x8', 'w8'],
};

const find = (registers: Registers, name: string): number | undefined => {
  const at = registers.findIndex((names) => names.includes(name));
  return at < 0 ? undefined : at;
};

/** The input that a register is, at the entry of a system call. */
export const syscallRegister =
  (arch: HostAbilities['arch']) =>
  (name: string): ValuePlan['input'] | undefined =>
    SYSCALL_NUMBER[arch].includes(name) ? 'TG_INPUT_SYSCALL' : find(SYSCALL[arch], name);

/** The same at the entry of a program's function. */
export const functionRegister =
  (arch: HostAbilities['arch']) =>
  (name: string): ValuePlan['input'] | undefined =>
    find(FUNCTION[arch], name);
