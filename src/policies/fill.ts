/** `trigon policy fill`: a policy without placeholders, as plain Tetragon reads it. */
import { dump } from 'js-yaml';
import { type Edit, edited, editsOf } from './fillEdits.ts';
import { dataOf } from './fillValues.ts';
import { PARAMETERS_ANNOTATION, readParameters, valuesOf } from './language/parameters.ts';
import { fillPlaceholders, type Variables } from './language/placeholders.ts';
import { type ErrorList, report } from './language/reader.ts';
import type { PolicyError } from './model.ts';
import { type ParseOptions, parsePolicies } from './parse.ts';
import { isNull, readYaml, type YamlNode, YamlSyntaxError } from './yaml.ts';

export type FillResult =
  | { text: string; errors?: undefined }
  | { text?: undefined; errors: PolicyError[] };

/**
 * The text of a policy file with its placeholders filled and the annotation that declares them dropped. Comments and layout stay
 * where they can: the changed text is kept only when it reads as it must, else the policies are written anew, without comments.
 *
 * Errors are those of the file, and values that hold a `${` themselves: Tetragon would take it as it is, Trigon for a placeholder.
 */
export function fillPolicies(
  source: string,
  file: string,
  { variables = {} }: ParseOptions = {},
): FillResult {
  const text = printable(source);
  const { errors } = parsePolicies(text, file, { variables });
  if (errors) return { errors };
  const problems: ErrorList = { file, list: [], warnings: [] };
  const filled = readYaml(text).map((document) =>
    fillDocument(document, text, variables, problems),
  );
  if (problems.list.length > 0) return { errors: problems.list };
  const documents = filled.map(({ node }) => node);
  const kept = edited(
    text,
    filled.flatMap(({ edits }) => edits),
  );
  const isKept = kept !== undefined && readsAs(kept, documents);
  return { text: isKept ? kept : written(documents) };
}

/** YAML allows line breaks of all systems; and anything in comments, which are shown on a terminal. */
const printable = (source: string): string =>
  source.replace(/\r\n?/g, '\n').replace(/[^\P{Cc}\t\n]/gu, '?');

function fillDocument(
  document: YamlNode,
  text: string,
  variables: Variables,
  problems: ErrorList,
): { node: YamlNode; edits: Edit[] } {
  const values = valuesOf(readParameters(document, variables, problems), variables);
  const plain = withoutParameters(document);
  const node = fillPlaceholders(plain, values, problems);
  reportLiterals(node, '', problems);
  return { node, edits: editsOf(document, plain, text, values) };
}

/** Without the declaration of parameters; annotations that hold nothing else go with it. */
function withoutParameters(document: YamlNode): YamlNode {
  return replaced(document, 'metadata', (metadata) =>
    replaced(metadata, 'annotations', (annotations) => {
      const without = replaced(annotations, PARAMETERS_ANNOTATION, () => undefined);
      const isEmpty = without.kind === 'mapping' && without.entries.length === 0;
      return isEmpty && without !== annotations ? undefined : without;
    }),
  );
}

/** The node itself, when it has no such entry. @param change undefined: the entry goes */
function replaced(
  node: YamlNode,
  key: string,
  change: (value: YamlNode) => YamlNode | undefined,
): YamlNode {
  if (node.kind !== 'mapping' || !node.entries.some((entry) => entry.key === key)) return node;
  const entries = node.entries.flatMap((entry) => {
    if (entry.key !== key) return [entry];
    const value = change(entry.value);
    return value ? [{ ...entry, value }] : [];
  });
  return { ...node, entries };
}

function reportLiterals(node: YamlNode, field: string, errors: ErrorList): void {
  const tell = (text: string) => {
    if (text.includes('${'))
      report(
        { node, field, errors },
        'would hold a "${" of its own, which Trigon takes for a placeholder and Tetragon as it is; give another value',
      );
  };
  if (node.kind === 'scalar') tell(node.value);
  else if (node.kind === 'sequence')
    for (const [index, item] of node.items.entries())
      reportLiterals(item, `${field}[${index}]`, errors);
  else
    for (const { key, value } of node.entries) {
      tell(key);
      reportLiterals(value, field ? `${field}.${key}` : key, errors);
    }
}

function readsAs(text: string, documents: readonly YamlNode[]): boolean {
  try {
    const read = readYaml(text);
    return (
      read.length === documents.length &&
      documents.every((document, index) => isSame(document, read[index]))
    );
  } catch (error) {
    if (error instanceof YamlSyntaxError) return false;
    throw error;
  }
}

function isSame(a: YamlNode, b: YamlNode | undefined): boolean {
  if (a.kind === 'scalar')
    return b?.kind === 'scalar' && a.value === b.value && isNull(a) === isNull(b);
  if (a.kind === 'sequence')
    return (
      b?.kind === 'sequence' &&
      a.items.length === b.items.length &&
      a.items.every((item, index) => isSame(item, b.items[index]))
    );
  return (
    b?.kind === 'mapping' &&
    a.entries.length === b.entries.length &&
    a.entries.every(
      ({ key, value }, index) =>
        b.entries[index]?.key === key && isSame(value, b.entries[index].value),
    )
  );
}

/** Aliases are unfolded: a value that is a number in one place may be a text in another. */
const written = (documents: readonly YamlNode[]): string =>
  documents.map((node) => dump(dataOf(node), { noRefs: true, lineWidth: 120 })).join('---\n');
