/** The entries of spec.kprobes, tracepoints, lsmhooks, uprobes, usdts and fentries. */

import type { KprobeHook, LsmHook, TracepointHook, UsdtHook, ValueList } from '../model.ts';
import { readArguments, readReturn } from './arguments.ts';
import {
  COMMON,
  type PolicyContext,
  readCommon,
  readIgnored,
  selectorContext,
} from './hookParts.ts';
import { findList, isFunctionName } from './lists.ts';
import {
  type Fields,
  type Place,
  readBoolean,
  readChoice,
  readFields,
  readOptionalText,
  readRequiredText,
  report,
} from './reader.ts';
import { readSelectors } from './selectors.ts';

export const readKprobe =
  (kind: 'kprobe' | 'fentry') =>
  (place: Place, policy: PolicyContext): KprobeHook => {
    const fields = readFields(place, [
      'call',
      'syscall',
      'return',
      'returnArg',
      'returnArgAction',
      'data',
      'ignore',
      ...COMMON,
    ]);
    const call = readCall(place, fields, policy.lists);
    const context = { kind, raw: false };
    const values = readArguments(fields, context);
    const returned = readReturn(place, fields, context);
    const ignore = fields.get('ignore');
    return {
      kind,
      call,
      syscall: readBoolean(fields.get('syscall'), true),
      ...returned,
      returnArgAction: readReturnArgAction(fields.get('returnArgAction')),
      ...values,
      callNotFoundIgnored: readIgnored(ignore, 'callNotFound'),
      ...readCommon(place, fields, 'call'),
      selectors: readSelectors(
        fields,
        selectorContext(kind, policy, {
          ...values,
          returnArg: returned.returnArg,
          returns: returned.return,
        }),
      ),
    };
  };

export function readTracepoint(place: Place, policy: PolicyContext): TracepointHook {
  const fields = readFields(place, ['subsystem', 'event', 'raw', ...COMMON]);
  const raw = readBoolean(fields.get('raw'));
  const { args } = readArguments(fields, { kind: 'tracepoint', raw });
  return {
    kind: 'tracepoint',
    subsystem: readName(place, fields, 'subsystem'),
    event: readName(place, fields, 'event'),
    raw,
    args,
    ...readCommon(place, fields, 'event'),
    selectors: readSelectors(fields, selectorContext('tracepoint', policy, { args })),
  };
}

export function readLsmHook(place: Place, policy: PolicyContext): LsmHook {
  const fields = readFields(place, ['hook', ...COMMON]);
  const hook = readName(place, fields, 'hook');
  const { args } = readArguments(fields, { kind: 'lsm', raw: false });
  return {
    kind: 'lsm',
    hook,
    args,
    ...readCommon(place, fields, 'hook'),
    selectors: readSelectors(fields, selectorContext('lsm', policy, { args, hook })),
  };
}

export function readUsdt(place: Place, policy: PolicyContext): UsdtHook {
  const fields = readFields(place, ['path', 'provider', 'name', 'btfPath', ...COMMON]);
  const { args } = readArguments(fields, { kind: 'usdt', raw: false });
  return {
    kind: 'usdt',
    path: readRequiredText(place, fields, 'path') ?? '',
    btfPath: readOptionalText(fields.get('btfPath')),
    provider: readRequiredText(place, fields, 'provider') ?? '',
    name: readRequiredText(place, fields, 'name') ?? '',
    args,
    ...readCommon(place, fields, 'name'),
    selectors: readSelectors(fields, selectorContext('usdt', policy, { args })),
  };
}

function readCall(place: Place, fields: Fields, lists: readonly ValueList[]): string {
  const call = readRequiredText(place, fields, 'call') ?? '';
  const at = fields.get('call') ?? place;
  if (call.startsWith('list:')) findList(call, at, lists);
  else if (call !== '' && !isFunctionName(call))
    report(
      at,
      `"${call}" is not the name of a function; allowed: a function of the kernel, or list:NAME`,
    );
  return call;
}

/** A name that becomes part of a path in tracefs or of a symbol. */
function readName(place: Place, fields: Fields, name: string): string {
  const text = readRequiredText(place, fields, name) ?? '';
  if (text !== '' && !/^\w[\w-]*$/.test(text))
    report(
      fields.get(name) ?? place,
      `"${text}" can't be its name; allowed: letters, digits, "_" and "-"`,
    );
  return text;
}

function readReturnArgAction(place: Place | undefined): KprobeHook['returnArgAction'] {
  if (readOptionalText(place) === undefined) return undefined;
  return readChoice(place, ['TrackSock', 'UntrackSock']);
}
