/**
 * How a value stands in Tetragon's JSON (protojson with proto field names). A codec writes JSON
 * text and reads parsed JSON; `message` puts codecs together to objects.
 */
import { jsonString } from './jsonString.ts';
import { escapeText } from './text.ts';
import { formatTimestamp, parseTimestamp } from './time.ts';

/** A line that is no event: `reason` says what is wrong, `path` where (`process.pid`). */
export class EventSyntaxError extends Error {
  readonly reason: string;
  readonly path: string;
  constructor(reason: string, path = '') {
    super(path === '' ? reason : `${path}: ${reason}`);
    this.name = 'EventSyntaxError';
    this.reason = reason;
    this.path = path;
  }
}

/**
 * What a codec is made of, for other encodings of the same values (src/grpc/). `oneof` is an object
 * `{kind, value}` with an optional `label`, where `kind` is the name of one of the members.
 */
export type Shape =
  | {
      readonly kind:
        | 'string'
        | 'bool'
        | 'int32'
        | 'uint32'
        | 'int64'
        | 'uint64'
        | 'bytes'
        | 'timestamp'
        | 'textMap';
    }
  | { readonly kind: 'enum'; readonly numbers: ReadonlyMap<string, number> }
  | { readonly kind: 'list'; readonly element: Codec<unknown> }
  | { readonly kind: 'message'; readonly fields: readonly MessageField[] }
  | { readonly kind: 'oneof'; readonly members: Readonly<Record<string, Codec<unknown>>> };

export type Codec<T> = {
  readonly shape: Shape;
  /** JSON text of a value. */
  readonly write: (value: T) => string;
  /** The value of parsed JSON; undefined when it says nothing (e.g. an unknown enum name). */
  readonly read: (json: unknown, path: string) => T | undefined;
  /** The value a plain proto3 field has when it is not set; such a value is not written. */
  readonly zero: () => T;
  readonly isZero: (value: T) => boolean;
};

const fail = (expected: string, path: string): never => {
  throw new EventSyntaxError(`expected ${expected}`, path);
};

const primitive = <T>(
  shape: Shape,
  zero: T,
  write: (value: T) => string,
  read: (json: unknown, path: string) => T | undefined,
): Codec<T> => ({ shape, write, read, zero: () => zero, isZero: (value) => value === zero });

export const text: Codec<string> = primitive({ kind: 'string' }, '', jsonString, (json, path) =>
  typeof json === 'string' ? json : fail('a string', path),
);

export const flag: Codec<boolean> = primitive({ kind: 'bool' }, false, String, (json, path) =>
  typeof json === 'boolean' ? json : fail('true or false', path),
);

const integer = (
  kind: 'int32' | 'uint32',
  lowest: number,
  highest: number,
  what: string,
): Codec<number> =>
  primitive(
    { kind },
    0,
    (value) => (Number.isFinite(value) ? String(value) : '0'),
    (json, path) => {
      const value = typeof json === 'string' && /^-?\d+$/.test(json) ? Number(json) : json;
      return typeof value === 'number' &&
        Number.isInteger(value) &&
        value >= lowest &&
        value <= highest
        ? value
        : fail(what, path);
    },
  );

export const int32 = integer('int32', -(2 ** 31), 2 ** 31 - 1, 'a 32-bit integer');
export const uint32 = integer('uint32', 0, 2 ** 32 - 1, 'an unsigned 32-bit integer');

const bigInteger = (
  kind: 'int64' | 'uint64',
  wrap: (value: bigint) => bigint,
  what: string,
): Codec<bigint> =>
  primitive(
    { kind },
    0n,
    (value) => `"${value}"`,
    (json, path) => {
      const readable =
        (typeof json === 'string' && /^-?\d{1,20}$/.test(json)) || Number.isSafeInteger(json);
      if (!readable) return fail(what, path);
      const value = BigInt(json as string | number);
      return wrap(value) === value ? value : fail(what, path);
    },
  );

export const int64 = bigInteger('int64', (value) => BigInt.asIntN(64, value), 'a 64-bit integer');
export const uint64 = bigInteger(
  'uint64',
  (value) => BigInt.asUintN(64, value),
  'an unsigned 64-bit integer',
);

/** Standard base64 with padding; reading also takes the URL alphabet and missing padding. */
export const bytes: Codec<Uint8Array> = {
  shape: { kind: 'bytes' },
  write: (value) =>
    `"${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64')}"`,
  read: (json, path) =>
    typeof json === 'string' && /^[\w+/-]*={0,2}$/.test(json)
      ? new Uint8Array(Buffer.from(json, 'base64'))
      : fail('base64', path),
  zero: () => new Uint8Array(0),
  isZero: (value) => value.byteLength === 0,
};

export const timestamp: Codec<bigint> = {
  shape: { kind: 'timestamp' },
  write: (value) => `"${formatTimestamp(value)}"`,
  read: (json, path) =>
    (typeof json === 'string' ? parseTimestamp(json) : undefined) ?? fail('an RFC 3339 time', path),
  zero: () => 0n,
  isZero: () => false,
};

/**
 * An enum by name, whose first name is the default. A number is read as protojson does; a name
 * or number that this version does not know says nothing.
 */
export const enumeration = <T extends string>(
  names: readonly T[],
  numbers?: Readonly<Record<T, number>>,
): Codec<T> => {
  const numbered = new Map(
    names.map((name, index) => [name, numbers === undefined ? index : numbers[name]]),
  );
  const known: ReadonlyMap<unknown, T> = new Map<unknown, T>(
    [...numbered].flatMap(([name, number]) => [
      [name, name],
      [number, name],
    ]),
  );
  const [first] = names;
  if (first === undefined) throw new TypeError('an enum needs a name');
  return primitive<T>(
    { kind: 'enum', numbers: numbered },
    first,
    (value) => `"${value}"`,
    (json, path) =>
      typeof json === 'string' || typeof json === 'number'
        ? known.get(json)
        : fail('an enum name', path),
  );
};

/** An enum whose numbers are not 0, 1, 2 …: names with their numbers, the default first. */
export const enumerationOf = <T extends string>(numbers: Readonly<Record<T, number>>): Codec<T> =>
  enumeration(Object.keys(numbers) as T[], numbers);

/** A repeated field. Elements that say nothing are dropped. */
export const list = <T>(element: Codec<T>): Codec<readonly T[]> => ({
  shape: { kind: 'list', element: element as Codec<unknown> },
  write: (values) => {
    let out = '[';
    for (let i = 0; i < values.length; i++) {
      if (i > 0) out += ',';
      out += element.write(values[i] as T);
    }
    return `${out}]`;
  },
  read: (json, path) => {
    if (!Array.isArray(json)) return fail('a list', path);
    const values: T[] = [];
    for (let i = 0; i < json.length; i++) {
      const value = element.read(json[i], `${path}[${i}]`);
      if (value !== undefined) values.push(value);
    }
    return values;
  },
  zero: () => [],
  isZero: (values) => values.length === 0,
});

/** A map of strings; keys are written in sorted order, as protojson does. */
export const textMap: Codec<Readonly<Record<string, string>>> = {
  shape: { kind: 'textMap' },
  write: (map) =>
    `{${Object.keys(map)
      .sort()
      .map((key) => `${jsonString(key)}:${jsonString(map[key] ?? '')}`)
      .join(',')}}`,
  read: (json, path) =>
    Object.fromEntries(
      Object.entries(asObject(json, path)).map(([key, value]) => [
        key,
        text.read(value, `${path}.${escapeText(key)}`) ?? '',
      ]),
    ),
  zero: () => ({}),
  isZero: (map) => Object.keys(map).length === 0,
};

export type JsonObject = Readonly<Record<string, unknown>>;

export const asObject = (json: unknown, path: string): JsonObject =>
  typeof json === 'object' && json !== null && !Array.isArray(json)
    ? (json as JsonObject)
    : fail('an object', path);

/**
 * A field of a message. `plain`: always there in memory, and not written when zero. `lean`: the
 * same on the wire, but absent in memory when not set. `set`: absent or written, zero or not
 * (wrapper types, messages).
 */
export type Field<T> = {
  readonly codec: Codec<T>;
  readonly presence: 'plain' | 'lean' | 'set';
  readonly wireName?: string;
};
type Plain<T> = Field<T> & { readonly presence: 'plain' };
type Optional<T> = Field<T> & { readonly presence: 'lean' | 'set' };

const named = (wireName: string | undefined): { wireName?: string } =>
  wireName === undefined ? {} : { wireName };

export const plain = <T>(codec: Codec<T>, wireName?: string): Plain<T> => ({
  codec,
  presence: 'plain',
  ...named(wireName),
});
export const lean = <T>(codec: Codec<T>, wireName?: string): Optional<T> => ({
  codec,
  presence: 'lean',
  ...named(wireName),
});
export const set = <T>(codec: Codec<T>, wireName?: string): Optional<T> => ({
  codec,
  presence: 'set',
  ...named(wireName),
});

/** Every property of T with the field it is, in declaration order. The compiler checks them all. */
export type Fields<T> = {
  readonly [K in keyof T]-?: undefined extends T[K]
    ? Optional<Exclude<T[K], undefined>>
    : Plain<T[K]>;
};

/** `exec_id` for `execId`. */
const snakeCase = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** A field as it stands in a message. */
export type MessageField = {
  /** In memory: `execId`. */
  readonly property: string;
  /** On the wire: `exec_id`. */
  readonly wireName: string;
  /** In JSON: `"exec_id":`. */
  readonly key: string;
  readonly presence: Field<unknown>['presence'];
  readonly codec: Codec<unknown>;
};

export type MessageCodec<T> = Codec<T> & {
  /** The `"key":value` pairs of the fields that are to be written, comma-separated. */
  readonly writePairs: (value: T) => string;
};

const isUnset = (field: MessageField, value: unknown): boolean =>
  value === undefined || (field.presence !== 'set' && field.codec.isZero(value));

/** An object with these fields. Unknown fields are read over and not kept. */
export const message = <T extends object>(fields: Fields<T>): MessageCodec<T> => {
  const compiled = Object.entries<Field<unknown>>(
    fields as unknown as Record<string, Field<unknown>>,
  ).map(([property, field]): MessageField => {
    const wireName = field.wireName ?? snakeCase(property);
    return {
      property,
      wireName,
      key: `"${wireName}":`,
      presence: field.presence,
      codec: field.codec,
    };
  });
  const writePairs = (value: T): string => {
    const source = value as Readonly<Record<string, unknown>>;
    let out = '';
    for (const field of compiled) {
      const fieldValue = source[field.property];
      if (isUnset(field, fieldValue)) continue;
      out += (out === '' ? '' : ',') + field.key + field.codec.write(fieldValue);
    }
    return out;
  };
  const read = (json: unknown, path: string): T => {
    const source = asObject(json, path);
    const target: Record<string, unknown> = {};
    for (const field of compiled) {
      const raw = Object.hasOwn(source, field.wireName) ? source[field.wireName] : undefined;
      const value =
        raw === undefined || raw === null
          ? undefined
          : field.codec.read(raw, path === '' ? field.wireName : `${path}.${field.wireName}`);
      if (value !== undefined) target[field.property] = value;
      else if (field.presence === 'plain') target[field.property] = field.codec.zero();
    }
    return target as T;
  };
  return {
    shape: { kind: 'message', fields: compiled },
    writePairs,
    write: (value) => `{${writePairs(value)}}`,
    read,
    zero: () => read({}, ''),
    isZero: (value) => {
      const source = value as Readonly<Record<string, unknown>>;
      return compiled.every((field) => isUnset(field, source[field.property]));
    },
  };
};
