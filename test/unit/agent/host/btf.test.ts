/** The BTF reader on types that clang wrote, and on a module's that are put together here. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type KernelBtf, openKernelBtf } from '../../../../src/agent/host/btf.ts';
import { KIND, parseBtf } from '../../../../src/agent/host/btfTypes.ts';
import { withElf } from '../../../../src/agent/symbols/elf.ts';
import { compileBpf } from '../../../driver/compile.ts';

const SOURCE = `
typedef unsigned int u32;
typedef struct { u32 val; } kuid_t;
typedef const char *text;
enum color { RED, GREEN = 7, LAST = 7 };
enum wide { SMALL = -5, HUGE = 0x7000000000000000 };
enum flags { TOP = 0xffffffff };
union either { long number; char letters[8]; };
struct unknown;
struct inner { short first; int list[4]; int matrix[2][3]; };
struct node {
	struct node *next;
	int number;
	unsigned int low : 3, high : 5;
	union { long wide; struct { char a; char b; }; };
	struct inner inner;
	struct inner *inners;
	kuid_t uid;
	text name;
	const char *const fixed;
	volatile _Bool ready;
	char comm[16];
	enum color color;
	enum wide extent;
	struct unknown *unknown;
	int (*call)(struct node *, int);
	void *data;
	union either either;
	char **vector;
	unsigned char tail[];
};
typedef struct node node_t;
typedef void (*btf_trace_happened)(void *, struct node *, const char *, unsigned long, _Bool);
struct node first;
btf_trace_happened trace;
node_t *other;
enum flags flags;
int visit(struct node *node, const char *text, kuid_t uid) { return node->number; }
`;

let folder: string;
let object: string;
let btf: KernelBtf;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'trigon-btf-'));
  object = join(folder, 'types.o');
  const source = join(folder, 'types.c');
  writeFileSync(source, SOURCE);
  compileBpf(source, object);
  btf = openKernelBtf((name) => {
    if (name !== 'vmlinux') throw new Error('only the kernel');
    return blob();
  });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const blob = (): Buffer =>
  withElf(object, (elf) => {
    const section = elf.sections.find(({ name }) => name === '.BTF');
    if (section === undefined) throw new Error('no types');
    return elf.read(section);
  });

const resolve = (...path: string[]) => btf.resolveField('node', path, undefined);

describe('fields', () => {
  test.each([
    ['number', [], 8, 'int', 4, true],
    ['next', [], 0, 'struct node *', 8, false],
    ['next.number', [0], 8, 'int', 4, true],
    ['next.next.next.comm', [0, 0, 0], 105, 'char[16]', 16, false],
    // Anonymous unions and structs count as if their members stood in the struct.
    ['wide', [], 16, 'long', 8, true],
    ['b', [], 17, 'char', 1, true],
    ['inner.first', [], 24, 'short', 2, true],
    ['inner.list', [], 28, 'int[4]', 16, false],
    ['inner.list[3]', [], 40, 'int', 4, true],
    ['inner.matrix', [], 44, 'int[2][3]', 24, false],
    ['inner.matrix[1]', [], 56, 'int[3]', 12, false],
    ['inner.matrix[1][2]', [], 64, 'int', 4, true],
    ['inners.first', [72], 0, 'short', 2, true],
    ['inners[2].first', [72], 88, 'short', 2, true],
    ['uid', [], 80, 'kuid_t', 4, false],
    ['uid.val', [], 80, 'unsigned int', 4, false],
    ['name', [], 88, 'const char *', 8, false],
    ['fixed', [], 96, 'const char *', 8, false],
    ['ready', [], 104, 'bool', 1, false],
    ['color', [], 124, 'enum color', 4, false],
    ['extent', [], 128, 'enum wide', 8, true],
    ['unknown', [], 136, 'struct unknown *', 8, false],
    ['call', [], 144, 'void (*)(…)', 8, false],
    ['data', [], 152, 'void *', 8, false],
    ['either.letters[1]', [], 161, 'char', 1, true],
    ['vector', [], 168, 'char **', 8, false],
    ['vector[2]', [168], 16, 'char *', 8, false],
    ['vector[2][5]', [168, 16], 5, 'char', 1, true],
    ['tail[100]', [], 276, 'unsigned char', 1, false],
  ])('%s', (path, steps, offset, type, size, signed) => {
    const found = resolve(...path.split('.'));
    // Whether plain char is signed is the processor's affair; clang says so for bpf as it is for the host's kernel.
    const expected = {
      steps,
      offset,
      type,
      size,
      signed: /^char$/.test(type) ? found.signed : signed,
    };
    expect(found).toEqual(expected);
  });

  test('the struct itself, by any of its names', () => {
    for (const name of ['node', 'struct node', 'node_t'])
      expect(btf.resolveField(name, [], undefined)).toMatchObject({
        offset: 0,
        type: 'struct node',
      });
    expect(btf.structSize('node')).toBe(176);
    expect(btf.structSize('either')).toBe(8);
    expect(btf.structSize('nothing')).toBeUndefined();
  });

  test.each([
    ['low', 'low of struct node is a bit-field'],
    ['nmber', 'struct node has no field nmber; did you mean number?'],
    ['next.comn', 'struct node has no field comn; did you mean comm?'],
    ['inner.zzz', 'struct inner has no field zzz; it has first, list, matrix'],
    ['number.x', 'int has no field x: it has no fields'],
    ['comm.x', 'char[16] has no field x'],
    ['data.x', 'void * has no field x'],
    ['call.x', 'void (*)(…) has no field x'],
    ['comm[16]', 'comm[16] is beyond the end: comm has 16 elements'],
    ['inner.matrix[1][3]', 'beyond the end: matrix has 3 elements'],
    ['number[1]', 'number is int, no array'],
    ['data[1]', 'data points to void, of unknown size'],
    ['unknown[1]', 'unknown points to struct unknown, of unknown size'],
    ['unknown.x', "the kernel's BTF only declares struct unknown"],
    ['comm[x]', "'comm[x]' is no field"],
    ['', "'' is no field"],
    ['a b', "'a b' is no field"],
    ['comm[-1]', "'comm[-1]' is no field"],
    ['comm[9999999999]', 'is no field'],
  ])('refuses %s', (path, message) => {
    expect(() => resolve(...path.split('.'))).toThrow(message);
  });

  test('refuses an unknown struct and names a similar one', () => {
    expect(() => btf.resolveField('nide', ['x'], undefined)).toThrow(
      "the kernel's BTF has no struct nide; did you mean node?",
    );
    expect(() => btf.resolveField('', ['x'], undefined)).toThrow('has no struct');
    expect(() => btf.resolveField('kuid_t', ['x'], undefined)).toThrow('kuid_t has no field x');
  });

  test('from a file: ELF or bare', () => {
    const bare = join(folder, 'bare.btf');
    writeFileSync(bare, blob());
    for (const file of [object, bare])
      expect(btf.resolveField('node', ['number'], file)).toMatchObject({ offset: 8 });
    expect(() => btf.resolveField('node', ['number'], join(folder, 'absent'))).toThrow(
      /absent: ENOENT/,
    );
    expect(() => btf.resolveField('node', ['number'], '/etc/passwd')).toThrow(
      'no types from /etc/passwd: not BTF',
    );
    expect(() => btf.resolveField('node', ['number'], process.execPath)).toThrow('no section .BTF');
  });
});

describe('functions and enums', () => {
  test('arguments and result', () => {
    expect(btf.functionPrototype('visit')).toEqual({
      parameters: [
        { name: 'node', type: 'struct node *' },
        { name: 'text', type: 'const char *' },
        { name: 'uid', type: 'kuid_t' },
      ],
      returns: 'int',
    });
    expect(btf.functionPrototype('absent')).toBeUndefined();
    // A struct of that name is no function.
    expect(btf.functionPrototype('node')).toBeUndefined();
  });

  test('arguments of a raw tracepoint, without the private one in front', () => {
    expect(btf.rawTracepointArguments('happened')).toEqual([
      ...['struct node *', 'const char *', 'unsigned long', 'bool'],
    ]);
    expect(btf.rawTracepointArguments('absent')).toBeUndefined();
  });

  test('enumerators: negative, wide, unsigned', () => {
    expect(
      ['RED', 'GREEN', 'LAST', 'SMALL', 'HUGE', 'TOP', 'absent', ''].map(btf.enumValue),
    ).toEqual([...[0n, 7n, 7n, -5n, 0x7000000000000000n, 0xffffffffn, undefined, undefined]]);
  });
});

/** A BTF blob of types given as words, with the offsets of names counted from `firstName`. */
function encode(types: number[][], names: string): Buffer {
  const words = Buffer.from(Uint32Array.from(types.flat()).buffer);
  const strings = Buffer.from(names);
  const header = Buffer.alloc(24);
  header.writeUInt16LE(0xeb9f, 0);
  header.writeUInt8(1, 2);
  header.writeUInt32LE(24, 4);
  header.writeUInt32LE(words.length, 12);
  header.writeUInt32LE(words.length, 16);
  header.writeUInt32LE(strings.length, 20);
  return Buffer.concat([header, words, strings]);
}

test("a module's types go on where the kernel's end", () => {
  const kernel = parseBtf(blob());
  const layer = kernel.layers[0];
  const node = kernel.find('node', KIND.STRUCT)[0] ?? 0;
  if (layer === undefined || node === 0) throw new Error('no kernel types');
  const firstId = 1 + layer.starts.length;
  const firstName = layer.strings.length;
  const kernelName = layer.strings.indexOf('\0number\0') + 1;
  const module = encode(
    [
      // struct private { struct node *peer; struct node number; }
      [
        firstName + 1,
        (KIND.STRUCT << 24) | 2,
        192,
        firstName + 9,
        firstId + 1,
        0,
        kernelName,
        node,
        64,
      ],
      [0, KIND.POINTER << 24, node],
    ],
    '\0private\0peer\0',
  );
  const opened = openKernelBtf((name) => (name === 'vmlinux' ? blob() : module));
  expect(opened.resolveField('private', ['peer', 'comm'], 'driver')).toMatchObject({
    ...{ steps: [0], offset: 105, type: 'char[16]' },
  });
  expect(opened.resolveField('private', ['number', 'number'], 'driver')).toMatchObject({
    offset: 16,
  });
  // The kernel's are there too, and a module's are nobody else's.
  expect(opened.resolveField('node', ['number'], 'driver')).toMatchObject({ offset: 8 });
  expect(() => opened.resolveField('private', ['peer'], undefined)).toThrow('no struct private');
});

test('damaged BTF is refused, never followed', () => {
  const whole = blob();
  expect(() => parseBtf(Buffer.alloc(0))).toThrow('not BTF');
  expect(() => parseBtf(Buffer.from('no BTF here, but long enough'))).toThrow('not BTF');
  for (let length = 0; length < whole.length; length += 61)
    expect(() => parseBtf(whole.subarray(0, length))).toThrow(/BTF/);
  expect(() => parseBtf(encode([[0, 25 << 24, 0]], '\0'))).toThrow('types of kind 25');
  // A typedef of itself, and a struct that contains itself.
  const loop = openKernelBtf(() =>
    encode(
      [
        [1, KIND.TYPEDEF << 24, 1],
        [3, (KIND.STRUCT << 24) | 1, 8, 0, 2, 0],
      ],
      '\0a\0b\0',
    ),
  );
  expect(() => loop.resolveField('a', ['x'], undefined)).toThrow('refers to itself');
  expect(() => loop.resolveField('b', ['x'], undefined)).toThrow('no field x');
  for (let at = 0; at < whole.length; at += 7) {
    const changed = Buffer.from(whole);
    changed[at] = (changed[at] ?? 0) ^ 0xff;
    const opened = openKernelBtf(() => changed);
    for (const path of [
      ['next', 'comm'],
      ['inner', 'matrix[1][2]'],
      ['unknown', 'x'],
    ]) {
      try {
        opened.resolveField('node', path, undefined);
        opened.functionPrototype('visit');
        opened.enumValue('HUGE');
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
        expect(error).not.toBeInstanceOf(RangeError);
      }
    }
  }
});
