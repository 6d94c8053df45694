import { loadAll } from 'js-yaml';
import type { Random } from '../../screen/terminal/random.ts';

type Items<T> = readonly [T, ...T[]];

/** Sizes and places that readers get wrong: around powers of two, signs, and nothing at all. */
const NUMBERS: Items<bigint> = [
  0n,
  ...[1n, 2n, 7n, 8n, 0x7fn, 0x80n, 0xffn, 0x100n, 0x7fffn, 0x8000n, 0xffffn, 0x10000n],
  ...[0x7fffffffn, 0x80000000n, 0xfffffff4n, 0xfffffffcn, 0xffffffffn, 0x100000000n],
  ...[2n ** 53n - 1n, 2n ** 53n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 13n, 2n ** 64n - 1n],
];

/** Texts that act on terminals, parsers, objects and file systems. */
export const HOSTILE_TEXTS: Items<string> = [
  '',
  ...['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', '<<', '&a', '*a'],
  ...['\x1b[2J\x1b]0;x\x07', '\x9b31m', '\u202egnp.exe', '\u2066x\u2069', '\u200b', '\ufeff'],
  ...['\u2028', '\u2029', '\u0085', '\r\n', '\n---\n', '\0', '\ud800', '\udfff\ud800', '\ufffd'],
  ...['../../etc/shadow', '/proc/self/fd/0', '$(id)', '`id`', "'; id #", '$HOME', '%s%n'],
  ...['NaN', '-0', '1e999', '0x7fffffff', '-9223372036854775809', '18446744073709551616'],
  ...['(a+)+$', '(((((((((((a*)*)*)*)*)*)*)*)*)*)*', '[', '{', '"', "'", '|', '>', '!!js/eval x'],
  ...['null', 'true', '~', '0', '-1', '4294967296', '1.5', '2026-99-99T99:99:99Z'],
  ...['a'.repeat(300), '\u0301'.repeat(50), '9'.repeat(400), '/'.repeat(300), 'é写👩‍💻'],
];

/** A random text of the list, or two of them. */
export const hostileText = (random: Random): string =>
  random.pick(HOSTILE_TEXTS) + (random.below(4) === 0 ? random.pick(HOSTILE_TEXTS) : '');

/** A place in a list or text of this length, its end included. */
const placeIn = (random: Random, length: number): number => random.below(length + 1);

type ByteChange = (random: Random, bytes: Buffer, other: Buffer) => Buffer;

const replaced = (bytes: Buffer, at: number, count: number, by: Uint8Array): Buffer =>
  Buffer.concat([bytes.subarray(0, at), by, bytes.subarray(at + count)]);

const withNumber: ByteChange = (random, bytes) => {
  const width = random.pick([1, 2, 4, 4, 8, 8]);
  if (bytes.length < width) return bytes;
  // Fields stand at multiples of their size most of the time.
  const place = random.below(bytes.length - width + 1);
  const at = random.below(4) === 0 ? place : place - (place % width);
  const copy = Buffer.from(bytes);
  const number = BigInt.asUintN(width * 8, random.pick(NUMBERS) + BigInt(random.below(3)) - 1n);
  for (let byte = 0; byte < width; byte++)
    copy[at + byte] = Number((number >> BigInt(8 * byte)) & 0xffn);
  return copy;
};

const withByte: ByteChange = (random, bytes) => {
  const copy = Buffer.from(bytes);
  if (copy.length > 0) copy[random.below(copy.length)] = random.below(256);
  return copy;
};

const cut: ByteChange = (random, bytes) => bytes.subarray(0, placeIn(random, bytes.length));

const without: ByteChange = (random, bytes) => {
  const at = placeIn(random, bytes.length);
  return replaced(bytes, at, random.below(1 + Math.min(64, bytes.length - at)), Buffer.alloc(0));
};

const repeated: ByteChange = (random, bytes) => {
  const at = placeIn(random, bytes.length);
  const part = bytes.subarray(at, at + random.below(64));
  const times = random.pick([1, 2, 20, 300]);
  return replaced(bytes, at, 0, Buffer.concat(Array.from({ length: times }, () => part)));
};

const withRubbish: ByteChange = (random, bytes) => {
  const rubbish = Buffer.from(Array.from({ length: random.below(24) }, () => random.below(256)));
  return replaced(bytes, placeIn(random, bytes.length), 0, rubbish);
};

const withText: ByteChange = (random, bytes) =>
  replaced(bytes, placeIn(random, bytes.length), 0, Buffer.from(hostileText(random)));

const spliced: ByteChange = (random, bytes, other) =>
  Buffer.concat([
    bytes.subarray(0, placeIn(random, bytes.length)),
    other.subarray(placeIn(random, other.length)),
  ]);

const BYTE_CHANGES: Items<ByteChange> = [
  withNumber,
  ...[withNumber, withNumber, withByte, withByte, cut, without, repeated, withRubbish, withText],
  spliced,
];

/** No input is larger: what takes long must do so by its content. */
const MOST_BYTES = 1 << 20;

/** One of the inputs with a few changes of its bytes. */
export function changedBytes(random: Random, seeds: Items<Buffer>): Buffer {
  let bytes: Buffer = random.pick(seeds);
  for (let left = 1 + random.below(6); left > 0; left--)
    bytes = random.pick(BYTE_CHANGES)(random, bytes, random.pick(seeds));
  return bytes.subarray(0, MOST_BYTES);
}

type LineChange = (random: Random, lines: string[], other: readonly string[]) => void;

const nested = (random: Random): string => {
  const [open, close] = random.pick([
    ['[', ']'],
    ['{a: ', '}'],
    ['(', ')'],
    ['- ', ''],
  ]);
  const depth = random.pick([3, 60, 120, 5000]);
  return open.repeat(depth) + close.repeat(depth);
};

/** "Billion laughs", by names that are there or not. */
const laughs = (random: Random): string =>
  Array.from({ length: 1 + random.below(12) }, (_, level) => {
    const inner =
      level === 0
        ? 'lol'
        : Array(9)
            .fill(`*l${level - 1}`)
            .join(', ');
    return `l${level}: &l${level} [${inner}]`;
  }).join('\n');

const oneLine = (random: Random, lines: readonly string[]): number =>
  random.below(Math.max(1, lines.length));

const LINE_CHANGES: Items<LineChange> = [
  (random, lines) => void lines.splice(oneLine(random, lines), 1 + random.below(3)),
  (random, lines, other) => {
    const from = placeIn(random, other.length);
    lines.splice(
      placeIn(random, lines.length),
      0,
      ...other.slice(from, from + 1 + random.below(12)),
    );
  },
  (random, lines) => {
    const at = oneLine(random, lines);
    lines.splice(at, 0, ...lines.slice(at, at + 1 + random.below(8)));
  },
  (random, lines) => {
    const at = oneLine(random, lines);
    const line = lines[at] ?? '';
    lines[at] =
      random.below(2) === 0
        ? `${' '.repeat(1 + random.below(4))}${line}`
        : line.replace(/^ {1,2}/, '');
  },
  // The value behind a key, the key itself, or a word.
  (random, lines) => {
    const at = oneLine(random, lines);
    lines[at] = (lines[at] ?? '').replace(
      random.pick([/(?<=: *)\S.*$/, /[\w-]+(?=:)/, /[\w./-]+/, /\d+/, /(?<=^ *- ).*$/]),
      () => random.pick([hostileText(random), JSON.stringify(hostileText(random)), nested(random)]),
    );
  },
  (random, lines) => void lines.splice(placeIn(random, lines.length), 0, nested(random)),
  (random, lines) => void lines.splice(placeIn(random, lines.length), 0, laughs(random)),
  (random, lines) => {
    const at = oneLine(random, lines);
    const from = oneLine(random, lines);
    lines[at] =
      `${(lines[at] ?? '').replace(/:.*/, ':')} ${random.pick(['&x', '*x', '!!set', '|-'])}`;
    lines[from] = `${lines[from] ?? ''} *x`;
  },
];

/** A text with a few changes of its lines: structure that is kept gets deeper into a reader than rubbish. */
export function changedLines(random: Random, seeds: Items<Buffer>): Buffer {
  if (random.below(8) === 0) return changedBytes(random, seeds);
  const lines = random.pick(seeds).toString('utf8').split('\n');
  const other = random.pick(seeds).toString('utf8').split('\n');
  for (let left = 1 + random.below(5); left > 0; left--)
    random.pick(LINE_CHANGES)(random, lines, other);
  return Buffer.from(lines.join('\n')).subarray(0, MOST_BYTES);
}

const hostileValue = (random: Random): unknown =>
  random.pick<() => unknown>([
    () => hostileText(random),
    () => hostileText(random),
    () => random.pick([0, -1, 1.5, 1e308, 2 ** 53, 4294967296, -2147483649]),
    () => String(random.pick(NUMBERS)),
    () => random.pick([null, true, false, [], {}]),
    () => Array.from({ length: random.below(40) }, () => hostileText(random)),
    () => ({ [hostileText(random)]: hostileText(random) }),
    () => JSON.parse('['.repeat(200) + ']'.repeat(200)),
  ])();

type Holder = { readonly inside: Record<string, unknown>; readonly key: string };

function holdersIn(value: unknown, found: Holder[] = []): Holder[] {
  if (typeof value !== 'object' || value === null) return found;
  for (const key of Object.keys(value)) {
    found.push({ inside: value as Record<string, unknown>, key });
    holdersIn((value as Record<string, unknown>)[key], found);
  }
  return found;
}

/** Sets also `__proto__` as a field of its own, as JSON.parse does. */
const put = (inside: object, key: string, value: unknown): void =>
  void Object.defineProperty(inside, key, {
    ...{ value, enumerable: true, configurable: true, writable: true },
  });

/** Another value of the same kind, if it is a text or a number. */
function likeIt(random: Random, value: unknown): unknown {
  if (typeof value === 'number') return Number(random.pick(NUMBERS)) * random.pick([1, 1, -1]);
  return typeof value === 'string' ? hostileText(random) : hostileValue(random);
}

function changeHolder(random: Random, { inside, key }: Holder, other: unknown): void {
  const dice = random.below(10);
  if (dice === 0) delete inside[key];
  else if (dice === 1) put(inside, hostileText(random), inside[key]);
  else if (dice < 7) {
    // What stands elsewhere under the same name, if there is any: that is most likely to be understood.
    const far = holdersIn(other);
    const same = far.filter((holder) => holder.key === key);
    const from = dice > 2 && same.length > 0 ? same : far;
    const found = from[random.below(Math.max(1, from.length))];
    put(inside, key, structuredClone(found?.inside[found.key] ?? other));
  } else if (dice < 9) put(inside, key, likeIt(random, inside[key]));
  else put(inside, key, hostileValue(random));
}

/** A few changes somewhere in a value; `other` is where parts that fit elsewhere come from. */
function changeValue(random: Random, value: unknown, other: unknown, most: number): void {
  for (let left = 1 + random.below(most); left > 0; left--) {
    const holders = holdersIn(value);
    const holder = holders[random.below(Math.max(1, holders.length))];
    if (holder) changeHolder(random, holder, other);
  }
}

/** A JSON object with a few of its fields changed. */
export function changedJson(random: Random, seeds: Items<Buffer>): Buffer {
  if (random.below(6) === 0) return changedBytes(random, seeds);
  const parsed = (bytes: Buffer): unknown => JSON.parse(bytes.toString('utf8'));
  const value = parsed(random.pick(seeds));
  changeValue(random, value, parsed(random.pick(seeds)), 5);
  return Buffer.from(JSON.stringify(value)).subarray(0, MOST_BYTES);
}

/** YAML whose lines are changed, or what they mean: that is still YAML (JSON is), and comes to those who read its fields. */
export function changedYaml(random: Random, seeds: Items<Buffer>): Buffer {
  if (random.below(3) === 0) return changedLines(random, seeds);
  const parsed = (bytes: Buffer): unknown => loadAll(bytes.toString('utf8'))[0];
  const value = parsed(random.pick(seeds));
  changeValue(random, value, parsed(random.pick(seeds)), 3);
  return Buffer.from(JSON.stringify(value ?? null)).subarray(0, MOST_BYTES);
}
