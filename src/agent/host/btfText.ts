import { type BtfTypes, KIND, type TypeId } from './btfTypes.ts';

/** What a value of a type is in the end, behind typedefs, const and volatile. */
export type Shape = { text: string; size: number; signed: boolean };

/** gcc and clang write the same integers differently; here they are as one declares them. */
const INTEGERS: Readonly<Record<string, string>> = {
  _Bool: 'bool',
  'short int': 'short',
  'short unsigned int': 'unsigned short',
  'long int': 'long',
  'long unsigned int': 'unsigned long',
  'long long int': 'long long',
  'long long unsigned int': 'unsigned long long',
};

const POINTER_BYTES = 8;
const SIGNED = 1;
const SKIPPED: readonly number[] = [
  KIND.VOLATILE,
  KIND.CONST,
  KIND.RESTRICT,
  KIND.TYPE_TAG,
  KIND.DECLARATION_TAG,
];
/** Chains of typedefs, pointers and arrays end long before; those of damaged BTF may not end at all. */
const MAX_DEPTH = 64;

/** The type behind const, volatile, tags, and typedefs. */
export function underlying(types: BtfTypes, id: TypeId): TypeId {
  let type = id;
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    const kind = types.kind(type);
    if (kind !== KIND.TYPEDEF && !SKIPPED.includes(kind)) return type;
    type = types.target(type);
  }
  throw new Error('the BTF is damaged: a type refers to itself');
}

/** Bytes that a value of the type takes; 0 for void, functions and what is only declared. */
export function sizeOf(types: BtfTypes, id: TypeId, depth = 0): number {
  const type = underlying(types, id);
  switch (types.kind(type)) {
    case KIND.POINTER:
      return POINTER_BYTES;
    case KIND.ARRAY: {
      const { element, length } = types.array(type);
      return depth < MAX_DEPTH ? length * sizeOf(types, element, depth + 1) : 0;
    }
    case KIND.INT:
    case KIND.FLOAT:
    case KIND.STRUCT:
    case KIND.UNION:
    case KIND.ENUM:
    case KIND.ENUM64:
      return types.size(type);
    default:
      return 0;
  }
}

/**
 * The type as C: `unsigned int`, `struct file *`, `const char *`, `char[16]`, `enum pid_type`, `void (*)(…)`. Typedefs are
 * followed, except those of structs, unions and enums that have no other name (`kuid_t`).
 */
export function typeText(types: BtfTypes, id: TypeId, depth = 0): string {
  if (depth > MAX_DEPTH) return '…';
  const type = plain(types, id);
  const text = (other: TypeId): string => typeText(types, other, depth + 1);
  switch (types.kind(type)) {
    case KIND.VOID:
      return 'void';
    case KIND.POINTER:
      return pointerText(types, types.target(type), text);
    case KIND.ARRAY: {
      // Dimensions stand from the outermost to the innermost: int[2][3] is two arrays of three.
      const { element, length } = types.array(type);
      const inner = text(element);
      const at = inner.indexOf('[');
      return at < 0 ? `${inner}[${length}]` : `${inner.slice(0, at)}[${length}]${inner.slice(at)}`;
    }
    case KIND.STRUCT:
      return `struct ${types.name(type)}`.trimEnd();
    case KIND.UNION:
      return `union ${types.name(type)}`.trimEnd();
    case KIND.FORWARD:
      return `${types.flag(type) ? 'union' : 'struct'} ${types.name(type)}`;
    case KIND.ENUM:
    case KIND.ENUM64:
      return `enum ${types.name(type)}`.trimEnd();
    case KIND.PROTOTYPE:
      return 'void (…)';
    default:
      return INTEGERS[types.name(type)] ?? types.name(type);
  }
}

/** As `underlying`, but a typedef of something without a name of its own stays. */
function plain(types: BtfTypes, id: TypeId): TypeId {
  const end = underlying(types, id);
  const named: readonly number[] = [KIND.STRUCT, KIND.UNION, KIND.ENUM, KIND.ENUM64];
  if (!named.includes(types.kind(end)) || types.name(end) !== '') return end;
  let type = id;
  for (let depth = 0; depth < MAX_DEPTH && SKIPPED.includes(types.kind(type)); depth++)
    type = types.target(type);
  return type;
}

function pointerText(types: BtfTypes, target: TypeId, text: (id: TypeId) => string): string {
  if (types.kind(underlying(types, target)) === KIND.PROTOTYPE) return 'void (*)(…)';
  const inner = text(target);
  const constant = isConstant(types, target) ? 'const ' : '';
  return inner.endsWith('*') ? `${inner}*` : `${constant}${inner} *`;
}

/** Whether const stands before a type, or in one of its typedefs. */
function isConstant(types: BtfTypes, id: TypeId): boolean {
  let type = id;
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    const kind = types.kind(type);
    if (kind === KIND.CONST) return true;
    if (kind !== KIND.TYPEDEF && !SKIPPED.includes(kind)) return false;
    type = types.target(type);
  }
  return false;
}

export function shapeOf(types: BtfTypes, id: TypeId): Shape {
  const type = underlying(types, id);
  const kind = types.kind(type);
  const signed =
    (kind === KIND.INT && (types.integer(type).encoding & SIGNED) !== 0) ||
    ((kind === KIND.ENUM || kind === KIND.ENUM64) && types.flag(type));
  return { text: typeText(types, id), size: sizeOf(types, id), signed };
}
