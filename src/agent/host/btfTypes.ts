/**
 * The types in BTF, as the kernel describes them (Documentation/bpf/btf.rst). The kernel's own has some 100,000 types in 6 MB,
 * so nothing is taken apart until it is asked for: one pass notes where each type begins, names are searched as bytes.
 */

/** BTF_KIND_* of include/uapi/linux/btf.h. */
export const KIND = {
  VOID: 0,
  INT: 1,
  POINTER: 2,
  ARRAY: 3,
  STRUCT: 4,
  UNION: 5,
  ENUM: 6,
  FORWARD: 7,
  TYPEDEF: 8,
  VOLATILE: 9,
  CONST: 10,
  RESTRICT: 11,
  FUNCTION: 12,
  PROTOTYPE: 13,
  VARIABLE: 14,
  SECTION: 15,
  FLOAT: 16,
  DECLARATION_TAG: 17,
  TYPE_TAG: 18,
  ENUM64: 19,
} as const;

/** Number of a type; 0 is `void`. */
export type TypeId = number;

export type Member = {
  /** '' for an anonymous struct or union. */
  name: string;
  type: TypeId;
  /** From the start of the struct, in bits. */
  bitOffset: number;
  /** Width of a bit-field; 0: it is none. */
  bits: number;
};

/** Types of the kernel, or of a module together with the kernel's. */
export type BtfTypes = {
  kind(id: TypeId): number;
  /** '' when it has none. */
  name(id: TypeId): string;
  /** Bytes of an int, float, struct, union or enum. */
  size(id: TypeId): number;
  /** What a pointer, typedef, const, function … refers to. */
  target(id: TypeId): TypeId;
  /** Of an int: BTF_INT_SIGNED 1, BTF_INT_CHAR 2, BTF_INT_BOOL 4 or 0; its bits are fewer than its bytes' in an old bit-field. */
  integer(id: TypeId): { encoding: number; bits: number };
  array(id: TypeId): { element: TypeId; length: number };
  /** Of a struct or union. */
  members(id: TypeId): Member[];
  /** Of a function's prototype. A last one of type 0 without a name stands for `...`. */
  parameters(id: TypeId): { name: string; type: TypeId }[];
  /** Of an enum of either size. */
  enumerators(id: TypeId): { name: string; value: bigint }[];
  /** Of a forward declaration: a union, not a struct; of an enum: its values are signed. */
  flag(id: TypeId): boolean;
  /** Types of that name and one of those kinds, a module's own first. */
  find(name: string, ...kinds: number[]): TypeId[];
  /** The value of the first enumerator of that name in any enum. */
  enumValue(name: string): bigint | undefined;
  /** All names of types of those kinds. */
  names(...kinds: number[]): string[];
  /** For a module's types: what theirs build on. */
  readonly layers: readonly Layer[];
};

/** One BTF blob. A module's continues the kernel's numbers of types and offsets of names. */
type Layer = {
  /** Types, as 32-bit words. */
  words: Uint32Array;
  /** Where in `words` each type begins. */
  starts: Uint32Array;
  strings: Buffer;
  firstId: TypeId;
  firstName: number;
};

const MAGIC = 0xeb9f;
const HEADER_BYTES = 24;
/** A type's head: name, info (kind and number of entries), size or other type. */
const HEAD_WORDS = 3;
/** Words that follow the head: in front, and for each entry (member, parameter, enumerator …). */
const TAILS: readonly (readonly [number, number])[] = [
  ...[[0, 0] as const, [1, 0] as const, [0, 0] as const, [3, 0] as const], // void, int, pointer, array
  ...[[0, 3] as const, [0, 3] as const, [0, 2] as const], // struct, union, enum
  ...[[0, 0] as const, [0, 0] as const, [0, 0] as const, [0, 0] as const, [0, 0] as const], // forward … restrict
  ...[[0, 0] as const, [0, 2] as const, [1, 0] as const, [0, 3] as const], // function, prototype, variable, section
  ...[[0, 0] as const, [1, 0] as const, [0, 0] as const, [0, 3] as const], // float, tags, enum64
];

const broken = (): never => {
  throw new Error('the BTF is damaged');
};

function readLayer(bytes: Uint8Array, base: Layer | undefined): Layer {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < HEADER_BYTES || view.getUint16(0, true) !== MAGIC) throw new Error('not BTF');
  const headerBytes = view.getUint32(4, true);
  const part = (at: number): Uint8Array => {
    const start = headerBytes + view.getUint32(at, true);
    const end = start + view.getUint32(at + 4, true);
    return end <= bytes.length ? bytes.subarray(start, end) : broken();
  };
  // A copy, because the words of a view into something larger may not be aligned.
  const types = Uint8Array.from(part(8));
  const strings = part(16);
  const words = new Uint32Array(types.buffer, 0, types.byteLength >> 2);
  return {
    words,
    starts: findTypes(words),
    strings: Buffer.from(strings.buffer, strings.byteOffset, strings.byteLength),
    firstId: base === undefined ? 1 : base.firstId + base.starts.length,
    firstName: base === undefined ? 0 : base.firstName + base.strings.length,
  };
}

const kindOf = (info: number): number => (info >>> 24) & 0x1f;
const entriesOf = (info: number): number => info & 0xffff;

function findTypes(words: Uint32Array): Uint32Array {
  const starts = new Uint32Array(Math.ceil(words.length / HEAD_WORDS));
  let count = 0;
  let at = 0;
  while (at < words.length) {
    const info = words[at + 1] ?? broken();
    const kind = kindOf(info);
    const tail = TAILS[kind];
    if (tail === undefined) throw new Error(`BTF has types of kind ${kind}, which is not known`);
    starts[count++] = at;
    at += HEAD_WORDS + tail[0] + tail[1] * entriesOf(info);
  }
  return at === words.length ? starts.slice(0, count) : broken();
}

/**
 * @param bytes the whole of /sys/kernel/btf/vmlinux, of a module's file beside it, or of an ELF section .BTF.
 * @param base for a module's: the kernel's types.
 * @throws an Error when it is no BTF, or has kinds of types that came later than this code.
 */
export function parseBtf(bytes: Uint8Array, base?: BtfTypes): BtfTypes {
  const below = base?.layers.at(-1);
  const layers = [readLayer(bytes, below), ...(base?.layers ?? [])].sort(
    (a, b) => a.firstId - b.firstId,
  );
  const newestFirst = [...layers].reverse();

  /** The words of a type and those that follow; `[0]` is its name. */
  function wordsOf(id: TypeId): Uint32Array {
    const layer = newestFirst.find(({ firstId }) => id >= firstId) ?? broken();
    const start = layer.starts[id - layer.firstId] ?? broken();
    return layer.words.subarray(start);
  }
  const word = (id: TypeId, index: number): number => wordsOf(id)[index] ?? broken();
  const info = (id: TypeId): number => (id === 0 ? 0 : word(id, 1));
  const kind = (id: TypeId): number => kindOf(info(id));
  const flag = (id: TypeId): boolean => info(id) >>> 31 === 1;

  function text(offset: number): string {
    const layer = newestFirst.find(({ firstName }) => offset >= firstName) ?? broken();
    const start = offset - layer.firstName;
    const end = layer.strings.indexOf(0, start);
    return end < 0 ? broken() : layer.strings.toString('utf8', start, end);
  }

  /** The entries behind the head, each as its words. */
  function entries<T>(id: TypeId, read: (entry: Uint32Array) => T): T[] {
    const words = wordsOf(id);
    const [before, each] = TAILS[kind(id)] ?? broken();
    return Array.from({ length: entriesOf(info(id)) }, (_, index) => {
      const start = HEAD_WORDS + before + index * each;
      return read(words.subarray(start, start + each));
    });
  }

  function enumerators(id: TypeId): { name: string; value: bigint }[] {
    const wide = kind(id) === KIND.ENUM64;
    const convert = flag(id) ? BigInt.asIntN : BigInt.asUintN;
    return entries(id, ([name = 0, low = 0, high = 0]) => ({
      name: text(name),
      value: convert(wide ? 64 : 32, (BigInt(wide ? high : 0) << 32n) | BigInt(low)),
    }));
  }

  /** Where a name stands in the tables of names: BTF has each text once. */
  function findName(name: string): number | undefined {
    const wanted = Buffer.from(`\0${name}\0`);
    for (const { strings, firstName } of layers) {
      const at = strings.indexOf(wanted);
      if (at >= 0) return firstName + at + 1;
      // A module's table needn't begin with an empty text.
      if (strings.indexOf(wanted.subarray(1)) === 0) return firstName;
    }
    return undefined;
  }

  /** Calls `visit` for each type of those kinds until it returns something. */
  function search<T>(
    kinds: readonly number[],
    visit: (id: TypeId, name: number) => T | undefined,
  ): T | undefined {
    for (const { words, starts, firstId } of newestFirst) {
      for (let index = 0; index < starts.length; index++) {
        const start = starts[index] ?? 0;
        if (!kinds.includes(kindOf(words[start + 1] ?? 0))) continue;
        const found = visit(firstId + index, words[start] ?? 0);
        if (found !== undefined) return found;
      }
    }
    return undefined;
  }

  return {
    layers,
    kind,
    flag,
    name: (id) => (id === 0 ? '' : text(word(id, 0))),
    size: (id) => word(id, 2),
    target: (id) => word(id, 2),
    integer: (id) => {
      const encoding = word(id, 3);
      return { encoding: (encoding >>> 24) & 0xf, bits: encoding & 0xff };
    },
    array: (id) => ({ element: word(id, 3), length: word(id, 5) }),
    members: (id) =>
      entries(id, ([name = 0, type = 0, offset = 0]) => ({
        name: text(name),
        type,
        // With the flag the upper 8 bits are the width of a bit-field.
        bitOffset: flag(id) ? offset & 0xffffff : offset,
        bits: flag(id) ? offset >>> 24 : 0,
      })),
    parameters: (id) => entries(id, ([name = 0, type = 0]) => ({ name: text(name), type })),
    enumerators,
    find(name, ...kinds) {
      const wanted = findName(name);
      const found: TypeId[] = [];
      if (wanted === undefined || name === '') return found;
      search(kinds, (id, at) => {
        if (at === wanted) found.push(id);
        return undefined;
      });
      return found;
    },
    enumValue(name) {
      const wanted = findName(name);
      if (wanted === undefined || name === '') return undefined;
      return search([KIND.ENUM, KIND.ENUM64], (id) => {
        // Their names are read only in the enum that has it.
        const has = entries(id, ([at]) => at === wanted).includes(true);
        return has ? enumerators(id).find((entry) => entry.name === name)?.value : undefined;
      });
    },
    names(...kinds) {
      const found = new Set<string>();
      search(kinds, (_, at) => {
        found.add(text(at));
        return undefined;
      });
      found.delete('');
      return [...found];
    },
  };
}
