import type { AlertGroup } from '../agent/messages.ts';
import { escapeText } from '../events/text.ts';
import type { CopyChoice } from './copyChoice.ts';
import { eventsFilter } from './store/alertFilter.ts';
import type { BinaryRow } from './store/binaryRow.ts';
import type { PolicyEntry } from './store/policyRows.ts';
import { harmlessJson } from './text/json.ts';
import { withoutStyles } from './text/plain.ts';

/** @param words the row in words: safe text */
export const binaryCopies = (
  { counters, perSecond }: BinaryRow,
  words: string,
): readonly CopyChoice[] => [
  { what: 'line', text: words },
  { what: 'path', text: escapeText(counters.binary) },
  { what: 'JSON', text: harmlessJson({ ...counters, perSecond }) },
];

/** @param words as for binaries */
export const alertCopies = (alert: AlertGroup, words: string): readonly CopyChoice[] => [
  { what: 'line', text: words },
  ...(alert.target === '' ? [] : [{ what: 'target', text: escapeText(alert.target) }]),
  ...(alert.binary === '' ? [] : [{ what: 'binary', text: escapeText(alert.binary) }]),
  { what: 'filter', text: escapeText(eventsFilter(alert)) },
  { what: 'JSON', text: harmlessJson(alert) },
];

/** @param line the row as the table shows it, cut nowhere */
export function policyCopies(entry: PolicyEntry, line: string): readonly CopyChoice[] {
  if (entry.kind === 'file') {
    const { file, problems } = entry.file;
    const lines = problems.map(escapeText);
    const count = lines.length > 1 ? `the first of ${lines.length}: ` : '';
    return [
      { what: 'file', text: escapeText(file) },
      { what: 'problem', preview: `${count}${lines[0] ?? ''}`, text: lines.join('\n') },
    ];
  }
  const { name, file, sentence } = entry.policy;
  return [
    { what: 'name', text: escapeText(name) },
    { what: 'file', text: escapeText(file) },
    ...(sentence === '' ? [] : [{ what: 'what it does', text: escapeText(sentence) }]),
    { what: 'line', text: withoutStyles(line).trim() },
  ];
}
