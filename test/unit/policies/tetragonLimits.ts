/**
 * What Tetragon (cilium/tetragon at commit 4fbfe2d7) refuses, cuts or reads otherwise, of policies that we take: with the largest of
 * its BPF programs, on kernels since 5.11.
 */
import { load } from 'js-yaml';
import type {
  Action,
  ActionName,
  ArgumentFilter,
  ArgumentOperator,
  ArgumentType,
  BinaryFilter,
  Hook,
  HookArgument,
  HookKind,
  Selector,
  TracingPolicy,
} from '../../../src/policies/model.ts';

/** Values that are compared one after the other, not looked up in a map. */
const COMPARED = 4;
/** More would be put one by one into a map. */
const MOST_IN_MAP = 1 << 16;

const TEXTS: readonly ArgumentType[] = [
  ...(['fd', 'file', 'path', 'dentry', 'string', 'char_buf', 'linux_binprm'] as const),
  ...(['data_loc', 'net_device', 'sockaddr_un'] as const),
];
const NUMBERS: readonly ArgumentType[] = [
  ...(['int', 'int8', 'int16', 'int32', 'int64', 'size_t', 'syscall64'] as const),
  ...(['uint8', 'uint16', 'uint32', 'uint64'] as const),
];
const CAPABILITIES: readonly ArgumentType[] = [
  ...(['kernel_cap_t', 'cap_inheritable', 'cap_permitted', 'cap_effective'] as const),
];
const SOCKETS: readonly ArgumentType[] = ['sock', 'socket', 'skb'];

/** Types of arguments that an operator compares; of others it takes anything for a match, or nothing. */
function typesOf(operator: ArgumentOperator): readonly ArgumentType[] {
  switch (operator.replace(/^Not/, '')) {
    case 'Equal':
      return [...TEXTS, ...NUMBERS, ...CAPABILITIES];
    case 'Mask':
      return [...NUMBERS, ...CAPABILITIES];
    case 'Prefix':
    case 'Postfix':
    case 'SubString':
    case 'SubStringIgnCase':
      return TEXTS;
    case 'FileType':
      return ['file', 'path'];
    case 'SPort':
    case 'SPortPriv':
    case 'SAddr':
      return [...SOCKETS, 'sockaddr'];
    case 'Family':
      return [...SOCKETS, 'sockaddr', 'sockaddr_un'];
    case 'DPort':
    case 'DPortPriv':
    case 'DAddr':
    case 'Protocol':
    case 'State':
      return SOCKETS;
    case 'CapabilitiesGained':
      return CAPABILITIES;
    case 'CelExpr':
      return ['int64', 'int32', 'int', 'uint64', 'uint32'];
    default:
      return NUMBERS;
  }
}

const ACTIONS: Readonly<Record<HookKind, readonly ActionName[]>> = {
  kprobe: [
    ...(['Post', 'NoPost', 'Sigkill', 'Signal', 'Override', 'GetUrl', 'DnsLookup'] as const),
    ...(['TrackSock', 'UntrackSock', 'NotifyEnforcer', 'CleanupEnforcerNotification'] as const),
  ],
  fentry: ['Post', 'NoPost', 'GetUrl', 'DnsLookup', 'TrackSock', 'UntrackSock'],
  tracepoint: [
    ...(['Post', 'NoPost', 'Sigkill', 'Signal', 'GetUrl', 'DnsLookup'] as const),
    ...(['NotifyEnforcer', 'CleanupEnforcerNotification'] as const),
  ],
  lsm: ['Post', 'NoPost', 'Sigkill', 'Signal', 'Override'],
  uprobe: ['Post', 'NoPost', 'Sigkill', 'Signal', 'Override'],
  usdt: ['Post', 'NoPost', 'Sigkill', 'Signal', 'Set'],
};

type Told = (message: string) => void;

/** @param text of the policy, without placeholders. @returns what of it goes beyond Tetragon; empty: nothing */
export function breaches(policy: TracingPolicy, text: string): string[] {
  const found: string[] = [];
  const tellOf =
    (field: string): Told =>
    (message) =>
      found.push(`${field}: ${message}`);
  checkForm(load(text), [], tellOf);
  const { workload, hooks, options } = policy;
  const tell = tellOf('spec');
  if (workload.pod || workload.container) tell('pods and containers need the policy filter');
  const places = options.disableKprobeMulti ? [] : hooks.map(placeOf);
  for (const place of new Set(places.filter((each, index) => places.indexOf(each) !== index)))
    tell(`with kprobe.multi ${place} can be hooked once`);
  const filters = hooks.flatMap(({ selectors }) => selectors.flatMap(argumentFilters));
  if (filters.filter(({ operator }) => operator === 'CelExpr').length > 8) tell('8 expressions');
  const parts = filters.flatMap(({ operator, values }) =>
    operator.startsWith('SubString') && values.kind === 'texts' ? values.texts : [],
  );
  if (parts.length > 100) tell('100 values of SubString');
  for (const hook of hooks) checkHook(hook, policy, tellOf);
  return found;
}

/** How many of 64 bits, which all loaded policies share, a policy takes. */
export const followedChildren = ({ hooks }: TracingPolicy): number =>
  hooks
    .flatMap(({ selectors }) => selectors)
    .flatMap(({ matchBinaries, matchParentBinaries }) => [matchBinaries, matchParentBinaries])
    .filter((filter) => filter?.followChildren).length;

const placeOf = (hook: Hook): string => {
  if ('call' in hook) return hook.call;
  return hook.kind === 'tracepoint' ? `${hook.subsystem}/${hook.event}` : hook.field;
};

/** Fields that are numbers, or true and false; all others are texts, which YAML must not take for anything else. */
const NOT_TEXT: Readonly<Record<string, 'number' | 'boolean'>> = {
  ...{ index: 'number', sizeArgIndex: 'number', args: 'number', argError: 'number' },
  ...{ argSig: 'number', argSock: 'number', argIndex: 'number', argValue: 'number' },
  ...{ syscall: 'boolean', return: 'boolean', raw: 'boolean', loader: 'boolean' },
  ...{ returnCopy: 'boolean', maxData: 'boolean', followForks: 'boolean' },
  ...{ followChildren: 'boolean', isNamespacePID: 'boolean', isNamespaceCapability: 'boolean' },
  ...{ kernelStackTrace: 'boolean', userStackTrace: 'boolean', imaHash: 'boolean' },
  ...{ callNotFound: 'boolean' },
};

function checkForm(value: unknown, path: readonly string[], tellOf: (field: string) => Told): void {
  const name = path.at(-1) ?? '';
  if (Array.isArray(value)) {
    for (const item of value) checkForm(item, path, tellOf);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value)) checkForm(inner, [...path, key], tellOf);
  } else {
    const isPid = path.slice(-2).join('.') === 'matchPIDs.values';
    const type = isPid
      ? 'number'
      : path[0] === 'metadata'
        ? 'string'
        : (NOT_TEXT[name] ?? 'string');
    if (typeof value !== type) tellOf(path.join('.'))(`${String(value)} is no ${type} in YAML`);
  }
}

function checkHook(hook: Hook, policy: TracingPolicy, tellOf: (field: string) => Told): void {
  const tell = tellOf(hook.field);
  const data = 'data' in hook ? hook.data : [];
  const returns = 'returnArg' in hook && hook.returnArg ? [hook.returnArg] : [];
  if (hook.args.length + data.length > 5) tell('5 arguments');
  if (hook.selectors.length > 5) tell('5 selectors');
  if (hook.message !== undefined) checkShown(hook.message, 256, tell);
  if (hook.tags.length > 16) tell('16 tags');
  for (const tag of hook.tags) checkShown(tag, 128, tell);
  for (const argument of [...hook.args, ...returns]) {
    checkArgument(hook, argument, tellOf(argument.field));
    if (argument.source) tellOf(argument.field)('source is for data');
  }
  for (const each of data)
    if (!each.source || each.resolve.length === 0)
      tellOf(each.field)('data have source and resolve');
  for (const selector of hook.selectors) checkSelector(hook, selector, policy, tellOf);
}

function checkShown(text: string, most: number, tell: Told): void {
  const bytes = Buffer.byteLength(text);
  if (bytes < 2 || bytes > most) tell(`"${text}" must have 2 to ${most} bytes`);
}

function checkArgument({ kind }: Hook, argument: HookArgument, tell: Told): void {
  const { index, type, resolve, sizeArgIndex, maxData, returnCopy } = argument;
  if (kind !== 'tracepoint' && index > 4) tell('index 0 to 4');
  if (resolve.length > 10) tell('10 fields deep');
  if (sizeArgIndex > 15) tell('sizeArgIndex 1 to 15');
  if (maxData && (type !== 'char_buf' || returnCopy)) tell('maxData is for char_buf at the entry');
  if (type === 'const_buf') tell('const_buf is not for policies');
  const isFunction = kind === 'kprobe' || kind === 'fentry';
  if (isFunction && (type === 'auto' || type === 'syscall64')) tell(`${type} is for tracepoints`);
  if (kind === 'lsm' && type === 'auto' && resolve.length === 0) tell('auto needs resolve');
}

const argumentFilters = ({ matchArgs, matchData, matchReturnArgs }: Selector): ArgumentFilter[] => [
  ...matchArgs,
  ...matchData,
  ...matchReturnArgs,
];

function checkSelector(
  hook: Hook,
  selector: Selector,
  policy: TracingPolicy,
  tellOf: (field: string) => Told,
): void {
  const tell = tellOf(selector.field);
  const { matchPIDs, matchNamespaces, matchCapabilities, matchCapabilityChanges } = selector;
  const { matchArgs, matchData, matchReturnArgs, matchBinaries, matchParentBinaries } = selector;
  if (matchPIDs.length > 1) tell('only the first of matchPIDs is read');
  if (matchPIDs.some(({ values }) => values.length > COMPARED)) tell('4 PIDs');
  if (matchNamespaces.length > 10) tell('10 namespaces');
  if (matchNamespaces.some(({ values }) => values.length > COMPARED)) tell('4 values');
  if (matchCapabilities.length > 1 || matchCapabilityChanges.length > 1)
    tell('only the first of matchCapabilities, matchCapabilityChanges is read');
  if (matchArgs.length + matchData.length > 5) tell('5 filters');
  if (matchData.length > 0 && ['tracepoint', 'lsm', 'usdt'].includes(hook.kind)) tell('no data');
  if (matchReturnArgs.length > 0 && !('return' in hook && hook.return)) tell('nothing returns');
  if (matchParentBinaries) tell('matchParentBinaries needs --parents-map-enabled');
  if (matchBinaries) checkBinaries(matchBinaries, tell);
  const filtersOf = (filters: readonly ArgumentFilter[], given: readonly HookArgument[]) => {
    for (const filter of filters) checkFilter(filter, given, tellOf(filter.field));
  };
  filtersOf(matchArgs, hook.args);
  filtersOf(matchData, 'data' in hook ? hook.data : []);
  filtersOf(matchReturnArgs, 'returnArg' in hook && hook.returnArg ? [hook.returnArg] : []);
  if (selector.actions.length > 3 || selector.returnActions.length > 3) tell('3 actions');
  for (const action of [...selector.actions, ...selector.returnActions])
    checkAction(hook, action, policy, tellOf(action.field));
}

function checkBinaries({ operator, values, followChildren }: BinaryFilter, tell: Told): void {
  const [longest] = { Prefix: [256], Postfix: [127] }[operator.replace(/^Not/, '')] ?? [255];
  for (const value of values)
    if (Buffer.byteLength(value) > (longest ?? 0)) tell(`${value} is too long`);
  if (followChildren && !/^(Not)?In$/.test(operator)) tell('followChildren is for In and NotIn');
}

function checkFilter(filter: ArgumentFilter, given: readonly HookArgument[], tell: Told): void {
  const { operator, values } = filter;
  const types = filter.arguments.map((position) => given[position]?.type ?? 'nop');
  const base = operator.replace(/^Not/, '');
  for (const type of types)
    if (type !== 'auto' && !typesOf(operator).includes(type)) tell(`${operator} of ${type}`);
  if (values.kind === 'texts') {
    const longest =
      { Prefix: 256, Postfix: 127, SubString: 99, SubStringIgnCase: 99 }[base] ?? 4096;
    for (const text of values.texts) {
      const bytes = Buffer.byteLength(text);
      if (bytes > longest || (bytes === 0 && base !== 'Equal'))
        tell(`${bytes} bytes in ${operator}`);
    }
    if (base === 'FileType' && values.texts.length > COMPARED) tell('4 values');
  }
  if (values.kind === 'list' && types.some((type) => type !== 'syscall64')) tell('a list of calls');
  if (values.kind !== 'ranges') return;
  const isCompared = [
    'Equal',
    'GT',
    'LT',
    'GreaterThan',
    'LessThan',
    'Mask',
    'InRange',
    'FileType',
  ];
  if (isCompared.includes(base) && values.ranges.length > COMPARED) tell('4 values');
  if (types.includes('size_t') && values.ranges.flat().some((value) => value > 0x7fff_ffffn))
    tell('size_t is read as a signed number of 32 bits');
  const sum = values.ranges.reduce((all, [first, last]) => all + (last - first) + 1n, 0n);
  if (base === 'InMap' && sum > MOST_IN_MAP) tell(`${sum} values in a map`);
}

function checkAction(
  hook: Hook,
  { action, imaHash, kernelStackTrace, userStackTrace, rateLimit }: Action,
  { options, enforcer }: TracingPolicy,
  tell: Told,
): void {
  if (!ACTIONS[hook.kind].includes(action)) tell(`${action} at ${hook.kind}`);
  if (imaHash && hook.kind !== 'lsm') tell('imaHash is for lsmhooks');
  const isTraced = kernelStackTrace || userStackTrace;
  if (isTraced && (action !== 'Post' || hook.kind === 'lsm')) tell('no stack traces');
  if (rateLimit && action !== 'Post') tell('rateLimit is for Post');
  if (action === 'NotifyEnforcer' && !enforcer) tell('NotifyEnforcer needs enforcers');
  if (action !== 'Override' || hook.kind !== 'kprobe' || hook.syscall) return;
  if (!hook.call.startsWith('security_')) tell('Override is for system calls and security_*');
  else if (!options.disableKprobeMulti) tell('Override of security_* needs disable-kprobe-multi');
}
