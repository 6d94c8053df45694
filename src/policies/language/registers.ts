/** Names of registers as `source: pt_regs` and `argRegs` write them. */

const LEGACY = ['ax', 'bx', 'cx', 'dx', 'si', 'di', 'bp', 'sp'];

/** x86-64: 64, 32, 16 and 8 bits wide. */
const X64 = [
  ...LEGACY.flatMap((name) => [`r${name}`, `e${name}`, name]),
  ...['al', 'bl', 'cl', 'dl', 'sil', 'dil', 'bpl', 'spl'],
  ...Array.from({ length: 8 }, (_, index) => index + 8).flatMap((number) =>
    ['', 'd', 'w', 'b'].map((width) => `r${number}${width}`),
  ),
  ...['rip', 'eip', 'ip', 'eflags', 'cs', 'ss', 'orig_rax'],
];
const ARM64 = [
  ...Array.from({ length: 31 }, (_, number) => number).flatMap((number) => [
    `x${number}`,
    `w${number}`,
  ]),
  ...['sp', 'pc', 'pstate'],
];
const REGISTERS: ReadonlySet<string> = new Set([...X64, ...ARM64]);

/** Whether x86-64 or arm64 has such a register. */
export const isRegister = (name: string): boolean => REGISTERS.has(name);

const OFFSET = String.raw`[+-]?(?:0[xX][0-9a-fA-F]+|0[oO]?[0-7]+|0[bB][01]+|\d+)`;
const SOURCE = new RegExp(
  String.raw`^(?:(?<constant>${OFFSET})|(?:${OFFSET})?(?:%(?<copied>\w+)|\(%(?<pointer>\w+)\)))$`,
);

/**
 * What is wrong with one of `argRegs`: `register=constant`, `=%register` (a copy), `=offset%register` (a copy and something added),
 * `=offset(%register)` or `=(%register)` (from memory). Undefined: nothing.
 */
export function registerAssignmentProblem(text: string): string | undefined {
  const allowed =
    'allowed: register=VALUE with VALUE a number, %register, 8%register, (%register) or 8(%register)';
  const [target = '', value, ...rest] = text.split('=').map((part) => part.trim());
  if (value === undefined || rest.length > 0)
    return `"${text}" must have exactly one "="; ${allowed}`;
  const groups = SOURCE.exec(value)?.groups;
  if (!groups) return `"${value}" can't be given to a register; ${allowed}`;
  const unknown = [target, groups.copied ?? groups.pointer].find(
    (name) => name !== undefined && !isRegister(name),
  );
  return unknown === undefined
    ? undefined
    : `there is no register "${unknown}"; allowed: rax, edi, r8, x0, …`;
}
