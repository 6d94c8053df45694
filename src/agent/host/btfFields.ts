import type { ResolvedField } from '../../policies/plan.ts';
import { suggest } from '../../suggest.ts';
import { shapeOf, sizeOf, typeText, underlying } from './btfText.ts';
import { type BtfTypes, KIND, type Member, type TypeId } from './btfTypes.ts';

/** Where a walk along fields stands: a type, and how it is reached from the first struct. */
type Place = {
  type: TypeId;
  /** Offsets at which pointers were followed. */
  steps: number[];
  /** From the start, or from what the last pointer points to. In bytes. */
  offset: number;
};

/** `name`, with any number of indices behind it. */
const STEP = /^([A-Za-z_]\w*)((?:\[\d{1,9}\])*)$/;
const MAX_FIELDS_SHOWN = 12;
/** Anonymous structs within one another; the kernel has a handful. */
const MAX_NESTING = 16;

/**
 * Walks fields from a struct. A pointer on the way is followed; one at the end isn't.
 * @param structName with or without `struct` or `union` in front; a typedef's name too.
 * @param path fields, each perhaps with indices: `['mm', 'saved_auxv[3]']`. Members of anonymous structs and unions are named as
 *   in C, without them. Empty: the struct itself.
 * @throws an Error that names the struct and the field that is unknown and similar ones, or says why it can't be read: a
 *   bit-field, an index beyond the array, a field of something that has none.
 */
export function resolveFieldIn(
  types: BtfTypes,
  structName: string,
  path: readonly string[],
): ResolvedField {
  const name = structName.replace(/^(struct|union) /, '').trim();
  const starts = types.find(name, KIND.STRUCT, KIND.UNION, KIND.TYPEDEF);
  if (starts.length === 0) throw new Error(unknownStruct(types, name));
  let first: unknown;
  // A few names stand for several structs, private to files of the kernel: the one that has these fields is meant.
  for (const start of starts) {
    try {
      return walk(types, start, path);
    } catch (error) {
      first ??= error;
    }
  }
  throw first;
}

function unknownStruct(types: BtfTypes, name: string): string {
  const near = suggest(name, types.names(KIND.STRUCT, KIND.UNION));
  return `the kernel's BTF has no struct ${name}${near ? `; did you mean ${near}?` : ''}`;
}

function walk(types: BtfTypes, start: TypeId, path: readonly string[]): ResolvedField {
  let place: Place = { type: start, steps: [], offset: 0 };
  for (const step of path) {
    const [, field, indices = ''] = STEP.exec(step) ?? [];
    if (field === undefined)
      throw new Error(`'${step}' is no field: a name is, or a name with an index, as in list[3]`);
    place = enter(types, place, field);
    for (const [, index] of indices.matchAll(/\[(\d+)\]/g))
      place = select(types, place, Number(index), field);
  }
  const { text, size, signed } = shapeOf(types, place.type);
  return { steps: place.steps, offset: place.offset, type: text, size, signed };
}

/** Goes to what a pointer points to; other places stay. */
function follow(types: BtfTypes, place: Place): Place {
  const type = underlying(types, place.type);
  if (types.kind(type) !== KIND.POINTER) return place;
  return { type: types.target(type), steps: [...place.steps, place.offset], offset: 0 };
}

function enter(types: BtfTypes, from: Place, field: string): Place {
  const place = follow(types, from);
  const holder = completed(types, underlying(types, place.type));
  const kind = types.kind(holder);
  if (kind !== KIND.STRUCT && kind !== KIND.UNION)
    throw new Error(`${typeText(types, from.type)} has no field ${field}: it has no fields`);
  const member = findMember(types, holder, field);
  if (member === undefined) throw new Error(unknownField(types, place.type, holder, field));
  if (isBitField(types, member))
    throw new Error(
      `${field} of ${typeText(types, holder)} is a bit-field, which can't be read by itself`,
    );
  return { ...place, type: member.type, offset: place.offset + member.bitOffset / 8 };
}

/** The struct itself, where only a declaration of it was at hand. */
function completed(types: BtfTypes, id: TypeId): TypeId {
  if (types.kind(id) !== KIND.FORWARD) return id;
  const [whole] = types.find(types.name(id), types.flag(id) ? KIND.UNION : KIND.STRUCT);
  if (whole === undefined)
    throw new Error(
      `the kernel's BTF only declares ${typeText(types, id)}: its fields are unknown`,
    );
  return whole;
}

/** A member of that name, also within anonymous structs and unions; its offset counts from the outermost. */
function findMember(
  types: BtfTypes,
  holder: TypeId,
  field: string,
  nesting = 0,
): Member | undefined {
  for (const member of types.members(holder)) {
    if (member.name === field) return member;
    if (member.name !== '' || nesting > MAX_NESTING) continue;
    const inner = underlying(types, member.type);
    if (types.kind(inner) !== KIND.STRUCT && types.kind(inner) !== KIND.UNION) continue;
    const found = findMember(types, inner, field, nesting + 1);
    if (found) return { ...found, bitOffset: member.bitOffset + found.bitOffset };
  }
  return undefined;
}

/** By its declared width, or, as older compilers tell it, by an integer of fewer bits than its bytes. */
function isBitField(types: BtfTypes, { type, bits, bitOffset }: Member): boolean {
  const end = underlying(types, type);
  const partial = types.kind(end) === KIND.INT && types.integer(end).bits !== types.size(end) * 8;
  return bits !== 0 || bitOffset % 8 !== 0 || partial;
}

/** An element of an array, or of what a pointer points to. */
function select(types: BtfTypes, from: Place, index: number, field: string): Place {
  const type = underlying(types, from.type);
  if (types.kind(type) === KIND.ARRAY) {
    const { element, length } = types.array(type);
    // An array without length stands at the end of a struct, with as many elements as there is memory.
    if (length !== 0 && index >= length)
      throw new Error(`${field}[${index}] is beyond the end: ${field} has ${length} elements`);
    return { ...from, type: element, offset: from.offset + index * sizeOf(types, element) };
  }
  if (types.kind(type) !== KIND.POINTER)
    throw new Error(`${field} is ${typeText(types, from.type)}, no array: it has no [${index}]`);
  const place = follow(types, from);
  const size = sizeOf(types, place.type);
  if (size === 0)
    throw new Error(`${field} points to ${typeText(types, place.type)}, of unknown size`);
  return { ...place, offset: index * size };
}

function unknownField(types: BtfTypes, declared: TypeId, holder: TypeId, field: string): string {
  const known = fieldNames(types, holder);
  const near = suggest(field, known) ?? known.find((name) => name.includes(field));
  const all = known.length <= MAX_FIELDS_SHOWN ? `; it has ${known.join(', ')}` : '';
  const hint = near === undefined ? all : `; did you mean ${near}?`;
  return `${typeText(types, declared)} has no field ${field}${hint}`;
}

function fieldNames(types: BtfTypes, holder: TypeId, nesting = 0): string[] {
  return types.members(holder).flatMap(({ name, type }) => {
    if (name !== '') return [name];
    const inner = underlying(types, type);
    const kind = types.kind(inner);
    return nesting <= MAX_NESTING && (kind === KIND.STRUCT || kind === KIND.UNION)
      ? fieldNames(types, inner, nesting + 1)
      : [];
  });
}
