/** The entries of spec.uprobes. */

import type { UprobeHook } from '../model.ts';
import { parseWholeNumber, unsignedRange } from '../numbers.ts';
import { readArguments, readReturn } from './arguments.ts';
import {
  COMMON,
  type PolicyContext,
  readCommon,
  readIgnored,
  selectorContext,
} from './hookParts.ts';
import {
  type Fields,
  list,
  type Place,
  readFields,
  readItems,
  readOptionalText,
  readRequiredText,
  readText,
  readTexts,
  report,
} from './reader.ts';
import { readSelectors } from './selectors.ts';

export function readUprobe(place: Place, policy: PolicyContext): UprobeHook {
  const fields = readFields(place, [
    'path',
    'btfPath',
    'symbols',
    'offsets',
    'addrs',
    'refCtrOffsets',
    'data',
    'return',
    'returnArg',
    'binaryDigests',
    'ignore',
    ...COMMON,
  ]);
  const context = { kind: 'uprobe', raw: false } as const;
  const path = readRequiredText(place, fields, 'path') ?? '';
  const targets = readTargets(place, fields);
  const values = readArguments(fields, context);
  const returned = readReturn(place, fields, context);
  return {
    kind: 'uprobe',
    path,
    btfPath: readOptionalText(fields.get('btfPath')),
    targets,
    refCtrOffsets: readRefCtrOffsets(fields, targets.values.length),
    ...values,
    ...returned,
    binaryDigests: readTexts(fields.get('binaryDigests')).map(readDigest),
    digestFailureIgnored: readIgnored(fields.get('ignore'), 'digestVerificationFailure'),
    ...readCommon(place, fields, 'path'),
    selectors: readSelectors(
      fields,
      selectorContext('uprobe', policy, {
        ...values,
        returnArg: returned.returnArg,
        returns: returned.return,
      }),
    ),
  };
}

/** Where uprobes go: exactly one of symbols, offsets and addrs. */
function readTargets(place: Place, fields: Fields): UprobeHook['targets'] {
  const given = ['symbols', 'offsets', 'addrs'].filter((name) => {
    const at = fields.get(name);
    return at && !(at.node.kind === 'sequence' && at.node.items.length === 0);
  });
  const [first, second] = given;
  if (first === undefined)
    report(place, 'needs one of symbols, offsets, addrs: where to probe the file');
  if (second !== undefined)
    report(
      fields.get(second) ?? place,
      `can't be combined with ${first}; exactly one of symbols, offsets, addrs is allowed`,
    );
  if (first === 'offsets') return { by: 'offset', values: readAddresses(fields.get('offsets')) };
  if (first === 'addrs') return { by: 'address', values: readAddresses(fields.get('addrs')) };
  const values = readTexts(fields.get('symbols')).map(({ text, place: at }) => {
    if (!/^[^\s\0+]+(?:\+(?:0[xX][0-9a-fA-F]+|\d+))?$/.test(text))
      report(at, `"${text}" is not a symbol; allowed: a name, or a name and an offset (main+0x10)`);
    return text;
  });
  return { by: 'symbol', values };
}

const readAddresses = (place: Place | undefined): bigint[] =>
  readItems(place).flatMap((item) => {
    const text = readText(item);
    if (text === undefined) return [];
    const number = parseWholeNumber(text);
    if (number !== undefined && number >= 0n && number <= unsignedRange(64)[1]) return [number];
    report(item, `must be a whole number from 0 to 2^64 - 1, not "${text}"`);
    return [];
  });

function readRefCtrOffsets(fields: Fields, targets: number): bigint[] {
  const place = fields.get('refCtrOffsets');
  const offsets = readAddresses(place);
  if (place && offsets.length > 0 && offsets.length !== targets)
    report(
      place,
      `must have as many entries as there are places to probe: ${targets}, not ${offsets.length}`,
    );
  return offsets;
}

/** Hex digits of each digest; a build id's length is the linker's choice. */
const DIGEST_LENGTHS: Readonly<Record<string, number | undefined>> = {
  sha1: 40,
  sha256: 64,
  sha384: 96,
  sha512: 128,
  'build-id': undefined,
};

function readDigest({
  text,
  place,
}: {
  text: string;
  place: Place;
}): UprobeHook['binaryDigests'][number] {
  const [algorithm = '', hex = '', ...rest] = text.split(':');
  const length = Object.hasOwn(DIGEST_LENGTHS, algorithm) ? DIGEST_LENGTHS[algorithm] : 0;
  if (length === 0 || rest.length > 0)
    report(
      place,
      `"${text}" is not a digest; allowed: ALGORITHM:HEX with one of ${list(Object.keys(DIGEST_LENGTHS))}`,
    );
  else if (!/^(?:[0-9a-fA-F]{2})+$/.test(hex) || (length !== undefined && hex.length !== length))
    report(
      place,
      `"${hex}" can't be a ${algorithm}; ${length === undefined ? 'pairs of hex digits are allowed' : `it has ${length} hex digits`}`,
    );
  return { algorithm, hex: hex.toLowerCase() };
}
