/** matchActions and matchReturnActions: what a selector that matches does. */
import { ACTION_NAMES, type Action, type ActionName, type HookKind } from '../model.ts';
import {
  type ActionContext,
  completed,
  readNewCall,
  readRateLimit,
  readRegisters,
} from './actionParameters.ts';
import {
  type Fields,
  isGiven,
  list,
  type Place,
  readBoolean,
  readFields,
  readNumber,
  readOptionalText,
  readText,
  report,
  reportMissing,
} from './reader.ts';

/** Actions by kind of hook. */
const ALLOWED: Readonly<Record<HookKind, readonly ActionName[]>> = {
  kprobe: ACTION_NAMES.filter((name) => name !== 'Set'),
  fentry: [
    'Post',
    'NoPost',
    'GetUrl',
    'DnsLookup',
    'TrackSock',
    'UntrackSock',
    'CleanupEnforcerNotification',
  ],
  tracepoint: [
    'Post',
    'NoPost',
    'Sigkill',
    'Signal',
    'GetUrl',
    'DnsLookup',
    'NotifyEnforcer',
    'CleanupEnforcerNotification',
  ],
  lsm: ['Post', 'NoPost', 'Sigkill', 'Signal', 'Override'],
  uprobe: ['Post', 'NoPost', 'Sigkill', 'Signal', 'Override'],
  usdt: ['Post', 'NoPost', 'Sigkill', 'Signal', 'Set'],
};

const WHERE: Readonly<Record<HookKind, string>> = {
  kprobe: 'kprobes',
  fentry: 'fentries',
  tracepoint: 'tracepoints',
  lsm: 'lsmhooks',
  uprobe: 'uprobes',
  usdt: 'usdts',
};

/** Actions of old policies, which Tetragon had once. */
const REMOVED = ['FollowFD', 'UnfollowFD', 'CopyFD'];

const REMOVED_FIELD =
  "belonged to FollowFD, which Tetragon has removed; an argument of type fd gives a descriptor's file";

const FIELDS = [
  'action',
  'argError',
  'argSig',
  'argUrl',
  'argFqdn',
  'argSock',
  'argIndex',
  'argValue',
  'argRegs',
  'argNewSymbol',
  'argNewAddr',
  'argNewOffset',
  'rateLimit',
  'rateLimitScope',
  'kernelStackTrace',
  'userStackTrace',
  'imaHash',
];

export function readAction(place: Place, context: ActionContext): Action[] {
  const fields = readFields(place, FIELDS, { argFd: REMOVED_FIELD, argName: REMOVED_FIELD });
  const action = readName(place, fields, context);
  const read: Omit<Action, 'action'> = {
    argError: readNumber(fields.get('argError'), -0x8000_0000, 0x7fff_ffff),
    argSig: readNumber(fields.get('argSig')),
    argUrl: readOptionalText(fields.get('argUrl')),
    argFqdn: readOptionalText(fields.get('argFqdn')),
    argSock: readNumber(fields.get('argSock')),
    argIndex: readNumber(fields.get('argIndex')),
    argValue: readNumber(fields.get('argValue')),
    argRegs: readRegisters(fields.get('argRegs')),
    argNewCall: readNewCall(fields),
    rateLimit: readRateLimit(fields),
    kernelStackTrace: readBoolean(fields.get('kernelStackTrace')),
    userStackTrace: readBoolean(fields.get('userStackTrace')),
    imaHash: readBoolean(fields.get('imaHash')),
    field: place.field,
    position: place.node.position,
  };
  if (!action) return [];
  checkPostOnly(action, fields, context);
  checkUprobeOnly(action, fields, context);
  return [completed({ action, ...read }, place, fields, context)];
}

function readName(
  place: Place,
  fields: Fields,
  { kind, hasEnforcer }: ActionContext,
): ActionName | undefined {
  const at = fields.get('action');
  if (!at) {
    reportMissing(place, 'action', `; allowed: ${list(ALLOWED[kind])}`);
    return undefined;
  }
  const name = readText(at);
  if (name === undefined) return undefined;
  const action = ACTION_NAMES.find((each) => each === name);
  if (REMOVED.includes(name))
    report(
      at,
      `${name} was removed from Tetragon; an argument of type fd gives a descriptor's file without it`,
    );
  else if (action === undefined)
    report(at, `"${name}" is not an action; allowed: ${list(ALLOWED[kind])}`);
  else if (!ALLOWED[kind].includes(action))
    report(at, `${name} can't be used in ${WHERE[kind]}; allowed: ${list(ALLOWED[kind])}`);
  else if (action === 'NotifyEnforcer' && !hasEnforcer)
    report(at, 'NotifyEnforcer needs "spec.enforcers", which says the calls to enforce in');
  return action !== undefined && ALLOWED[kind].includes(action) ? action : undefined;
}

/** Hooks of whose file the kernel's integrity subsystem has a hash at hand. */
const IMA_HOOKS = [
  'bprm_check_security',
  'bprm_committed_creds',
  'bprm_committing_creds',
  'bprm_creds_for_exec',
  'bprm_creds_from_file',
  'file_ioctl',
  'file_lock',
  'file_open',
  'file_post_open',
  'file_receive',
  'mmap_file',
];

function checkPostOnly(action: ActionName, fields: Fields, { kind, hook }: ActionContext): void {
  for (const name of [
    'rateLimit',
    'rateLimitScope',
    'kernelStackTrace',
    'userStackTrace',
    'imaHash',
  ]) {
    const at = fields.get(name);
    if (!at || !isGiven(at)) continue;
    if (action !== 'Post') report(at, `only goes with the action Post, not with ${action}`);
    else if (name.endsWith('StackTrace') && kind === 'lsm') report(at, "can't be used in lsmhooks");
    else if (name === 'imaHash' && kind !== 'lsm')
      report(at, `can only be used in lsmhooks, not in ${WHERE[kind]}`);
    else if (name === 'imaHash' && !IMA_HOOKS.includes(hook ?? ''))
      report(at, `the hook ${hook} has no file to hash; allowed: ${list(IMA_HOOKS)}`);
  }
}

function checkUprobeOnly(action: ActionName, fields: Fields, { kind }: ActionContext): void {
  for (const name of ['argRegs', 'argNewSymbol', 'argNewAddr', 'argNewOffset']) {
    const at = fields.get(name);
    if (at && (kind !== 'uprobe' || action !== 'Override'))
      report(at, `only goes with the action Override in uprobes`);
  }
}
