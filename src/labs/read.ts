import { readDeeds } from '../policies/language/about.ts';
import { fillPlaceholders } from '../policies/language/placeholders.ts';
import {
  type ErrorList,
  type Place,
  readEntries,
  readFields,
  readItems,
  readNumber,
  readRequiredChoice,
  readRequiredText,
  readTexts,
  report,
  reportMissing,
} from '../policies/language/reader.ts';
import type { PolicyDeed, PolicyError } from '../policies/model.ts';
import { readYaml, type YamlNode, YamlSyntaxError } from '../policies/yaml.ts';
import { readLabPolicies } from './confined.ts';
import { type Lab, LEVELS } from './lab.ts';
import { readStep } from './steps.ts';

export type LabResult =
  | { lab: Lab; errors?: undefined }
  | { lab?: undefined; errors: PolicyError[] };

export type LabContext = {
  /** Value of `${LAB}`: the folder that the attack's programs are private to. */
  folder: string;
  /** Names of the library's policies: steps may name them too. */
  library: ReadonlySet<string>;
  /** Names of the deeds that scripts may hold; undefined: they are not checked. */
  deeds: ReadonlySet<string> | undefined;
};

/** What a file that reads so far must know of itself: steps are checked against it. */
export type LabParts = {
  scripts: ReadonlyMap<string, readonly PolicyDeed[]>;
  /** Policies of the file itself. */
  own: readonly string[];
  library: ReadonlySet<string>;
};

const FIELDS = [
  'apiVersion',
  'kind',
  'name',
  'title',
  'level',
  'minutes',
  'mitre',
  'scripts',
  'steps',
];
const NAME = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/;
const TECHNIQUE = /^T\d{4}(?:\.\d{3})?$/;

/**
 * Reads a lab file: its first document is the lab, those behind it are the policies that it brings. As strict as policies are, and
 * tells of all mistakes at once.
 */
export function readLab(source: string, file: string, context: LabContext): LabResult {
  const errors: ErrorList = { file, list: [], warnings: [] };
  const root = (node: YamlNode): Place => ({ node, field: '', errors });
  try {
    const [document, firstPolicy] = readYaml(source);
    if (!document) return { errors: [problem(file, 'the file holds no lab')] };
    const policyText = firstPolicy ? blankBefore(source, firstPolicy) : '';
    const own = readLabPolicies(policyText, errors, context.folder);
    const node = fillPlaceholders(document, { LAB: context.folder }, errors);
    const lab = readDocument(root(node), own, context);
    errors.list.sort((a, b) => a.line - b.line || a.column - b.column);
    return lab && errors.list.length === 0
      ? { lab: { ...lab, file, policies: own, policyText } }
      : { errors: errors.list };
  } catch (error) {
    if (!(error instanceof YamlSyntaxError)) throw error;
    const { line, column } = error.position;
    return {
      errors: [{ file, line, column, field: '', message: `not valid YAML: ${error.message}` }],
    };
  }
}

/** The text from a node on, at the lines and columns where it was. */
function blankBefore(source: string, { position }: YamlNode): string {
  const lines = source.split('\n').slice(position.line - 1);
  const [first = '', ...rest] = lines;
  const kept = ' '.repeat(position.column - 1) + first.slice(position.column - 1);
  return '\n'.repeat(position.line - 1) + [kept, ...rest].join('\n');
}

function readDocument(
  place: Place,
  own: readonly string[],
  { library, deeds }: LabContext,
): Omit<Lab, 'file' | 'policies' | 'policyText'> | undefined {
  const fields = readFields(place, FIELDS);
  readRequiredChoice(place, fields, 'apiVersion', ['trigon/v1']);
  readRequiredChoice(place, fields, 'kind', ['Lab']);
  const name = readRequiredText(place, fields, 'name');
  const namePlace = fields.get('name');
  if (namePlace && name !== undefined && !NAME.test(name))
    report(namePlace, `must consist of small letters, digits and "-", not "${name}"`);
  const title = readRequiredText(place, fields, 'title');
  const level = readRequiredChoice(place, fields, 'level', LEVELS);
  if (!fields.has('minutes')) reportMissing(place, 'minutes', ': how long it takes, about');
  const minutes = readNumber(fields.get('minutes'), 1, 600);
  const mitre = readTexts(fields.get('mitre')).map((technique) => {
    if (!TECHNIQUE.test(technique.text))
      report(technique.place, `"${technique.text}" is no MITRE ATT&CK technique such as T1053.003`);
    return technique.text;
  });
  const scripts = readScripts(fields.get('scripts'), deeds);
  const items = readItems(fields.get('steps'));
  if (items.length === 0) reportMissing(place, 'steps', ', or there are none');
  const steps = items.flatMap((item) => readStep(item, { scripts, own, library }) ?? []);
  if (!name || !title || !level || !minutes) return undefined;
  return { name, title, level, minutes, mitre, scripts, steps };
}

/** Settings that would let a script act on the host itself are act's to refuse; here it must only be known what they are. */
function readScripts(
  place: Place | undefined,
  deeds: ReadonlySet<string> | undefined,
): Map<string, readonly PolicyDeed[]> {
  return new Map(
    readEntries(place, 'scripts, each of them deeds, one a line').map(([name, script]) => {
      const lines = readDeeds(script);
      if (lines.length === 0) report(script, 'holds no deed');
      for (const [deed = ''] of lines)
        if (deeds && !deeds.has(deed))
          report(script, `"${deed}" is no deed; there are: ${[...deeds].sort().join(', ')}`);
      return [name, lines];
    }),
  );
}

const problem = (file: string, message: string): PolicyError => ({
  file,
  line: 1,
  column: 1,
  field: '',
  message,
});
