/** How values are written for Tetragon, in which a field is either a text or a number and takes nothing else. */
import { load } from 'js-yaml';
import type { YamlNode, YamlScalar } from './yaml.ts';

/** Fields of the language that hold numbers or true and false, also in lists (`offsets`, `args` of a filter). */
const NUMBERS: ReadonlySet<string> = new Set([
  ...['index', 'args', 'sizeArgIndex', 'offsets', 'addrs', 'refCtrOffsets'],
  ...['argError', 'argSig', 'argSock', 'argIndex', 'argValue', 'argNewAddr', 'argNewOffset'],
  ...['syscall', 'return', 'returnCopy', 'maxData', 'raw', 'loader', 'validated'],
  ...['kernelStackTrace', 'userStackTrace', 'imaHash'],
  ...['isNamespacePID', 'followForks', 'followChildren', 'isNamespaceCapability'],
  ...['callNotFound', 'digestVerificationFailure'],
]);

/** Names of the fields that lead to a value, the outermost first. */
export type FieldPath = readonly string[];

const isNumber = (path: FieldPath): boolean =>
  NUMBERS.has(path.at(-1) ?? '') || path.slice(-2).join('.') === 'matchPIDs.values';

/** Unquoted texts that no reader of YAML, 1.1 or 1.2, takes for anything else, in a list in brackets neither. */
const PLAIN = /^(?:[A-Za-z/][\w./:@%+-]*(?<!:)|\d+(?:\.\d+){3}(?:\/\d+)?)$/;
const RESERVED = /^(?:y|n|yes|no|on|off|true|false|null)$/i;
const NUMBER = /^(?:-?(?:0|[1-9]\d*)|0x[\da-f]+|true|false)$/i;

/** A filled value as YAML. @param isQuoted it was written in quotes */
export function scalarText(value: string, path: FieldPath, isQuoted: boolean): string {
  if (isNumber(path) && NUMBER.test(value)) return value;
  return !isQuoted && PLAIN.test(value) && !RESERVED.test(value) ? value : quoted(value);
}

/** JSON's texts are YAML's, but for signs that YAML takes for line breaks or refuses. */
const quoted = (value: string): string =>
  JSON.stringify(value).replace(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** A filled document as data that js-yaml's dump() writes as Tetragon reads it. */
export function dataOf(node: YamlNode, path: FieldPath = []): unknown {
  if (node.kind === 'sequence') return node.items.map((item) => dataOf(item, path));
  if (node.kind === 'scalar') return scalarValue(node, path);
  // Without a prototype, so that a key such as __proto__ is one like any other.
  const result: Record<string, unknown> = Object.create(null);
  for (const { key, value } of node.entries) result[key] = dataOf(value, [...path, key]);
  return result;
}

function scalarValue({ value, plain }: YamlScalar, path: FieldPath): unknown {
  if (!plain && !(isNumber(path) && NUMBER.test(value))) return value;
  const meant = load(value === '' ? 'null' : value);
  return typeof meant === 'number' || typeof meant === 'boolean' || meant === null ? meant : value;
}
