import type { Hook, Selector, TracingPolicy, ValueList } from '../model.ts';
import { deed } from './deeds.ts';
import { type Effect, effectOf } from './effects.ts';
import type { Case } from './template.ts';
import { who } from './who.ts';

/** How much is told: values of one list, deeds of one sentence, sentences. */
export type Measure = { values: number; deeds: number; statements: number };

/** What one selector, or several that differ in nothing else, do about some deeds. */
type Statement = Effect & { who: string; deeds: Deed[] };

/** `nouns`: as they stand in it. */
type Deed = { words: string; nouns: Case['nouns'] };

/** Statements that hold side by side, or of which the first that fits counts. */
export type Statements = { inOrder: boolean; statements: Statement[] };

/**
 * Those of all hooks, what acts on processes before what only watches: it must not be what is cut off. Hooks whose selectors have
 * the same effects are taken together: which of them is first makes no difference.
 */
export function statementsOf({ hooks, lists }: TracingPolicy, values: number): Statements[] {
  const together: Statement[] = [];
  const all: Statements[] = [];
  for (const hook of hooks) {
    const statements = ofHook(hook, lists, values);
    const effects = new Set(statements.map(({ lead, tail }) => `${lead}${tail}`));
    if (effects.size > 1) all.push({ inOrder: true, statements: inOrder(statements) });
    else for (const statement of statements) merge(together, statement);
  }
  const beside = together.map((statement) => ({ inOrder: false, statements: [statement] }));
  return [...beside, ...all].toSorted((a, b) => Number(acts(b)) - Number(acts(a)));
}

const acts = ({ statements }: Statements): boolean => statements.some((each) => each.acts);

function ofHook(hook: Hook, lists: readonly ValueList[], values: number): Statement[] {
  const selectors: (Selector | undefined)[] =
    hook.selectors.length > 0 ? hook.selectors : [undefined];
  return selectors.map((selector) => {
    const about: Case = { hook, selector, shown: values, before: 0, nouns: [], told: new Set() };
    const effect = effectOf(hook, selector, 'third');
    const process = who(about);
    const words = deed(about, lists, effect.form);
    return { ...effect, who: process, deeds: [{ words, nouns: about.nouns }] };
  });
}

/** Adds a statement to those that say the same of the same processes, wherever they stand. */
function merge(all: Statement[], statement: Statement): void {
  const same = all.find((each) => isLike(each, statement));
  if (!same) all.push({ ...statement, deeds: [...statement.deeds] });
  else
    for (const each of statement.deeds)
      if (!same.deeds.some(({ words }) => words === each.words)) same.deeds.push(each);
}

/** Only neighbours become one: what stands between two others counts before the second. */
function inOrder(statements: readonly Statement[]): Statement[] {
  const all: Statement[][] = [];
  for (const statement of statements) {
    const last = all.at(-1);
    if (last?.[0] && isLike(last[0], statement)) merge(last, statement);
    else all.push([{ ...statement, deeds: [...statement.deeds] }]);
  }
  return all.flat();
}

const isLike = (a: Statement, b: Statement): boolean =>
  a.lead === b.lead && a.who === b.who && a.tail === b.tail;

/** The sentences, each with its full stop. */
export function told(all: readonly Statements[], measure: Measure): string[] {
  const sentences = all.map(({ inOrder, statements }) => {
    const parts = statements.map((statement) => statementWords(statement, measure.deeds));
    if (inOrder) return `The first that fits counts: ${numbered(parts, measure.statements)}.`;
    const [only = ''] = parts;
    return `${only.charAt(0).toUpperCase()}${only.slice(1)}.`;
  });
  const hidden = sentences.length - measure.statements;
  if (hidden <= 0) return sentences;
  return [
    ...sentences.slice(0, measure.statements),
    `And ${hidden} ${hidden === 1 ? 'rule' : 'rules'} more.`,
  ];
}

function numbered(parts: readonly string[], most: number): string {
  const shown = parts.slice(0, most).map((part, at) => `(${at + 1}) ${part}`);
  const hidden = parts.length - shown.length;
  return [...shown, ...(hidden > 0 ? [`and ${hidden} more`] : [])].join('; ');
}

function statementWords({ lead, form, who, deeds, tail }: Statement, most: number): string {
  const hidden = deeds.length - most;
  const shown = hidden > 0 ? deeds.slice(0, most) : deeds;
  const others =
    hidden > 0
      ? [
          `${form === 'third' ? 'does' : 'do'} ${hidden === 1 ? 'one more thing' : `one of ${hidden} more things`}`,
        ]
      : [];
  return `${lead} ${who} ${form === 'third' ? 'that ' : ''}${joined([...withoutRepeats(shown), ...others])}${tail}`;
}

/** Parts that have commas or choices of their own stand between semicolons. */
function joined(deeds: readonly string[]): string {
  if (deeds.length < 2) return deeds.join('');
  const areLong = deeds.some((each) => /,| or /.test(each));
  const last = deeds.at(-1) ?? '';
  const others = deeds.slice(0, -1);
  return areLong ? `${others.join('; ')}; or ${last}` : `${others.join(', ')} or ${last}`;
}

/** What the deed before was about already is not said again: `writes to a file below /etc/; or truncates such a file`. */
function withoutRepeats(deeds: readonly Deed[]): string[] {
  return deeds.map(({ words, nouns }, index) => {
    const before = deeds[index - 1]?.nouns ?? [];
    return nouns
      .filter((noun) => before.some((each) => each.key === noun.key))
      .reduce((text, noun) => text.replace(noun.words, () => noun.again), words);
  });
}
