/** A small ELF file with everything that Trigon reads of one: symbols with versions, functions of Go, notes, a build id. */

type Section = {
  readonly name: string;
  readonly type: number;
  readonly bytes: Buffer;
  readonly link?: number;
};

const TEXT_AT = 0x1000;

const strings = (...texts: readonly string[]): Buffer => Buffer.from(`\0${texts.join('\0')}\0`);

function numbers(...fields: readonly (readonly [bytes: 1 | 2 | 4 | 8, value: number])[]): Buffer {
  return Buffer.concat(
    fields.map(([bytes, value]) => {
      const field = Buffer.alloc(8);
      field.writeBigUInt64LE(BigInt(value));
      return field.subarray(0, bytes);
    }),
  );
}

const symbol = (name: number, info: number, address: number, size: number): Buffer =>
  numbers([4, name], [1, info], [1, 0], [2, 1], [8, address], [8, size]);

const GLOBAL_FUNCTION = 0x12;
const IFUNC = 0x1a;

const symbols = Buffer.concat([
  Buffer.alloc(24),
  symbol(1, GLOBAL_FUNCTION, TEXT_AT, 16),
  symbol(6, GLOBAL_FUNCTION, TEXT_AT + 16, 0),
  symbol(1, IFUNC, TEXT_AT + 64, 32),
]);

/** Elf64_Verdef with its one Elf64_Verdaux, twice. */
const versions = Buffer.concat([
  numbers([2, 1], [2, 0], [2, 1], [2, 1], [4, 0], [4, 20], [4, 28], [4, 11], [4, 0]),
  numbers([2, 1], [2, 0], [2, 2], [2, 1], [4, 0], [4, 20], [4, 0], [4, 1], [4, 0]),
]);

function note(name: string, type: number, body: Buffer): Buffer {
  const padded = (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);
  const owner = Buffer.from(`${name}\0`);
  const head = numbers([4, owner.length], [4, body.length], [4, type]);
  return Buffer.concat([head, padded(owner), padded(body)]);
}

const probe = (provider: string, name: string, words: string): Buffer =>
  note(
    'stapsdt',
    3,
    Buffer.concat([Buffer.alloc(24), Buffer.from(`${provider}\0${name}\0${words}\0`)]),
  );

/** src/runtime/symtab.go of Go: the header, names, and a table of two functions. */
function goTable(): Buffer {
  const names = Buffer.from('main.main\0runtime.go\0');
  const namesAt = 72;
  const tableAt = namesAt + names.length + (-names.length & 7);
  const entries = numbers([4, 0], [4, 24], [4, 32], [4, 32], [4, 64], [4, 0], [4, 0], [4, 0]);
  const functions = Buffer.concat([entries, numbers([4, 32], [4, 10], [8, 0])]);
  const head = Buffer.concat([
    numbers([4, 0xfffffff1], [4, 0], [8, 2], [8, 0], [8, TEXT_AT], [8, namesAt]),
    numbers([8, 0], [8, 0], [8, 0], [8, tableAt]),
  ]);
  const table = Buffer.alloc(tableAt + functions.length);
  head.copy(table);
  names.copy(table, namesAt);
  functions.copy(table, tableAt);
  return table;
}

const NOTES = Buffer.concat([
  note('other', 1, Buffer.from('xyz')),
  note('GNU', 3, Buffer.from('0123456789abcdef0123', 'hex')),
]);

/** @param kind which tables of functions it has */
export function elfFile(kind: 'complete' | 'exported' | 'go'): Buffer {
  const strtab = strings('main', 'helper', 'V1');
  const has = (wanted: string, sections: readonly Section[]) => (kind === wanted ? sections : []);
  const sections: Section[] = [
    { name: '', type: 0, bytes: Buffer.alloc(0) },
    { name: '.strtab', type: 3, bytes: strtab },
    ...has('complete', [{ name: '.symtab', type: 2, bytes: symbols, link: 1 }]),
    ...has('exported', [
      { name: '.dynsym', type: 11, bytes: symbols, link: 1 },
      {
        name: '.gnu.version',
        type: 0x6fffffff,
        bytes: numbers([2, 0], [2, 1], [2, 2], [2, 0x8001]),
      },
      { name: '.gnu.version_d', type: 0x6ffffffd, bytes: versions, link: 1 },
    ]),
    ...has('go', [{ name: '.gopclntab', type: 1, bytes: goTable() }]),
    {
      ...{ name: '.note.stapsdt', type: 7 },
      bytes: Buffer.concat([probe('p', 'n', '-4@%eax 8@-12(%rbp)'), probe('other', 'x', '')]),
    },
    { name: '.text', type: 1, bytes: Buffer.alloc(128, 0xc3) },
  ];
  sections.push({
    ...{ name: '.shstrtab', type: 3 },
    bytes: strings(...sections.slice(1).map(({ name }) => name), '.shstrtab'),
  });
  return laidOut(sections);
}

const HEADER = 64;
const SEGMENTS = 2;

function laidOut(sections: readonly Section[]): Buffer {
  const shstrtab = sections.at(-1)?.bytes ?? Buffer.alloc(0);
  const notesAt = HEADER + SEGMENTS * 56;
  let at = notesAt + NOTES.length;
  const places = sections.map(({ bytes }) => {
    const start = (at + 7) & ~7;
    at = start + bytes.length;
    return start;
  });
  const tableAt = (at + 7) & ~7;
  const file = Buffer.alloc(tableAt + sections.length * 64);
  Buffer.from('7f454c4602010100', 'hex').copy(file);
  numbers([8, HEADER], [8, tableAt]).copy(file, 32);
  numbers(
    [2, 64],
    [2, 56],
    [2, SEGMENTS],
    [2, 64],
    [2, sections.length],
    [2, sections.length - 1],
  ).copy(file, 52);
  const segment = (type: number, flags: number, start: number, address: number, bytes: number) =>
    numbers(
      [4, type],
      [4, flags],
      [8, start],
      [8, address],
      [8, address],
      [8, bytes],
      [8, bytes],
      [8, 4],
    );
  const textAt = places[sections.findIndex(({ name }) => name === '.text')] ?? 0;
  segment(1, 5, textAt, TEXT_AT, 128).copy(file, HEADER);
  segment(4, 4, notesAt, notesAt, NOTES.length).copy(file, HEADER + 56);
  NOTES.copy(file, notesAt);
  sections.forEach(({ name, type, bytes, link = 0 }, index) => {
    const start = places[index] ?? 0;
    bytes.copy(file, start);
    const nameAt = name === '' ? 0 : shstrtab.indexOf(`\0${name}\0`) + 1;
    const address = name === '.text' ? TEXT_AT : 0;
    Buffer.concat([
      numbers([4, nameAt], [4, type], [8, 0], [8, address], [8, start], [8, bytes.length]),
      numbers([4, link], [4, 0], [8, 1], [8, 0]),
    ]).copy(file, tableAt + index * 64);
  });
  return file;
}
