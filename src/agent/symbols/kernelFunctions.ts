import { readFileSync } from 'node:fs';

/** The functions that the kernel and its modules have now, by name. */
export type KernelFunctions = {
  has(name: string): boolean;
  /** The module that has the function; undefined: the kernel itself has it, or nobody. */
  moduleOf(name: string): string | undefined;
};

type Lists = {
  /** As /proc/kallsyms: a line `0000000000000000 T name` for each symbol, those of modules with a tab and `[module]` behind. */
  symbols(): Buffer;
  /** As /proc/modules: other text when modules have come or gone. */
  modules(): string;
};

const NEWLINE = 0x0a;
const HEX_DIGITS = 16;
/** Types of code as nm(1) has them: t, T, w, W. In lower case: */
const CODE: readonly number[] = [0x74, 0x77];

const PROC: Lists = {
  symbols: () => readIfThere('/proc/kallsyms'),
  modules: () => readIfThere('/proc/modules').toString(),
};

/** Nothing is read before the first question, and again only when a name is missing and the modules have changed. */
export function openKernelFunctions(lists: Lists = PROC): KernelFunctions {
  let names: Buffer | undefined;
  let modules = '';

  function read(): Buffer {
    modules = lists.modules();
    names = functionLines(lists.symbols());
    return names;
  }

  /** Where what follows the name stands; undefined: there is no such name. */
  function find(name: string, behind: string): { list: Buffer; end: number } | undefined {
    const wanted = `\n${name}${behind}`;
    const known = names ?? read();
    const at = known.indexOf(wanted);
    if (at >= 0) return { list: known, end: at + Buffer.byteLength(wanted) };
    if (lists.modules() === modules) return undefined;
    const list = read();
    const again = list.indexOf(wanted);
    return again < 0 ? undefined : { list, end: again + Buffer.byteLength(wanted) };
  }

  const isName = (name: string): boolean => /^[\w.$]+$/.test(name);
  const isOfKernel = (name: string): boolean => find(name, '\n') !== undefined;

  function moduleOf(name: string): string | undefined {
    if (!isName(name) || isOfKernel(name)) return undefined;
    const found = find(name, '\t[');
    if (found === undefined) return undefined;
    return found.list.toString('latin1', found.end, found.list.indexOf(']', found.end));
  }

  return {
    has: (name) => isName(name) && (isOfKernel(name) || moduleOf(name) !== undefined),
    moduleOf,
  };
}

/** Only the functions, and of a line only what follows the type: as bytes they take a tenth of what a set of texts would. */
function functionLines(list: Buffer): Buffer {
  const lines = Buffer.alloc(list.length + 2);
  lines[0] = NEWLINE;
  let used = 1;
  for (let start = 0; start < list.length; ) {
    const newline = list.indexOf(NEWLINE, start);
    const end = newline < 0 ? list.length : newline;
    if (CODE.includes((list[start + HEX_DIGITS + 1] ?? 0) | 0x20)) {
      used += list.copy(lines, used, start + HEX_DIGITS + 3, end);
      lines[used++] = NEWLINE;
    }
    start = end + 1;
  }
  // A copy of the part that is used: the rest of the memory goes back.
  return Buffer.from(lines.subarray(0, used));
}

/** A kernel may be built without modules, even without names of its functions. */
function readIfThere(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch {
    return Buffer.alloc(0);
  }
}
