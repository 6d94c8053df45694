import type { ArgumentFilter } from '../model.ts';
import { filtersOn, type Slot } from './template.ts';

/** Verbs and what belongs to them, which a number decides: an access, a mapping's protection, flags of an open. */

type Words = readonly (readonly [bit: number, words: string])[];

/** MAY_* (linux/fs.h). */
const ACCESS: Words = [
  [4, 'read~'],
  [2, 'write~ to'],
  [8, 'append~ to'],
  [1, 'execute~'],
];

/** PROT_* (linux/mman.h). */
const PROTECTION: Words = [
  [1, 'for reading'],
  [2, 'for writing'],
  [4, 'as code'],
];
const PERMISSIONS: Words = [
  [1, 'readable'],
  [2, 'writable'],
  [4, 'executable'],
];

/** MAP_* (linux/mman.h). */
const SHARING: Words = [
  [1, 'shared with others'],
  [2, 'private to it'],
  [0x20, 'of no file'],
];

/** O_* (asm-generic/fcntl.h): the same on x86 and arm64. */
const OPENING: Words = [
  [1, 'for writing'],
  [2, 'for writing'],
  [0x40, 'to create it'],
  [0x200, 'to empty it'],
  [0x400, 'to append to it'],
];

/** enum kernel_read_file_id and kernel_load_data_id (linux/kernel_read_file.h). */
const READING: Words = [
  [1, 'have~ the kernel load firmware from'],
  [2, 'load~ a kernel module from'],
  [3, 'load~ a kernel to boot into (kexec) from'],
  [4, 'load~ a kernel to boot into (kexec) from'],
];
const LOADING: Words = [
  [1, 'have~ the kernel load firmware from memory'],
  [2, 'load~ a kernel module from memory'],
  [3, 'load~ a kernel to boot into (kexec) from memory'],
  [4, 'load~ a kernel to boot into (kexec) from memory'],
];

type Choice = {
  words: Words;
  /** What is said when nothing is asked. */
  anyway: string;
  /** Where the words stand, `#` being them. */
  frame?: string;
  /** What Equal 0 means. */
  zero?: string;
  /** Values are bits, which may stand together; else each is a number of its own. */
  areBits?: boolean;
};

const chosen = ({ words, anyway, frame = '#', zero, areBits = true }: Choice): Slot => ({
  isVerb: true,
  words: (about, index) => {
    const filter = filtersOn(about, index).find(isPlain);
    const found = filter && wordsOf(filter, words, zero, areBits);
    if (!filter || !found) return anyway;
    about.told.add(filter);
    return frame.replace('#', found.join(' or '));
  },
});

const isPlain = ({ operator, values }: ArgumentFilter): boolean =>
  (operator === 'Equal' || operator === 'Mask' || operator === 'InMap') && values.kind === 'ranges';

/** Undefined when one of the values has no words. */
function wordsOf(
  { values }: ArgumentFilter,
  words: Words,
  zero: string | undefined,
  areBits: boolean,
): string[] | undefined {
  if (values.kind !== 'ranges') return undefined;
  const all: string[] = [];
  for (const [low, high] of values.ranges) {
    if (low !== high || low < 0n || low > 0xffffffffn) return undefined;
    const value = Number(low);
    const known = words.filter(([bit]) => (areBits ? (value & bit) === bit : value === bit));
    const rest = known.reduce((left, [bit]) => (areBits ? left & ~bit : 0), value);
    if (value === 0 && zero !== undefined) all.push(zero);
    else if (known.length === 0 || rest !== 0) return undefined;
    else all.push(...known.map(([, text]) => text));
  }
  // In the table's order, each once.
  const order = [...(zero === undefined ? [] : [zero]), ...words.map(([, text]) => text)];
  return [...new Set(order)].filter((text) => all.includes(text));
}

export const VERBS = {
  access: chosen({ words: ACCESS, anyway: 'read~ or write~' }),
  protection: chosen({ words: PROTECTION, anyway: '', frame: ' #', zero: 'without access' }),
  permissions: chosen({ words: PERMISSIONS, anyway: '', frame: ' to #', zero: 'no access' }),
  sharing: chosen({ words: SHARING, anyway: '', frame: ' (#)' }),
  opening: chosen({ words: OPENING, anyway: '', frame: ' #', zero: 'for reading' }),
  reading: chosen({ words: READING, anyway: 'have~ the kernel read', areBits: false }),
  loading: chosen({
    words: LOADING,
    anyway: 'have~ the kernel load data from memory',
    areBits: false,
  }),
} satisfies Record<string, Slot>;
