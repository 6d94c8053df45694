import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type PolicyAbout, SEVERITIES, type TracingPolicy } from '../src/policies/model.ts';
import { parsePolicies } from '../src/policies/parse.ts';

const FOLDER = join(import.meta.dirname, '..', 'src', 'policies', 'library');

/** The page of our policies, worst first, from what they say of themselves. */
export function libraryPage(title: string): string {
  const policies = readLibrary().toSorted(
    (a, b) => rank(b.about) - rank(a.about) || a.name.localeCompare(b.name),
  );
  return [
    '# Library',
    title,
    '',
    `${policies.length} policies in \`src/policies/library/\`, listed and switched off in every Trigon; they are plain tracing policies:`,
    '`trigon policy fill NAME` prints one as Tetragon takes it, without placeholders. `trigon policy test NAME` tries one on this host, `t` does the same on the screen.',
    'A parameter takes another value by `--set NAME=VALUE`, by the environment, or with `e` on the screen.',
    '',
    '| policy | | severity | ATT&CK | to be expected |',
    '|---|---|---|---|---|',
    ...policies.map(
      ({ name, about }) =>
        `| [\`${name}\`](#${name.replaceAll('.', '')}) | ${tableCell(about.title)} | ${about.severity ?? ''} | ${about.mitre.map(technique).join(' ')} | ${tableCell(about.noise)} |`,
    ),
    '',
    ...policies.flatMap(section),
  ].join('\n');
}

/** Our policies, by the names of their files. @throws Error when one of them is wrong */
export function readLibrary(): TracingPolicy[] {
  const names = readdirSync(FOLDER).filter((name) => name.endsWith('.yaml'));
  return names.flatMap((name) => {
    const { policies, errors } = parsePolicies(readFileSync(join(FOLDER, name), 'utf8'), name);
    if (errors)
      throw new Error(errors.map(({ line, message }) => `${name}:${line}: ${message}`).join('\n'));
    return policies;
  });
}

const rank = ({ severity }: PolicyAbout): number =>
  severity === undefined ? -1 : SEVERITIES.indexOf(severity);

const technique = (id: string): string =>
  `[${id}](https://attack.mitre.org/techniques/${id.replace('.', '/')}/)`;

/** A text of a policy, as a table holds it. */
export const tableCell = (text: string | undefined): string =>
  (text ?? '').replaceAll('|', '\\|').replace(/\s+/g, ' ');

function section({ name, about, parameters }: TracingPolicy): string[] {
  return [
    `## ${name}`,
    ...[about.why, about.arming && `**Armed:** ${about.arming}`].flatMap((text) =>
      text ? [tableCell(text), ''] : [],
    ),
    ...(parameters.length > 0 ? ['| parameter | default | |', '|---|---|---|'] : []),
    ...parameters.map(
      ({ name: parameter, standard, help }) =>
        `| \`${parameter}\` | ${standard === '' ? '' : `\`${tableCell(standard)}\``} | ${tableCell(help)} |`,
    ),
    ...(parameters.length > 0 ? [''] : []),
  ];
}
