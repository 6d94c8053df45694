import type { CelType } from '@bufbuild/cel';
import { type DescField, type DescMessage, ScalarType } from '@bufbuild/protobuf';

/** What is known of a value; undefined: nothing. `scalar` by CEL's name of it: `uint`. */
export type Static =
  | { readonly kind: 'message'; readonly desc: DescMessage }
  | { readonly kind: 'list' | 'map'; readonly element: Static }
  | { readonly kind: 'scalar'; readonly name: string }
  | undefined;

export const scalar = (name: string): Static => ({ kind: 'scalar', name });
export const BOOL = scalar('bool');

/** Values of different classes are never equal. */
export const CLASSES: Readonly<Record<string, string>> = {
  int: 'a number',
  uint: 'a number',
  double: 'a number',
  string: 'a text',
  bool: 'true or false',
  bytes: 'bytes',
};

export function typeOfConstant(kind: string | undefined): Static {
  const name = kind?.replace(/(64)?Value$/, '');
  return name === undefined || name === 'null' ? undefined : scalar(name);
}

/** Lengths of integers mean nothing in CEL. */
const SCALARS: Partial<Record<ScalarType, string>> = {
  [ScalarType.STRING]: 'string',
  [ScalarType.BYTES]: 'bytes',
  [ScalarType.BOOL]: 'bool',
  [ScalarType.INT32]: 'int',
  [ScalarType.INT64]: 'int',
  [ScalarType.UINT32]: 'uint',
  [ScalarType.UINT64]: 'uint',
};

const WRAPPERS: Readonly<Record<string, string>> = {
  'google.protobuf.BoolValue': 'bool',
  'google.protobuf.Int32Value': 'int',
  'google.protobuf.UInt32Value': 'uint',
};

export function typeOfField(field: DescField): Static {
  switch (field.fieldKind) {
    case 'scalar':
      return typeOfScalar(field.scalar);
    case 'enum':
      return scalar('int');
    case 'message':
      return typeOfMessage(field.message);
    case 'list':
      return { kind: 'list', element: elementOfList(field) };
    case 'map':
      return { kind: 'map', element: field.mapKind === 'scalar' ? scalar('string') : undefined };
  }
}

function elementOfList(field: DescField & { fieldKind: 'list' }): Static {
  if (field.listKind === 'message') return typeOfMessage(field.message);
  return field.listKind === 'enum' ? scalar('int') : typeOfScalar(field.scalar);
}

function typeOfScalar(type: ScalarType): Static {
  const name = SCALARS[type];
  return name === undefined ? undefined : scalar(name);
}

function typeOfMessage(desc: DescMessage): Static {
  const wrapped = WRAPPERS[desc.typeName];
  if (wrapped !== undefined) return scalar(wrapped);
  return desc.typeName.startsWith('google.protobuf.') ? undefined : { kind: 'message', desc };
}

export function typeOfResult(type: CelType): Static {
  if (type.kind === 'scalar') return type.scalar === 'dyn' ? undefined : scalar(type.scalar);
  if (type.kind === 'object') return type.desc ? typeOfMessage(type.desc) : undefined;
  return { kind: type.kind, element: undefined };
}

export const elementOf = (type: Static): Static =>
  type?.kind === 'list' || type?.kind === 'map' ? type.element : undefined;

export const accepts = (type: CelType | undefined, given: { readonly name: string }): boolean =>
  type?.kind === 'scalar' && (type.scalar === given.name || type.scalar === 'dyn');

export function describe(type: Exclude<Static, undefined>): string {
  switch (type.kind) {
    case 'message':
      return `a ${type.desc.name}`;
    case 'scalar':
      return CLASSES[type.name] ?? type.name;
    default:
      return `a ${type.kind}`;
  }
}
