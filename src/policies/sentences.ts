import type { Hook, Selector, TracingPolicy } from './model.ts';
import { deed } from './sentences/deeds.ts';
import { type Effect, effectOf, killing, refusing } from './sentences/effects.ts';
import { type Measure, statementsOf, told } from './sentences/statements.ts';
import type { Case } from './sentences/template.ts';
import { who } from './sentences/who.ts';
import { describeWorkload } from './words/processes.ts';

/** From all that there is to say to the barest; the first that is short enough is taken. */
const MEASURES: readonly Measure[] = [
  { values: 4, deeds: 12, statements: 5 },
  { values: 3, deeds: 10, statements: 5 },
  { values: 2, deeds: 8, statements: 4 },
  { values: 2, deeds: 6, statements: 3 },
  { values: 1, deeds: 6, statements: 3 },
  { values: 1, deeds: 4, statements: 3 },
  { values: 1, deeds: 3, statements: 2 },
  { values: 1, deeds: 1, statements: 2 },
];

/** Characters that fit into a few lines of a dialog. */
const MOST = 400;

/**
 * What a policy does as its text stands, in one to three sentences: `Kills any process that writes to a file below /etc/.` Long
 * lists are shortened. Texts of the policy (paths, names, labels) are in it as they are: escape it before a terminal.
 */
export function watchSentence(policy: TracingPolicy): string {
  const [fullest, ...shorter] = MEASURES.map((measure) => () => sentenceOf(policy, measure));
  let sentence = fullest?.() ?? '';
  for (const make of shorter) {
    if (sentence.length <= MOST) break;
    sentence = make();
  }
  return sentence;
}

function sentenceOf(policy: TracingPolicy, measure: Measure): string {
  const { pod, container, host } = policy.workload;
  const statements = statementsOf(policy, measure.values);
  const sentences = [
    ...(policy.loader ? ['Tells of every library and program that a process maps to run it.'] : []),
    ...told(statements, measure),
  ];
  if (sentences.length === 0) return 'Does nothing: it has no hooks.';
  if (pod || container || host) sentences.push(`Only for ${describeWorkload(policy.workload)}.`);
  if (policy.namespace !== undefined)
    sentences.push(`Only for pods of the Kubernetes namespace ${policy.namespace}.`);
  return sentences.join(' ');
}

/**
 * What arming does to those whom one selector matches (undefined: every call of the hook), without a full stop: `SIGKILL any process
 * that writes to a file below /etc/`. `kill` and `deny` (EPERM) in place of the selector's actions; `own`: its actions. Texts of the
 * policy are in it as they are: escape it before a terminal.
 */
export function armedSentence(
  hook: Hook,
  selector: Selector | undefined,
  action: 'kill' | 'deny' | 'own',
): string {
  const about: Case = { hook, selector, shown: 4, before: 0, nouns: [], told: new Set() };
  const { lead, form, tail } = armed(hook, selector, action);
  // Who comes first: what it tells of is not told again with the deed.
  const process = who(about);
  return `${lead} ${process} ${form === 'third' ? 'that ' : ''}${deed(about, [], form)}${tail}`;
}

function armed(
  hook: Hook,
  selector: Selector | undefined,
  action: 'kill' | 'deny' | 'own',
): Effect {
  if (action === 'own') return effectOf(hook, selector, 'bare');
  const { lead, form } = action === 'kill' ? killing : refusing('EPERM');
  return { lead: lead('bare'), form, tail: '', acts: true };
}
