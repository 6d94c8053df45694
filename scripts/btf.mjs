/**
 * Reads the types in the .BTF section of a compiled BPF object (ELF64, little endian). It only knows
 * the file format (Documentation/bpf/btf.rst of the kernel); what the types are used for is in
 * layouts.mjs.
 */

const kindNames = [
  ...['void', 'int', 'ptr', 'array', 'struct', 'union', 'enum', 'fwd', 'typedef', 'volatile'],
  ...['const', 'restrict', 'func', 'func_proto', 'var', 'datasec', 'float', 'decl_tag', 'type_tag'],
  'enum64',
];

const viewOf = (bytes) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** The text at an offset of a string table, up to its NUL. */
function textAt(bytes, offset) {
  return bytes.toString('utf8', offset, bytes.indexOf(0, offset));
}

/** The content of one section of an ELF file, or undefined. */
function findSection(file, wanted) {
  const view = viewOf(file);
  const isElf64 = file.length > 64 && view.getUint32(0) === 0x7f454c46 && file[4] === 2;
  if (!isElf64 || file[5] !== 1) throw new Error('not a little-endian ELF64 file');
  const headers = Number(view.getBigUint64(40, true));
  const headerSize = view.getUint16(58, true);
  const count = view.getUint16(60, true);
  const section = (index) => {
    const at = headers + index * headerSize;
    const start = Number(view.getBigUint64(at + 24, true));
    const size = Number(view.getBigUint64(at + 32, true));
    return { name: view.getUint32(at, true), bytes: file.subarray(start, start + size) };
  };
  const names = section(view.getUint16(62, true)).bytes;
  for (let index = 0; index < count; index++) {
    const { name, bytes } = section(index);
    if (textAt(names, name) === wanted) return bytes;
  }
  return undefined;
}

/** What follows a type's common head: [bytes in front, bytes of each of its vlen entries]. */
const tails = {
  int: [4, 0],
  array: [12, 0],
  struct: [0, 12],
  union: [0, 12],
  enum: [0, 8],
  func_proto: [0, 8],
  var: [4, 0],
  datasec: [0, 12],
  decl_tag: [4, 0],
  enum64: [0, 12],
};

function readInt(view, at) {
  const word = view.getUint32(at, true);
  const encoding = (word >>> 24) & 0xf;
  return { bits: word & 0xff, signed: (encoding & 1) !== 0, boolean: (encoding & 4) !== 0 };
}

function readArray(view, at) {
  return { element: view.getUint32(at, true), count: view.getUint32(at + 8, true) };
}

/** Members; the kind flag of a struct says that the offset word carries a bit-field's width too. */
function readMembers(view, at, count, nameAt, packed) {
  return Array.from({ length: count }, (_, index) => {
    const entry = at + index * 12;
    const word = view.getUint32(entry + 8, true);
    return {
      name: nameAt(view.getUint32(entry, true)),
      type: view.getUint32(entry + 4, true),
      bitOffset: packed ? word & 0xffffff : word,
      bitWidth: packed ? word >>> 24 : 0,
    };
  });
}

/** Enumerators as bigint: those of enum64 may not fit in a number. */
function readEnumerators(view, at, count, nameAt, signed, wide) {
  return Array.from({ length: count }, (_, index) => {
    const entry = at + index * (wide ? 12 : 8);
    const low = BigInt(view.getUint32(entry + 4, true));
    const high = wide ? BigInt(view.getUint32(entry + 8, true)) : 0n;
    const bits = wide ? 64 : 32;
    const value = (high << 32n) | low;
    const name = nameAt(view.getUint32(entry, true));
    return { name, value: signed ? BigInt.asIntN(bits, value) : value };
  });
}

function readTail(kind, view, at, count, flag, nameAt) {
  if (kind === 'int') return readInt(view, at);
  if (kind === 'array') return readArray(view, at);
  if (kind === 'struct' || kind === 'union') {
    return { members: readMembers(view, at, count, nameAt, flag) };
  }
  if (kind === 'enum' || kind === 'enum64') {
    const values = readEnumerators(view, at, count, nameAt, flag, kind === 'enum64');
    return { signed: flag, values };
  }
  return {};
}

/**
 * All types of an object, by type id (0 is void). Each has kind, name and `size` or `type`: BTF keeps
 * both in one word, which of them it is depends on the kind.
 */
export function readBtf(file) {
  const section = findSection(file, '.BTF');
  if (section === undefined) throw new Error('no .BTF section: it was not compiled with clang -g');
  const view = viewOf(section);
  if (view.getUint16(0, true) !== 0xeb9f) throw new Error('the .BTF section does not begin as BTF');
  const headerSize = view.getUint32(4, true);
  const typesAt = headerSize + view.getUint32(8, true);
  const typesEnd = typesAt + view.getUint32(12, true);
  const strings = section.subarray(headerSize + view.getUint32(16, true));
  const nameAt = (offset) => textAt(strings, offset);
  const types = [{ kind: 'void', name: '', size: 0, type: 0 }];
  for (let at = typesAt; at < typesEnd; ) {
    const info = view.getUint32(at + 4, true);
    const kind = kindNames[(info >>> 24) & 0x1f];
    const count = info & 0xffff;
    if (kind === undefined) throw new Error(`unknown BTF kind ${(info >>> 24) & 0x1f}`);
    const word = view.getUint32(at + 8, true);
    const tail = readTail(kind, view, at + 12, count, info >>> 31 === 1, nameAt);
    types.push({ kind, name: nameAt(view.getUint32(at, true)), size: word, type: word, ...tail });
    const [front, each] = tails[kind] ?? [0, 0];
    at += 12 + front + count * each;
  }
  return types;
}
