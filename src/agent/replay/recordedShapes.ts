import type { Fact } from '../../events/facts.ts';
import { SEVERITIES } from '../../events/severity.ts';
import type {
  HookDescription,
  HookPointStatus,
  PolicyDescription,
  PolicyState,
  RecordedMark,
  SelectorDescription,
  TreeProcess,
} from '../messages.ts';
import type { RecordingLine } from '../recording/format.ts';
import {
  type Check,
  flag,
  integer,
  isPlain,
  listOf,
  ns,
  oneOf,
  orNone,
  recordOf,
  shape,
  text,
  textOf,
  u32,
} from '../shape.ts';

/** One check for each field: a new field without one is no valid program. */
type Fields<T> = { readonly [Name in keyof T]-?: Check };

/** The line's own length is bounded besides. */
const MAX_LIST = 100_000;

const number: Check = (value) => typeof value === 'number' && Number.isFinite(value);
const label: Check = (value) => typeof value === 'string' && value.length <= 1024;
const many = (check: Check): Check => listOf(check, MAX_LIST);
const all = <T>(fields: Fields<T>): Check => shape(fields);
const texts = many(text);
const numbers = recordOf(number, 100);
const labels = recordOf(text, MAX_LIST);
/** `pid:start`, as the tree's keys are. */
const key = textOf(/^\d{1,10}:\d{1,20}$/);

const treeProcess = all<TreeProcess>({
  ...{ ktime: ns, key, parent: orNone(key), pid: u32, uid: u32 },
  ...{ user: orNone(text), binary: text, arguments: text, container: text },
  ...{ startedAt: integer, endedAt: orNone(number), ending: orNone(text) },
  ...{ isKernelThread: flag, events: number, hits: number, kills: number },
});

const hookPoint = all<HookPointStatus>({
  functionName: text,
  state: oneOf('attached', 'idle', 'missing', 'failed'),
  ...{ reason: orNone(text), remedy: orNone(text), numbers: many(u32) },
  // For records of the kernel: events of a recording have all their words.
  names: orNone(isPlain),
});

const selector = all<SelectorDescription>({
  ...{ words: text, kills: flag, enforces: flag, isException: flag },
});

const hook = all<HookDescription>({
  kind: oneOf('kprobe', 'fentry', 'tracepoint', 'lsm', 'uprobe', 'usdt'),
  ...{ call: text, obtained: text, way: text, differs: texts, sigkill: text },
  ...{ points: many(hookPoint), selectors: many(selector) },
});

const parameter = shape({ name: text, value: text, standard: text, help: text });

const policyFields: Fields<PolicyDescription> = {
  ...{ id: u32, name: text, namespace: orNone(text), file: text, position: u32 },
  origin: oneOf('option', 'system', 'user', 'library', 'added'),
  ...{ title: text, why: text, noise: text, arming: text, sentence: text, mitre: texts },
  ...{ severity: orNone(oneOf(...SEVERITIES)), canBeTested: flag, parameters: many(parameter) },
  ...{ problems: texts, warnings: texts, enforces: flag, fuseBlown: flag },
  added: many(many(oneOf('none', 'kill', 'deny'))),
  ...{ memoryBytes: number, armedUntil: orNone(number), hooks: many(hook) },
  mode: oneOf('off', 'monitor', 'enforce'),
  condition: oneOf('enabled', 'disabled', 'partially_enabled', 'load_error'),
};

const state = all<PolicyState>({
  id: u32,
  counts: many(many(numbersOf('matched', 'killed', 'overridden', 'wouldAct'))),
  runs: numbersOf('runs', 'runTimeNs', 'argumentFaults', 'pendingLost'),
  network: numbersOf('done', 'failed', 'dropped', 'refused'),
});

/** An object of nothing but numbers, with these among them. */
function numbersOf(...names: readonly string[]): Check {
  return (value) => numbers(value) && isPlain(value) && names.every((name) => name in value);
}

const pod = shape({
  ...{ namespace: text, name: text, uid: orNone(text), podLabels: orNone(labels) },
  ...{ workload: orNone(text), workloadKind: orNone(text), podAnnotations: orNone(labels) },
});

const FACTS: Readonly<Record<Fact['kind'], Check>> = {
  container: shape({
    ...{ id: text, name: text, image: text, imageId: text, startedAt: orNone(number) },
    ...{ labels, pod: orNone(pod) },
  }),
  name: shape({ address: text, name: text }),
  sha256: shape({ executable: label, sha256: label }),
};

const fact: Check = (value) => isPlain(value) && checkOf(FACTS, value.kind)?.(value) === true;

const mark = all<RecordedMark>({ time: ns, execId: label, label });

const LINES: Readonly<Record<RecordingLine['kind'], Check>> = {
  begin: shape({ version: integer, node: label, kernel: text, startedAt: integer }),
  processes: shape({ processes: many(treeProcess) }),
  policies: shape({
    ...{ changed: many(shape(policyFields)), removed: many(u32), all: orNone(many(u32)) },
  }),
  states: shape({ states: many(state) }),
  lost: shape({ lost: numbers }),
  facts: shape({ facts: many(fact) }),
  mark: shape({ mark, isSet: flag }),
  marks: shape({ marks: many(mark) }),
  end: shape({ events: integer }),
};

const checkOf = (checks: Readonly<Record<string, Check>>, kind: unknown): Check | undefined =>
  typeof kind === 'string' && Object.hasOwn(checks, kind) ? checks[kind] : undefined;

/**
 * Whether a line of a recording is what its kind says, in every field that is read: recordings are handed around, and this one may be
 * nobody's.
 */
export const isWellFormed = (line: RecordingLine): boolean =>
  checkOf(LINES, line.kind)?.(line) === true;
