import { tg_limit } from '../generated/layouts.ts';
import type {
  Action,
  ArgumentFilter,
  ArgumentType,
  BinaryFilter,
  Hook,
  HookArgument,
  PolicyError,
  Selector,
  TracingPolicy,
} from './model.ts';
import { parseWholeNumber } from './numbers.ts';
import {
  type ErrorList,
  list,
  type Place,
  readBoolean,
  readChoice,
  readCount,
  readFields,
  readItems,
  readRequiredText,
  readText,
  report,
  reportMissing,
} from './reader.ts';
import { isNull, readYaml, YamlSyntaxError } from './yaml.ts';

/** Limits of the language, which are Tetragon's. */
const MAX_SELECTORS = 5;
const MAX_ARGS = 5;
const MAX_FILTERS = 5;
const MAX_ACTIONS = 3;
const MAX_NUMBERS = 4;
const MAX_TAGS = 16;
/** Limits of the kernel side's maps; a key's text ends in NUL. */
const MAX_EXACT_BYTES = tg_limit.TG_EXACT_MAX - 1;
const MAX_PREFIX_BYTES = tg_limit.TG_PREFIX_MAX;

const ARGUMENT_TYPES = ['file', 'int'] as const satisfies readonly ArgumentType[];
const OPERATORS = ['Equal', 'NotEqual', 'Prefix', 'NotPrefix'] as const;
const OTHER_OPERATORS =
  'Postfix NotPostfix GreaterThan LessThan GT LT Mask InRange InMap NotInMap SubString FileType'.split(
    ' ',
  );
const OTHER_ACTIONS =
  'Override Signal GetUrl DnsLookup TrackSock UntrackSock NotifyEnforcer CleanupEnforcerNotification Set'.split(
    ' ',
  );

/** Policies of a file, or everything that is wrong with it; never both: a file with an error loads nothing. */
export type ParseResult =
  | { policies: TracingPolicy[]; errors?: undefined }
  | { policies?: undefined; errors: PolicyError[] };

/**
 * Reads the tracing policies of one file (several documents are allowed). Strict: an unknown field, a wrong value or a limit
 * passed is an error with its place, and all errors are told at once.
 */
export function parsePolicies(source: string, file: string): ParseResult {
  const errors: ErrorList = { file, list: [] };
  const policies: TracingPolicy[] = [];
  try {
    const documents = readYaml(source);
    for (const node of documents) {
      const policy = readPolicy({ node, field: '', errors });
      if (policy) policies.push(policy);
    }
    if (documents.length === 0)
      errors.list.push({
        file,
        line: 1,
        column: 1,
        field: '',
        message: 'the file holds no policy',
      });
  } catch (error) {
    if (!(error instanceof YamlSyntaxError)) throw error;
    errors.list.push({
      file,
      ...error.position,
      field: '',
      message: `not valid YAML: ${error.message}`,
    });
  }
  return errors.list.length > 0 ? { errors: errors.list } : { policies };
}

function readPolicy(place: Place): TracingPolicy | undefined {
  const fields = readFields(place, ['apiVersion', 'kind', 'metadata', 'spec']);
  const version = readRequiredText(place, fields, 'apiVersion');
  const versionPlace = fields.get('apiVersion');
  if (versionPlace && version !== undefined && version !== 'cilium.io/v1alpha1')
    report(versionPlace, `must be cilium.io/v1alpha1, not "${version}"`);
  const kind = fields.get('kind');
  if (!kind) reportMissing(place, 'kind');
  readChoice(kind, ['TracingPolicy'], ['TracingPolicyNamespaced']);

  const metadata = fields.get('metadata');
  const spec = fields.get('spec');
  if (!metadata) reportMissing(place, 'metadata', "; it holds the policy's name");
  if (!spec) reportMissing(place, 'spec');
  if (!metadata || !spec) return undefined;

  const metadataFields = readFields(metadata, ['name', 'namespace', 'labels', 'annotations']);
  const name = readName(metadata, metadataFields);
  const annotations = readAnnotations(metadataFields.get('annotations'));
  const specFields = readFields(
    spec,
    ['kprobes'],
    [
      'tracepoints',
      'lsmhooks',
      'uprobes',
      'usdts',
      'fentries',
      'loader',
      'lists',
      'enforcers',
      'options',
      'selectorsMacros',
      'podSelector',
      'containerSelector',
      'hostSelector',
      'nodeSelector',
    ],
  );
  const kprobes = specFields.get('kprobes');
  const hooks = readItems(kprobes).map(readHook);
  if (!kprobes) reportMissing(spec, 'kprobes', ': the policy would watch nothing');
  else if (kprobes.node.kind === 'sequence' && hooks.length === 0)
    report(kprobes, 'needs at least one hook: the policy would watch nothing');
  return name === undefined ? undefined : { name, file: place.errors.file, annotations, hooks };
}

/** What Kubernetes allows as a name (RFC 1123, subdomain): operators type it to arm the policy, and it is shown everywhere. */
const NAME = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;

function readName(metadata: Place, fields: Map<string, Place>): string | undefined {
  const name = readRequiredText(metadata, fields, 'name');
  const place = fields.get('name');
  if (place && name && !NAME.test(name))
    report(
      place,
      'may hold lower-case letters, digits, "-" and "." only, with no sign at its ends',
    );
  return name;
}

function readAnnotations(place: Place | undefined): Record<string, string> {
  const annotations: Record<string, string> = {};
  if (!place) return annotations;
  if (place.node.kind !== 'mapping') {
    report(place, 'must be a mapping of texts');
    return annotations;
  }
  for (const { key, value } of place.node.entries) {
    if (isNull(value)) continue;
    const text = readText({ node: value, field: `${place.field}.${key}`, errors: place.errors });
    if (text !== undefined) annotations[key] = text;
  }
  return annotations;
}

function readHook(place: Place): Hook {
  const fields = readFields(
    place,
    ['call', 'syscall', 'args', 'selectors', 'message', 'tags'],
    ['return', 'returnArg', 'returnArgAction', 'data', 'ignore'],
  );
  const call = readRequiredText(place, fields, 'call') ?? '';
  const syscall = fields.get('syscall');
  // Tetragon's default is true; for an ordinary function the author must say false.
  if (syscall ? readBoolean(syscall) : place.node.kind === 'mapping')
    report(
      syscall ?? place,
      `must be "syscall: false": hooks on system calls are not supported by this version of Trigon`,
    );
  const args = limited(readItems(fields.get('args')), MAX_ARGS, 'arguments', place).map(
    readArgument,
  );
  const selectors = limited(readItems(fields.get('selectors')), MAX_SELECTORS, 'selectors', place);
  return {
    call,
    args,
    message: readText(fields.get('message')),
    tags: limited(readItems(fields.get('tags')), MAX_TAGS, 'tags', place).map(
      (tag) => readText(tag) ?? '',
    ),
    selectors: selectors.map((selector) => readSelector(selector, args)),
    position: (fields.get('call') ?? place).node.position,
  };
}

function limited(items: Place[], most: number, what: string, parent: Place): Place[] {
  if (items.length > most)
    report(
      items[most] ?? parent,
      `at most ${most} ${what} ${most === 1 ? 'is' : 'are'} allowed here`,
    );
  return items.slice(0, most);
}

function readArgument(place: Place): HookArgument {
  const fields = readFields(
    place,
    ['index', 'type', 'label'],
    ['resolve', 'btfType', 'btfTypeModule', 'sizeArgIndex', 'returnCopy', 'maxData', 'source'],
  );
  const index = fields.get('index');
  if (!index) reportMissing(place, 'index');
  const type = fields.get('type');
  if (!type) reportMissing(place, 'type');
  return {
    index: readCount(index) ?? 0,
    type: readChoice(type, ARGUMENT_TYPES) ?? 'int',
    label: readText(fields.get('label')),
    position: place.node.position,
  };
}

function readSelector(place: Place, args: HookArgument[]): Selector {
  const fields = readFields(
    place,
    ['matchArgs', 'matchBinaries', 'matchActions'],
    [
      'label',
      'macros',
      'matchPIDs',
      'matchData',
      'matchReturnArgs',
      'matchReturnActions',
      'matchParentBinaries',
      'matchNamespaces',
      'matchNamespaceChanges',
      'matchCapabilities',
      'matchCapabilityChanges',
      'matchWorkloads',
    ],
  );
  const filters = limited(readItems(fields.get('matchArgs')), MAX_FILTERS, 'filters', place);
  const binaries = limited(readItems(fields.get('matchBinaries')), 1, 'entry', place);
  const actions = limited(readItems(fields.get('matchActions')), MAX_ACTIONS, 'actions', place);
  return {
    matchArgs: filters.flatMap((filter) => readArgumentFilter(filter, args)),
    matchBinaries: binaries.map(readBinaryFilter)[0],
    actions: actions.flatMap(readAction),
  };
}

function readArgumentFilter(place: Place, args: HookArgument[]): ArgumentFilter[] {
  const fields = readFields(place, ['index', 'operator', 'values'], ['args']);
  const index = fields.get('index');
  const operatorPlace = fields.get('operator');
  if (!index) reportMissing(place, 'index');
  if (!operatorPlace) reportMissing(place, 'operator');
  const operator = readChoice(operatorPlace, OPERATORS, OTHER_OPERATORS);
  const wanted = readCount(index);
  const argument = args.findIndex((arg) => arg.index === wanted);
  const type = args[argument]?.type;
  if (index && wanted !== undefined && !type)
    report(
      index,
      `no argument of this hook has index ${wanted}; it has ${list(args.map((arg) => String(arg.index))) || 'none'}`,
    );
  const values = readValues(place, fields.get('values'));
  if (!operator || !operatorPlace || !type) return [];
  if (type === 'int') checkNumbers(values, operator, operatorPlace, place);
  else checkPaths(values, operator);
  return [{ argument, operator, values: values.map((value) => value.text) }];
}

type Value = { text: string; place: Place };

function readValues(parent: Place, place: Place | undefined): Value[] {
  const values = readItems(place).flatMap((item) => {
    const text = readText(item);
    // Old policies end their texts in a NUL byte, as C has them.
    return text === undefined ? [] : [{ text: text.replace(/\0+$/, ''), place: item }];
  });
  if (!place) reportMissing(parent, 'values');
  else if (place.node.kind === 'sequence' && place.node.items.length === 0)
    report(place, 'needs at least one value');
  for (const value of values) if (value.text === '') report(value.place, 'must not be empty');
  return values;
}

function checkNumbers(
  values: Value[],
  operator: string,
  operatorPlace: Place,
  parent: Place,
): void {
  if (operator === 'Prefix' || operator === 'NotPrefix')
    report(
      operatorPlace,
      `${operator} compares texts, and this argument is a number; use Equal or NotEqual`,
    );
  if (values.length > MAX_NUMBERS)
    report(values[MAX_NUMBERS]?.place ?? parent, `at most ${MAX_NUMBERS} numbers are allowed here`);
  for (const { text, place } of values) {
    const number = parseWholeNumber(text);
    if (number === undefined) report(place, `"${text}" is not a whole number`);
    else if (number < -0x80000000n || number > 0x7fffffffn)
      report(place, `${text} does not fit into an int (32 bits, signed)`);
  }
}

function checkPaths(values: Value[], operator: string): void {
  const most = operator.endsWith('Prefix') ? MAX_PREFIX_BYTES : MAX_EXACT_BYTES;
  for (const { text, place } of values) {
    const bytes = Buffer.byteLength(text);
    if (bytes > most)
      report(place, `${bytes} bytes are too long; at most ${most} are allowed here`);
  }
}

function readBinaryFilter(place: Place): BinaryFilter {
  const fields = readFields(place, ['operator', 'values'], ['followChildren']);
  const operatorPlace = fields.get('operator');
  if (!operatorPlace) reportMissing(place, 'operator');
  const operator = readChoice(
    operatorPlace,
    ['In', 'NotIn'],
    ['Prefix', 'NotPrefix', 'Postfix', 'NotPostfix'],
  );
  const values = readValues(place, fields.get('values'));
  checkPaths(values, 'Equal');
  for (const value of values)
    if (!value.text.startsWith('/'))
      report(value.place, `"${value.text}" must be an absolute path`);
  return { operator: operator ?? 'In', values: values.map((value) => value.text) };
}

function readAction(place: Place): Action[] {
  const fields = readFields(
    place,
    ['action'],
    [
      'argError',
      'argSig',
      'argUrl',
      'argFqdn',
      'argSock',
      'argIndex',
      'argValue',
      'rateLimit',
      'rateLimitScope',
      'kernelStackTrace',
      'userStackTrace',
      'imaHash',
    ],
  );
  if (!fields.has('action')) reportMissing(place, 'action');
  const action = readChoice(fields.get('action'), ['Post', 'NoPost', 'Sigkill'], OTHER_ACTIONS);
  return action ? [{ action }] : [];
}
