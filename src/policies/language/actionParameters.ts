/** The parameters of actions: which ones an action needs, and what they may be. */
import type { Action, HookArgument, HookKind } from '../model.ts';
import {
  type Fields,
  isGiven,
  list,
  type Place,
  readChoice,
  readItems,
  readNumber,
  readOptionalText,
  readText,
  report,
  reportMissing,
  warn,
} from './reader.ts';
import { registerAssignmentProblem } from './registers.ts';

/** The hook that an action is of. */
export type ActionContext = {
  kind: HookKind;
  args: readonly HookArgument[];
  /** Of an LSM hook: its name. */
  hook: string | undefined;
  hasEnforcer: boolean;
};

/** What the action needs, and Tetragon's defaults. */
export function completed(
  action: Action,
  place: Place,
  fields: Fields,
  context: ActionContext,
): Action {
  switch (action.action) {
    case 'Override': {
      const isRedirected = action.argRegs.length > 0 || action.argNewCall !== undefined;
      if (fields.has('argError') || isRedirected) return action;
      warn(
        place,
        'has no "argError": the call is left out and reports success; write -1 for EPERM',
      );
      return { ...action, argError: 0 };
    }
    case 'Signal':
      checkSignal(action, place, fields, true);
      return action;
    case 'NotifyEnforcer':
      checkSignal(action, place, fields, false);
      return action;
    case 'GetUrl':
      if (!fields.has('argUrl')) reportMissing(place, 'argUrl', '; GetUrl asks for it');
      else if (action.argUrl === undefined || !isHttpUrl(action.argUrl))
        report(
          fields.get('argUrl') ?? place,
          `"${action.argUrl ?? ''}" is not a URL; allowed: http://… and https://…`,
        );
      return action;
    case 'DnsLookup':
      if (!fields.has('argFqdn')) reportMissing(place, 'argFqdn', '; DnsLookup asks for it');
      else if (action.argFqdn === undefined || !HOST_NAME.test(action.argFqdn))
        report(
          fields.get('argFqdn') ?? place,
          `"${action.argFqdn ?? ''}" is not the name of a host`,
        );
      return action;
    case 'TrackSock':
    case 'UntrackSock':
      return { ...action, argSock: checkedSock(action, place, fields, context) };
    case 'Set':
      return {
        ...action,
        argIndex: checkedSetIndex(action, place, fields, context),
        argValue: action.argValue ?? 0,
      };
    default:
      return action;
  }
}

/** Signals of Linux are 1 to 64. */
function checkSignal(
  { argSig, action }: Action,
  place: Place,
  fields: Fields,
  needed: boolean,
): void {
  const at = fields.get('argSig');
  if (!at) {
    if (needed) reportMissing(place, 'argSig', `; ${action} sends that signal, e.g. 15`);
  } else if (argSig !== undefined && (argSig > 64 || (needed && argSig === 0)))
    report(at, `${argSig} is not a signal; allowed: 1 to 64`);
}

function isHttpUrl(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && (url.protocol === 'http:' || url.protocol === 'https:');
}

/** Labels of up to 63 signs, 253 signs in all (RFC 1123). */
const HOST_NAME =
  /^(?=.{1,253}\.?$)(?:[A-Za-z0-9_](?:[\w-]{0,61}[A-Za-z0-9_])?\.)*[A-Za-z0-9_](?:[\w-]{0,61}[A-Za-z0-9_])?\.?$/;

function checkedSock(
  { action, argSock = 0 }: Action,
  place: Place,
  fields: Fields,
  { args }: ActionContext,
): number {
  const found = args.find(({ index }) => index === argSock);
  if (found?.type !== 'sock' && found?.type !== 'socket')
    report(
      fields.get('argSock') ?? place,
      found
        ? `${action} takes an argument of type sock or socket; argument ${argSock} is of type ${found.type}`
        : `${action} takes a socket, and no argument of this hook has index ${argSock}`,
    );
  return argSock;
}

function checkedSetIndex(
  { argIndex = 0 }: Action,
  place: Place,
  fields: Fields,
  { args }: ActionContext,
): number {
  if (!args.some(({ index }) => index === argIndex))
    report(
      fields.get('argIndex') ?? place,
      `Set writes to an argument of the hook, and none has index ${argIndex}; it has ${list(args.map(({ index }) => String(index))) || 'none'}`,
    );
  return argIndex;
}

export function readRegisters(place: Place | undefined): string[] {
  return readItems(place).flatMap((item) => {
    const text = readText(item);
    if (text === undefined) return [];
    const problem = registerAssignmentProblem(text);
    if (problem) report(item, problem);
    return [text];
  });
}

/** Where a call goes instead, in the form of Action.argNewCall; at most one may be given. */
export function readNewCall(fields: Fields): string | undefined {
  const symbol = readOptionalText(fields.get('argNewSymbol'));
  const address = readOptionalText(fields.get('argNewAddr'));
  const offset = readOptionalText(fields.get('argNewOffset'));
  const [, second] = ['argNewSymbol', 'argNewAddr', 'argNewOffset'].flatMap(
    (name) => fields.get(name) ?? [],
  );
  if (second) report(second, 'at most one of argNewSymbol, argNewAddr, argNewOffset is allowed');
  if (symbol !== undefined) return symbol;
  if (address !== undefined) return newPlace('address', fields.get('argNewAddr'));
  return offset === undefined ? undefined : newPlace('offset', fields.get('argNewOffset'));
}

function newPlace(kind: string, place: Place | undefined): string | undefined {
  const number = readNumber(place, 0, Number.MAX_SAFE_INTEGER);
  return number === undefined ? undefined : `${kind}:${number}`;
}

const UNITS: Readonly<Record<string, number>> = { '': 1000, s: 1000, m: 60_000, h: 3_600_000 };
/** Tetragon keeps milliseconds in 32 bits, and cuts what is longer. */
const LONGEST_RATE_LIMIT = 0xffff_ffff;

export function readRateLimit(fields: Fields): Action['rateLimit'] {
  const at = fields.get('rateLimit');
  const text = readOptionalText(at);
  const scopePlace = fields.get('rateLimitScope');
  const scope =
    scopePlace && isGiven(scopePlace)
      ? readChoice(scopePlace, ['thread', 'process', 'global'])
      : undefined;
  if (!at || text === undefined) {
    if (scopePlace && scope) report(scopePlace, 'needs "rateLimit"');
    return undefined;
  }
  const match = /^(\d{1,15})([smh]?)$/.exec(text);
  if (!match) {
    report(at, `"${text}" is not a time; allowed: seconds (5 or 5s), minutes (5m), hours (5h)`);
    return undefined;
  }
  const milliseconds = Math.min(
    Number(match[1]) * (UNITS[match[2] ?? ''] ?? 0),
    LONGEST_RATE_LIMIT,
  );
  return milliseconds === 0 ? undefined : { milliseconds, scope: scope ?? 'thread' };
}
