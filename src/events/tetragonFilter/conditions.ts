import type { RE2JS } from 're2js';
import { EVENT_TYPES, type Event, type EventKind, hasProcess, type Process } from '../types.ts';
import { readCapabilityTest } from './capabilities.ts';
import { createDescendants, type Descendants } from './descendants.ts';
import type { FieldReader } from './fields.ts';
import { parseLabelSelector } from './labels.ts';

/** What must hold of an event. */
export type Condition = (event: Event) => boolean;

/** What events have only when the agent was asked for it: a filter that needs more could never match. */
export type FilterAbilities = {
  /** `process.cap`: --enable-process-cred. */
  readonly credentials: boolean;
  /** Kinds of events that tell ancestors: --enable-ancestors. */
  readonly ancestors: readonly EventKind[];
};

/** By their names and numbers. */
export const EVENT_KINDS_BY_TYPE: ReadonlyMap<string | number, EventKind> = new Map<
  string | number,
  EventKind
>(
  (Object.keys(EVENT_TYPES) as EventKind[]).flatMap((kind) => [
    [EVENT_TYPES[kind].name, kind],
    [EVENT_TYPES[kind].number, kind],
  ]),
);

export const AN_EVENT_TYPE = 'an event type';

/**
 * The conditions of a filter, but for `cel_expression`: the cheap ones first. All that ask for something of a process never hold
 * for an event without one, except `health_check: false`.
 *
 * @returns those of `pid_set` apart: they must be told of processes that come and go
 * @throws FilterError
 */
export function readConditions(
  reader: FieldReader,
  abilities: FilterAbilities,
): { conditions: Condition[]; descendants: Descendants | undefined } {
  const kinds = reader.names('event_set', EVENT_KINDS_BY_TYPE, AN_EVENT_TYPE);
  const pidSet = reader.numbers('pid_set');
  const descendants = pidSet && createDescendants(pidSet);
  const conditions: (Condition | undefined)[] = [
    kinds && ((event) => kinds.includes(event.kind)),
    readPolicies(reader),
    readPids(reader),
    descendants && ofProcess(({ pid }) => pid !== undefined && descendants.has(pid)),
    readInitTree(reader),
    readHealthCheck(reader),
    readNamespaces(reader),
    readCapabilities(reader, abilities),
    readLabels(reader),
    ...readRegexes(reader),
    readAncestors(reader, kinds, abilities),
  ];
  return { conditions: conditions.filter((one) => one !== undefined), descendants };
}

const ofProcess =
  (holds: (process: Process) => boolean): Condition =>
  (event) =>
    hasProcess(event) && holds(event.process);

const ofParent =
  (holds: (parent: Process) => boolean): Condition =>
  (event) =>
    hasProcess(event) && event.parent !== undefined && holds(event.parent);

const someMatches = (regexes: readonly RE2JS[], text: string): boolean =>
  regexes.some((regex) => regex.test(text));

function readPolicies(reader: FieldReader): Condition | undefined {
  const names = reader.strings('policy_names');
  if (!names) return undefined;
  return (event) => {
    const policy = policyOf(event);
    return policy !== '' && names.includes(policy);
  };
}

/** The journal is about policies too. */
function policyOf(event: Event): string {
  if (event.kind === 'trigon_journal') return event.policy;
  return 'policyName' in event ? event.policyName : '';
}

function readPids(reader: FieldReader): Condition | undefined {
  const pids = reader.numbers('pid');
  return pids && ofProcess(({ pid }) => pid !== undefined && pids.includes(pid));
}

function readInitTree(reader: FieldReader): Condition | undefined {
  const wanted = reader.boolean('in_init_tree');
  if (wanted === undefined) return undefined;
  return ofProcess(({ inInitTree = false }) => inInitTree === wanted);
}

/** A process that its kubelet may have started to see whether the container is well, or a child of one. */
function readHealthCheck(reader: FieldReader): Condition | undefined {
  const wanted = reader.boolean('health_check');
  if (wanted === undefined) return undefined;
  const isProbe = (process: Process | undefined) =>
    process?.pod?.container?.maybeExecProbe === true;
  return (event) =>
    (hasProcess(event) && (isProbe(event.process) || isProbe(event.parent))) === wanted;
}

/** `""` means processes outside of pods. */
function readNamespaces(reader: FieldReader): Condition | undefined {
  const names = reader.strings('namespace');
  return names && ofProcess(({ pod }) => names.includes(pod?.namespace ?? ''));
}

function readLabels(reader: FieldReader): Condition | undefined {
  const selectors = reader.strings('labels')?.map((source) => {
    try {
      return parseLabelSelector(source);
    } catch (error) {
      return reader.fail('labels', error instanceof Error ? error.message : String(error));
    }
  });
  if (!selectors) return undefined;
  return ofProcess(
    ({ pod }) => pod !== undefined && selectors.some((selects) => selects(pod.podLabels ?? {})),
  );
}

function readCapabilities(
  reader: FieldReader,
  { credentials }: FilterAbilities,
): Condition | undefined {
  const fields = reader.object('capabilities', 'an object of sets of capabilities');
  if (!fields) return undefined;
  if (!credentials)
    reader.fail('capabilities', 'events have none: --enable-process-cred must be given too');
  const test = readCapabilityTest(fields);
  return ofProcess(({ cap }) => cap !== undefined && test(cap));
}

/** Of the host's own containers the names and whole ids that their runtime told count as Kubernetes' do. */
function readRegexes(reader: FieldReader): (Condition | undefined)[] {
  const binary = reader.regexes('binary_regex');
  const parentBinary = reader.regexes('parent_binary_regex');
  const args = reader.regexes('arguments_regex');
  const parentArgs = reader.regexes('parent_arguments_regex');
  const namespace = reader.regexes('namespace_regex');
  const pod = reader.regexes('pod_regex');
  const container = reader.regexes('container_name_regex');
  const id = reader.regexes('container_id');
  return [
    binary && ofProcess((process) => someMatches(binary, process.binary)),
    parentBinary && ofParent((parent) => someMatches(parentBinary, parent.binary)),
    args && ofProcess((process) => someMatches(args, process.arguments)),
    parentArgs && ofParent((parent) => someMatches(parentArgs, parent.arguments)),
    namespace &&
      ofProcess(
        (process) => process.pod !== undefined && someMatches(namespace, process.pod.namespace),
      ),
    pod && ofProcess((process) => process.pod !== undefined && someMatches(pod, process.pod.name)),
    container &&
      ofProcess((process) => {
        const name = process.pod?.container?.name ?? process.trigon?.container?.name;
        return name !== undefined && someMatches(container, name);
      }),
    id &&
      ofProcess(({ docker = '', trigon }) => {
        const whole = trigon?.container?.id;
        return someMatches(id, docker) || (whole !== undefined && someMatches(id, whole));
      }),
  ];
}

/** From the grandparent upwards. */
function readAncestors(
  reader: FieldReader,
  kinds: readonly EventKind[] | undefined,
  { ancestors }: FilterAbilities,
): Condition | undefined {
  const regexes = reader.regexes('ancestor_binary_regex');
  if (!regexes) return undefined;
  const without = kinds?.find((kind) => !ancestors.includes(kind));
  if (ancestors.length === 0 || without)
    reader.fail(
      'ancestor_binary_regex',
      `${without ? `events of type ${EVENT_TYPES[without].name}` : 'events'} have no ancestors: --enable-ancestors must name them`,
    );
  return (event) =>
    hasProcess(event) && (event.ancestors ?? []).some(({ binary }) => someMatches(regexes, binary));
}
