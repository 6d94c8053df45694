/** Placeholders filled in the text of a policy file, so that its comments and layout stay. */
import { type FieldPath, scalarText } from './fillValues.ts';
import { fillScalar, fillText, type Variables } from './language/placeholders.ts';
import type { YamlEntry, YamlNode, YamlScalar } from './yaml.ts';

/** The text between two offsets, and what stands there instead. */
export type Edit = { start: number; end: number; text: string };

/** @returns undefined when two of them are about the same text */
export function edited(text: string, edits: readonly Edit[]): string | undefined {
  let result = '';
  let done = 0;
  for (const { start, end, text: instead } of edits.toSorted((a, b) => a.start - b.start)) {
    if (start < done) return undefined;
    result += text.slice(done, start) + instead;
    done = end;
  }
  const all = result + text.slice(done);
  return all.endsWith('\n') ? all : `${all}\n`;
}

/**
 * What makes of a document's text that of `plain`, filled. Whether it really does must be looked at: there are more ways to write
 * YAML than are thought of here.
 *
 * @param plain the document without the entries that are to go
 * @param text of the file
 */
export function editsOf(
  document: YamlNode,
  plain: YamlNode,
  text: string,
  variables: Variables,
): Edit[] {
  const edits: Edit[] = removals(document, plain, text);
  // What an alias leads to stands in the text once.
  const seen = new Set<YamlNode>();

  const visit = (node: YamlNode, path: FieldPath, isItem: boolean): void => {
    if (seen.has(node)) return;
    seen.add(node);
    if (node.kind === 'scalar') edits.push(...fillings(node, path, isItem, text, variables));
    else if (node.kind === 'sequence') for (const item of node.items) visit(item, path, true);
    else for (const { key, value } of node.entries) visit(value, [...path, key], false);
  };
  visit(plain, [], false);
  return edits;
}

/** Whole lines, for entries that `plain` doesn't have. */
function removals(document: YamlNode, plain: YamlNode, text: string): Edit[] {
  if (document === plain || document.kind !== 'mapping' || plain.kind !== 'mapping') return [];
  return document.entries.flatMap((entry) => {
    const other = plain.entries.find(({ key }) => key === entry.key);
    return other ? removals(entry.value, other.value, text) : [linesOf(entry, text)];
  });
}

function linesOf({ keyOffset, value }: YamlEntry, text: string): Edit {
  const start = text.lastIndexOf('\n', keyOffset - 1) + 1;
  const last = lastOffset(value, keyOffset);
  // A block scalar ends behind its line break.
  const isAtEnd = text[last - 1] === '\n';
  const next = isAtEnd ? last : text.indexOf('\n', last) + 1;
  return { start, end: next === 0 ? text.length : next, text: '' };
}

function lastOffset(node: YamlNode, least: number): number {
  if (node.kind === 'scalar') return Math.max(least, node.written.end);
  const inner = node.kind === 'sequence' ? node.items : node.entries.map(({ value }) => value);
  return inner.reduce((last, each) => lastOffset(each, last), least);
}

function fillings(
  node: YamlScalar,
  path: FieldPath,
  isItem: boolean,
  text: string,
  variables: Variables,
): Edit[] {
  if (!node.value.includes('${')) return [];
  const { start, end, style } = node.written;
  // Unset ones have been told of.
  const ignore = () => {};
  if (style === 'block')
    return [{ start, end, text: fillText(text.slice(start, end), variables, ignore) }];
  const isQuoted = style === 'quoted';
  const margin = isQuoted ? 1 : 0;
  const span = { start: start - margin, end: end + margin };
  const texts = fillScalar(node, isItem, variables, ignore).map(({ value }) =>
    scalarText(value, path, isQuoted),
  );
  const [first, ...more] = texts;
  if (first === undefined) return [wholeLine(start, end, text)];
  if (more.length === 0) return [{ ...span, text: first }];
  // Below the first, and below the comment that follows it.
  const lineStart = text.lastIndexOf('\n', start - 1) + 1;
  const dash = text.slice(lineStart, start).lastIndexOf('-');
  const indent = ' '.repeat(Math.max(dash, 0));
  const lineEnd = text.indexOf('\n', end);
  const below = lineEnd < 0 ? text.length : lineEnd;
  const items = more.map((item) => `\n${indent}- ${item}`).join('');
  return [
    { ...span, text: first },
    { start: below, end: below, text: items },
  ];
}

function wholeLine(start: number, end: number, text: string): Edit {
  const lineStart = text.lastIndexOf('\n', start - 1) + 1;
  const next = text.indexOf('\n', end) + 1;
  return { start: lineStart, end: next === 0 ? text.length : next, text: '' };
}
