/**
 * Writes src/generated/layouts.ts: where each field of our C structs lies, read from the BTF in the
 * compiled objects, so that TypeScript never repeats a C offset by hand. Every struct and enum whose
 * name begins with `tg_` is taken. Clang puts only what a map, a function or a global refers to into
 * BTF: name a type that nothing else refers to in a `TYPE *name __attribute__((unused))` global.
 *
 *   node scripts/layouts.mjs --write               write it from build/bpf/*.bpf.o
 *   node scripts/layouts.mjs --check               exit 1 when the file isn't what would be written
 *   node scripts/layouts.mjs [--json] OBJECT…      print what these objects give
 */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { readBtf } from './btf.mjs';
import { readIfThere, root, runMain, say, UserError, writeWhole } from './lib.mjs';

const prefix = 'tg_';
const output = path.join(root, 'src', 'generated', 'layouts.ts');

const transparent = new Set(['typedef', 'const', 'volatile', 'restrict', 'type_tag']);

/** The type behind typedefs and qualifiers. */
function resolve(types, id) {
  let type = types[id];
  while (transparent.has(type.kind)) type = types[type.type];
  return type;
}

/** An array's element, total count (of all dimensions) and the element's size; others count as one. */
function flattenArray(types, id) {
  const type = resolve(types, id);
  if (type.kind !== 'array') return { type, count: undefined };
  const inner = flattenArray(types, type.element);
  return { type: inner.type, count: type.count * (inner.count ?? 1) };
}

const sizeOf = (type) => (type.kind === 'ptr' ? 8 : type.size);

const isCompound = (type) => type.kind === 'struct' || type.kind === 'union';

/** What a field is, in a word: u32, i64, bool, ptr, f64, or the struct, union or enum's name. */
function describe(type) {
  const bits = sizeOf(type) * 8;
  if (type.kind === 'int') return type.boolean ? 'bool' : `${type.signed ? 'i' : 'u'}${bits}`;
  if (type.kind === 'float') return `f${bits}`;
  if (type.kind === 'ptr') return 'ptr';
  return type.name === '' ? type.kind : `${type.kind} ${type.name}`.replace('enum64', 'enum');
}

/** One member as it goes into `fields`; bit-fields say which bits of the byte at `offset` on they are. */
function describeField(type, count, offset, member) {
  const field = { offset, size: sizeOf(type) * (count ?? 1), type: describe(type) };
  if (type.kind === 'int' || type.kind.startsWith('enum')) field.signed = type.signed;
  if (count !== undefined) field.count = count;
  if (member.bitWidth === 0) return field;
  return { ...field, bit: member.bitOffset % 8, bits: member.bitWidth };
}

/**
 * Collects a struct's members: `at` has the offset of each, nested as in C; `fields` describes each
 * under its dotted name. Members of anonymous structs and unions count as the outer one's, as in C.
 */
function collect(types, compound, base, dotted, at, fields) {
  for (const member of compound.members) {
    const offset = base + Math.floor(member.bitOffset / 8);
    const { type, count } = flattenArray(types, member.type);
    if (member.name === '') {
      if (isCompound(type)) collect(types, type, offset, dotted, at, fields);
      continue;
    }
    const name = `${dotted}${member.name}`;
    fields[name] = describeField(type, count, offset, member);
    if (isCompound(type) && count === undefined) {
      at[member.name] = {};
      collect(types, type, offset, `${name}.`, at[member.name], fields);
    } else if (member.bitWidth === 0) {
      at[member.name] = offset;
    }
  }
}

function structLayout(types, struct) {
  const layout = { size: struct.size, at: {}, fields: {} };
  collect(types, struct, 0, '', layout.at, layout.fields);
  return layout;
}

const exact = (value) =>
  BigInt(Number(value)) === value && Number.isSafeInteger(Number(value))
    ? Number(value)
    : `${value}n`;

const enumLayout = (type) =>
  Object.fromEntries(type.values.map(({ name, value }) => [name, exact(value)]));

/** Adds the tg_ types of one object; a second, differing definition of a name is an error. */
function addObject(file, layouts, definedBy) {
  let types;
  try {
    types = readBtf(fs.readFileSync(file));
  } catch (error) {
    throw new UserError(`${file}: ${error.message}`);
  }
  for (const type of types) {
    const isEnum = type.kind === 'enum' || type.kind === 'enum64';
    const isWanted = type.name.startsWith(prefix) && (type.kind === 'struct' || isEnum);
    if (!isWanted || (isEnum && type.values.length === 0)) continue;
    const layout = isEnum ? enumLayout(type) : structLayout(types, type);
    const earlier = layouts.get(type.name);
    if (earlier !== undefined && JSON.stringify(earlier) !== JSON.stringify(layout)) {
      const places = `${definedBy.get(type.name)} and ${file}`;
      throw new UserError(`${type.name} is defined differently in ${places}: rename one of them`);
    }
    layouts.set(type.name, layout);
    definedBy.set(type.name, file);
  }
}

/** The layouts of all objects, sorted by name. */
export function readLayouts(files) {
  const layouts = new Map();
  const definedBy = new Map();
  for (const file of files) addObject(file, layouts, definedBy);
  return Object.fromEntries([...layouts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

const header = `// biome-ignore-all format: generated
/**
 * Generated by scripts/layouts.mjs from the BTF of the compiled BPF objects. Do not edit: change the
 * C and run \`npm run layouts\`.
 *
 * struct: \`size\` in bytes; \`at\` the offset of each field from the struct's start, nested structs
 * nested, for a decoder: \`view.getUint32(base + tg_x.at.head.tgid, true)\`; \`fields\` describes each
 * field by its dotted name (\`count\` for arrays; \`bit\`, \`bits\` for bit-fields, which \`at\` leaves out).
 * enum: its values; those beyond 2^53 are bigint.
 */
`;

const key = (name) => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : `'${name}'`);

/** A value as TypeScript: objects of plain values on one line, others indented. */
function print(value, indent) {
  if (typeof value === 'string') return /^-?\d+n$/.test(value) ? value : `'${value}'`;
  if (typeof value !== 'object') return String(value);
  const entries = Object.entries(value);
  if (entries.length === 0) return '{}';
  const inner = `${indent}  `;
  const parts = entries.map(([name, each]) => `${key(name)}: ${print(each, inner)}`);
  const line = `{ ${parts.join(', ')} }`;
  if (indent !== '' && line.length <= 90 && !line.includes('\n')) return line;
  return `{\n${parts.map((part) => `${inner}${part},\n`).join('')}${indent}}`;
}

export function generate(files) {
  const layouts = Object.entries(readLayouts(files));
  const constants = layouts.map(
    ([name, layout]) => `export const ${name} = ${print(layout, '')} as const;\n`,
  );
  return `${header}\n${constants.join('\n')}`;
}

function builtObjects() {
  const folder = path.join(root, 'build', 'bpf');
  const names = fs.existsSync(folder) ? fs.readdirSync(folder).sort() : [];
  const objects = names.filter((name) => name.endsWith('.bpf.o'));
  if (objects.length === 0) throw new UserError('no build/bpf/*.bpf.o: run npm run build first');
  return objects.map((name) => path.join(folder, name));
}

export function writeLayouts() {
  const text = generate(builtObjects());
  if (readIfThere(output) === text) return;
  writeWhole(output, text);
  say(`wrote ${path.relative(root, output)}`);
}

function checkLayouts() {
  if (readIfThere(output) === generate(builtObjects())) return;
  throw new UserError('src/generated/layouts.ts is stale: run npm run layouts and commit it');
}

function main() {
  const [mode, ...rest] = process.argv.slice(2);
  if (mode === '--write') writeLayouts();
  else if (mode === '--check') checkLayouts();
  else if (mode === '--json') console.log(JSON.stringify(readLayouts(rest), null, 2));
  else if (mode !== undefined) process.stdout.write(generate(process.argv.slice(2)));
  else throw new UserError('usage: layouts.mjs --write | --check | [--json] OBJECT…');
}

const started = process.argv[1] === undefined ? undefined : fs.realpathSync(process.argv[1]);
if (started === fileURLToPath(import.meta.url)) await runMain(main);
