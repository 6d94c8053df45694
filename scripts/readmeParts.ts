/** The tables of README.md that are made from files: between `<!-- NAME: made by npm run docs -->` and `<!-- end of NAME -->`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SEVERITIES } from '../src/policies/model.ts';
import { type KernelResults, storedResults } from './kernelsPage.ts';
import { readLibrary, tableCell } from './libraryPage.ts';
import { row } from './markdown.ts';

const root = join(import.meta.dirname, '..');

/** README.md as it must be. @throws Error when a place for a table is missing */
export function readmePage(): string {
  const text = readFileSync(join(root, 'README.md'), 'utf8');
  return withPart(
    withPart(text, 'library', libraryPart()),
    'kernels',
    kernelsPart(storedResults(join(root, 'docs', 'kernels'))),
  );
}

/** @throws Error when the text has no such place, or several */
function withPart(text: string, name: string, lines: readonly string[]): string {
  const begin = `<!-- ${name}: made by npm run docs -->\n`;
  const end = `<!-- end of ${name} -->`;
  const [before, inside, ...more] = text.split(begin);
  const [, after, ...others] = (inside ?? '').split(end);
  if (before === undefined || after === undefined || more.length > 0 || others.length > 0)
    throw new Error(`there must be one place for "${name}": ${begin}${end}`);
  return `${before}${begin}${lines.join('\n')}\n${end}${after}`;
}

function libraryPart(): string[] {
  const policies = readLibrary();
  const count = (severity: string) =>
    policies.filter(({ about }) => about.severity === severity).length;
  const counts = SEVERITIES.toReversed()
    .filter((severity) => count(severity) > 0)
    .map((severity) => `${count(severity)} ${severity}`);
  return [
    `**${policies.length} policies** come with it, listed and switched off (by severity: ${counts.join(', ')}):`,
    '',
    '<details><summary>all of them</summary>',
    '',
    row('policy', '', 'severity'),
    row('---', '---', '---'),
    ...policies.map(({ name, about }) =>
      row(`[\`${name}\`](docs/library.md#${name})`, tableCell(about.title), about.severity ?? ''),
    ),
    '',
    '</details>',
  ];
}

/** Newest kernel first. */
const kernelsPart = (kernels: readonly KernelResults[]): string[] => [
  row('kernel', 'kernel functions by', 'LSM hooks by', 'refuses system calls by', 'the library'),
  row('---', '---', '---', '---', '---'),
  ...kernels
    .toReversed()
    .map((kernel) =>
      row(
        kernel.title,
        wayOf(kernel, 'kprobes, function', 'Post'),
        wayOf(kernel, 'lsmhooks', 'Post'),
        wayOf(kernel, 'kprobes, system call', 'Override'),
        libraryWords(kernel),
      ),
    ),
];

const EQUIVALENTS = '[equivalents](docs/equivalents.md)';

/** `perf` is how a single kprobe is attached; the raw tracepoint only marks the call that is refused elsewhere. */
function wayOf({ actions, library }: KernelResults, hook: string, action: string): string {
  const cell = actions?.find((each) => each.hook === hook && each.action === action);
  if (!cell) {
    const hasEquivalents = library.some(({ seen }) => seen === 'by equivalent');
    return action === 'Post' && hasEquivalents ? EQUIVALENTS : '–';
  }
  if ('refused' in cell) return '–';
  const ways = cell.ways.filter((way) => way !== 'raw tracepoint');
  return ways.map((way) => (way === 'perf' ? 'kprobe' : way)).join(', ');
}

function libraryWords({ library }: KernelResults): string {
  if (library.length === 0) return 'not tried there';
  const seen = library.filter((result) => result.seen !== 'no').length;
  const inPart = library.filter((result) => result.seen === 'in part').length;
  return `${seen} of ${library.length} seen${inPart > 0 ? `, ${inPart} of them in part` : ''}`;
}
