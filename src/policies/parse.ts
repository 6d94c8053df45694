import { newBudget } from './language/argumentFilters.ts';
import type { PolicyContext } from './language/hookParts.ts';
import { readKprobe, readLsmHook, readTracepoint, readUsdt } from './language/hooks.ts';
import { readEnforcer, readLists, readOptions } from './language/lists.ts';
import { readMacros } from './language/macros.ts';
import { readMetadata } from './language/metadata.ts';
import { readParameters, valuesOf } from './language/parameters.ts';
import { fillPlaceholders, type Variables } from './language/placeholders.ts';
import {
  type ErrorList,
  type Fields,
  type Place,
  readBoolean,
  readChoice,
  readFields,
  readItems,
  readRequiredText,
  report,
  reportMissing,
} from './language/reader.ts';
import { readProcessFilters } from './language/selectors.ts';
import { readUprobe } from './language/uprobes.ts';
import { readWorkload, WORKLOAD_FIELDS } from './language/workloads.ts';
import type { Hook, PolicyError, PolicyParameter, TracingPolicy, Workload } from './model.ts';
import { readYaml, type YamlNode, YamlSyntaxError } from './yaml.ts';

/**
 * Policies of a file, or everything that is wrong with it; never both: a file with an error loads nothing. Warnings tell what is
 * allowed, but not what its author may believe.
 */
export type ParseResult =
  | { policies: TracingPolicy[]; warnings: PolicyError[]; errors?: undefined }
  | { policies?: undefined; warnings?: undefined; errors: PolicyError[] };

export type ParseOptions = {
  /** Values of `${NAME}` placeholders (placeholders.ts); names that aren't there are unset. */
  variables?: Variables;
};

/**
 * Reads the tracing policies of one file (several documents are allowed). Strict: an unknown field, a wrong value or a limit
 * passed is an error with its place, and all errors are told at once, in the order of the file.
 */
export function parsePolicies(
  source: string,
  file: string,
  { variables = {} }: ParseOptions = {},
): ParseResult {
  const errors: ErrorList = { file, list: [], warnings: [] };
  const policies: TracingPolicy[] = [];
  try {
    const documents = readYaml(source);
    for (const document of documents) {
      const unset: ErrorList = { file, list: [], warnings: [] };
      const parameters = readParameters(document, variables, errors);
      const node = fillPlaceholders(document, valuesOf(parameters, variables), unset);
      const policy = readPolicy({ node, field: '', errors }, parameters);
      // What would stand there isn't known: only that it is missing is told.
      const unknown = new Set(unset.list.map(placeOf));
      errors.list = [...errors.list.filter((each) => !unknown.has(placeOf(each))), ...unset.list];
      if (policy) addPolicy(policy, policies, { node, field: '', errors });
    }
    if (documents.length === 0) reportFile(errors, 'the file holds no policy');
  } catch (error) {
    if (!(error instanceof YamlSyntaxError)) throw error;
    reportFile(errors, `not valid YAML: ${error.message}`, error.position);
  }
  return errors.list.length > 0
    ? { errors: inOrder(errors.list) }
    : { policies, warnings: inOrder(errors.warnings) };
}

const placeOf = ({ line, column }: PolicyError): string => `${line}:${column}`;

function reportFile(errors: ErrorList, message: string, position = { line: 1, column: 1 }): void {
  errors.list.push({ file: errors.file, ...position, field: '', message });
}

/** By place, and each once: what an alias or a macro brings to several places is told of the first. */
function inOrder(list: readonly PolicyError[]): PolicyError[] {
  const sorted = list.toSorted((a, b) => a.line - b.line || a.column - b.column);
  const told = new Set<string>();
  return sorted.filter((error) => {
    const key = `${placeOf(error)}:${error.message}`;
    const isNew = !told.has(key);
    told.add(key);
    return isNew;
  });
}

function addPolicy(policy: TracingPolicy, policies: TracingPolicy[], place: Place): void {
  const { name, namespace } = policy;
  if (policies.some((other) => other.name === name && other.namespace === namespace))
    report(place, `the file has a policy named "${name}" already`);
  policies.push(policy);
}

const KINDS = ['TracingPolicy', 'TracingPolicyNamespaced'] as const;

function readPolicy(place: Place, parameters: PolicyParameter[]): TracingPolicy | undefined {
  const fields = readFields(place, ['apiVersion', 'kind', 'metadata', 'spec']);
  const version = readRequiredText(place, fields, 'apiVersion');
  const versionPlace = fields.get('apiVersion');
  if (versionPlace && version !== undefined && version !== 'cilium.io/v1alpha1')
    report(versionPlace, `must be cilium.io/v1alpha1, not "${version}"`);
  if (!fields.has('kind')) reportMissing(place, 'kind');
  const isNamespaced = readChoice(fields.get('kind'), KINDS) === 'TracingPolicyNamespaced';
  const metadataPlace = fields.get('metadata');
  if (!metadataPlace) reportMissing(place, 'metadata', "; it holds the policy's name");
  const metadata = metadataPlace && readMetadata(metadataPlace, isNamespaced);
  const specPlace = fields.get('spec');
  if (!specPlace) reportMissing(place, 'spec');
  const spec = specPlace && readSpec(specPlace, isNamespaced);
  if (!metadata || !spec) return undefined;
  return {
    ...metadata,
    parameters,
    file: place.errors.file,
    position: place.node.position,
    ...spec,
  };
}

type Spec = Omit<
  TracingPolicy,
  'name' | 'namespace' | 'file' | 'position' | 'about' | 'parameters'
>;

/** Hooks of one kind each: a policy has one of these sections. */
const SECTIONS: Readonly<Record<string, (place: Place, context: PolicyContext) => Hook>> = {
  kprobes: readKprobe('kprobe'),
  fentries: readKprobe('fentry'),
  tracepoints: readTracepoint,
  lsmhooks: readLsmHook,
  uprobes: readUprobe,
  usdts: readUsdt,
};

function readSpec(place: Place, isNamespaced: boolean): Spec {
  const fields = readFields(place, [
    ...Object.keys(SECTIONS),
    'loader',
    'lists',
    'enforcers',
    'options',
    'selectorsMacros',
    ...WORKLOAD_FIELDS,
    'nodeSelector',
  ]);
  const lists = readLists(fields.get('lists'));
  const enforcer = readEnforcer(fields.get('enforcers'), lists);
  const macros = readMacros(fields.get('selectorsMacros'));
  // A macro that no selector uses is checked as far as it goes without a hook.
  for (const macro of macros.values()) readProcessFilters(macro);
  const context = { lists, hasEnforcer: enforcer !== undefined, macros, budget: newBudget() };
  const workload = readWorkload(fields);
  const loader = readBoolean(fields.get('loader'));
  checkWorkload(fields, workload, loader, isNamespaced);
  return {
    hooks: readHooks(fields, context),
    loader,
    lists,
    enforcer,
    options: readOptions(fields.get('options')),
    workload,
  };
}

function readHooks(fields: Fields, context: PolicyContext): Hook[] {
  const sections = Object.keys(SECTIONS).filter((name) => !isEmptyList(fields.get(name)?.node));
  const [first, ...more] = sections;
  for (const name of more) {
    const place = fields.get(name);
    if (place)
      report(
        place,
        `can't be combined with ${first}: a policy has hooks of one kind; put them into two policies`,
      );
  }
  return sections.flatMap((name) =>
    readItems(fields.get(name)).flatMap((item) => SECTIONS[name]?.(item, context) ?? []),
  );
}

const isEmptyList = (node: YamlNode | undefined): boolean =>
  node === undefined || (node.kind === 'sequence' && node.items.length === 0);

function checkWorkload(
  fields: Fields,
  { host, pod, container }: Workload,
  loader: boolean,
  isNamespaced: boolean,
): void {
  const hostPlace = fields.get('hostSelector');
  if (isNamespaced && host && hostPlace)
    report(hostPlace, 'must be null in a TracingPolicyNamespaced, which is for pods');
  const loaderPlace = fields.get('loader');
  if (loader && loaderPlace && (isNamespaced || pod || container))
    report(loaderPlace, "can't be restricted to pods or containers");
}
