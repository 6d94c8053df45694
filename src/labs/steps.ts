import {
  type Fields,
  type Place,
  readBoolean,
  readFields,
  readItems,
  readRequiredChoice,
  readRequiredText,
  readText,
  readTexts,
  report,
} from '../policies/language/reader.ts';
import { suggest } from '../suggest.ts';
import { ENDINGS, type LabCheck, type LabChoice, type LabStep } from './lab.ts';
import type { LabParts } from './read.ts';

const KINDS = ['say', 'run', 'ask', 'do'] as const;
type Kind = (typeof KINDS)[number];

/** Fields that each kind of step may have beside the one that names it. */
const MORE: Readonly<Record<Kind, readonly string[]>> = {
  say: [],
  run: ['text', 'check', 'hints'],
  ask: ['choices', 'hints'],
  do: ['check', 'hints'],
};

/** One step; undefined: it is wrong, which has been told. */
export function readStep(place: Place, parts: LabParts): LabStep | undefined {
  const kind = kindOf(place);
  if (!kind) return undefined;
  const fields = readFields(place, [kind, ...MORE[kind]]);
  const words = readRequiredText(place, fields, kind);
  if (words === undefined) return undefined;
  const common = {
    text: paragraphs(kind === 'run' ? (readText(fields.get('text')) ?? '') : words),
    hints: readTexts(fields.get('hints')).map(({ text }) => text.trim()),
    checks: readItems(fields.get('check')).flatMap((item) => readCheck(item, parts, kind) ?? []),
    position: place.node.position,
  };
  switch (kind) {
    case 'say':
      return { kind, ...common };
    case 'do':
      if (common.checks.length === 0)
        report(place, 'needs "check": what the learner must do, or nobody knows when it is done');
      return { kind, ...common };
    case 'run':
      if (!parts.scripts.has(words))
        report(fields.get('run') ?? place, unknown('script', words, [...parts.scripts.keys()]));
      return { kind, script: words, ...common };
    case 'ask':
      return { kind, choices: readChoices(place, fields), ...common };
  }
}

function kindOf(place: Place): Kind | undefined {
  const { node } = place;
  const keys = node.kind === 'mapping' ? node.entries.map(({ key }) => key) : [];
  const kinds = KINDS.filter((kind) => keys.includes(kind));
  if (kinds.length !== 1) report(place, `must have exactly one of ${KINDS.join(', ')}`);
  return kinds.length === 1 ? kinds[0] : undefined;
}

function readChoices(place: Place, fields: Fields): LabChoice[] {
  const choices = readItems(fields.get('choices')).flatMap((item): LabChoice[] => {
    const parts = readFields(item, ['text', 'right', 'reply']);
    const text = readRequiredText(item, parts, 'text');
    const reply = readRequiredText(item, parts, 'reply');
    const isRight = readBoolean(parts.get('right'));
    return text === undefined || reply === undefined ? [] : [{ text, isRight, reply }];
  });
  if (choices.length < 2) report(place, 'needs at least two "choices"');
  else if (!choices.some(({ isRight }) => isRight))
    report(place, 'has no choice with "right: true"');
  return choices;
}

const ABOUT_POLICY = ['seen', 'unseen', 'watching', 'armed', 'off'] as const;
/** These are about an attack that the step runs. */
const ABOUT_ATTACK = ['seen', 'unseen', 'attack'];

/** One condition: a mapping of one field. */
function readCheck(place: Place, parts: LabParts, kind: Kind): LabCheck | undefined {
  const fields = readFields(place, [...ABOUT_POLICY, 'attack', 'disarmed']);
  if (fields.size !== 1) {
    if (place.node.kind === 'mapping')
      report(place, 'must have one field; write one item for each');
    return undefined;
  }
  const [[name, value] = ['', place]] = fields;
  if (kind !== 'run' && ABOUT_ATTACK.includes(name)) {
    report(value, `"${name}" can be checked only in a step that runs an attack`);
    return undefined;
  }
  if (name === 'attack') {
    const ending = readRequiredChoice(place, fields, 'attack', ENDINGS);
    return ending && { kind: 'attack', ending };
  }
  if (name === 'disarmed') {
    if (readText(value) !== 'all') report(value, 'must be "all"');
    return { kind: 'disarmed' };
  }
  const policy = readText(value);
  const about = ABOUT_POLICY.find((word) => word === name);
  if (policy === undefined || about === undefined) return undefined;
  checkPolicy(value, about, policy, parts);
  return { kind: about, policy };
}

function checkPolicy(
  place: Place,
  about: (typeof ABOUT_POLICY)[number],
  policy: string,
  { own, library }: LabParts,
): void {
  if (own.includes(policy)) return;
  const all = [...own, ...library];
  if (!library.has(policy)) report(place, unknown('policy', policy, all));
  else if (about === 'armed')
    report(
      place,
      `${policy} is a policy of the library: armed it could hit other programs; let the lab bring one that is confined to \${LAB}`,
    );
}

function unknown(what: string, name: string, known: readonly string[]): string {
  const near = suggest(name, known);
  const hint = near ? `did you mean "${near}"?` : `there are: ${known.join(', ') || 'none'}`;
  return `there is no ${what} "${name}"; ${hint}`;
}

/** Blank lines part paragraphs; an indented line, such as a command, stays a line. */
function paragraphs(text: string): string[] {
  const result: string[] = [];
  let isOpen = false;
  for (const line of text.trimEnd().split('\n')) {
    const last = result.at(-1);
    if (line.trim() === '') isOpen = false;
    else if (/^\s/.test(line)) {
      result.push(line.trimEnd());
      isOpen = false;
    } else if (isOpen && last !== undefined) result[result.length - 1] = `${last} ${line.trim()}`;
    else {
      result.push(line.trim());
      isOpen = true;
    }
  }
  return result;
}
