/**
 * Just enough of an eBPF assembler for programs that try things: `struct bpf_insn` of include/uapi/linux/bpf.h, eight bytes
 * each: opcode, registers, 16-bit offset, 32-bit constant. Both architectures we run on are little-endian.
 */
export type Instruction = {
  code: number;
  to?: number;
  from?: number;
  offset?: number;
  constant?: number;
};

/** Register 10: end of the program's stack. */
const STACK = 10;

/** BPF_PSEUDO_MAP_FD, BPF_PSEUDO_KFUNC_CALL: what `from` says about a constant. */
const IS_MAP = 1;
const IS_KERNEL_FUNCTION = 2;

export const setRegister = (to: number, constant: number): Instruction => ({
  code: 0xb7, // BPF_ALU64 | BPF_MOV | BPF_K
  to,
  constant,
});
export const copyRegister = (to: number, from: number): Instruction => ({
  code: 0xbf, // BPF_ALU64 | BPF_MOV | BPF_X
  to,
  from,
});
/** Zeroes eight bytes of the stack and points a register at them. */
export const pointToStack = (to: number): Instruction[] => [
  { code: 0x7a, to: STACK, offset: -8, constant: 0 }, // BPF_ST | BPF_MEM | BPF_DW
  copyRegister(to, STACK),
  { code: 0x07, to, constant: -8 }, // BPF_ALU64 | BPF_ADD | BPF_K
];
/** Loads the map of the trial; the addon fills in its descriptor. */
export const pointToMap = (to: number): Instruction[] => [
  { code: 0x18, to, from: IS_MAP }, // BPF_LD | BPF_IMM | BPF_DW, two instructions long
  { code: 0 },
];
export const callHelper = (number: number): Instruction => ({ code: 0x85, constant: number });
export const callKernelFunction = (btfId: number): Instruction => ({
  code: 0x85,
  from: IS_KERNEL_FUNCTION,
  constant: btfId,
});
/** Skips so many instructions when the register isn't 0. */
export const skipUnlessZero = (register: number, count: number): Instruction => ({
  code: 0x55, // BPF_JMP | BPF_JNE | BPF_K
  to: register,
  offset: count,
  constant: 0,
});

/** The end of every program here: return a constant. 0 lets an LSM hook and a function go on, 1 lets a packet pass. */
export const returnConstant = (value: number): Instruction[] => [
  setRegister(0, value),
  { code: 0x95 }, // BPF_JMP | BPF_EXIT
];

export function assemble(instructions: readonly Instruction[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(instructions.length * 8));
  instructions.forEach(({ code, to = 0, from = 0, offset = 0, constant = 0 }, index) => {
    view.setUint8(index * 8, code);
    view.setUint8(index * 8 + 1, (from << 4) | to);
    view.setInt16(index * 8 + 2, offset, true);
    view.setInt32(index * 8 + 4, constant, true);
  });
  return new Uint8Array(view.buffer);
}
