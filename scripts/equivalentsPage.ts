import { ABSENT } from '../src/policies/equivalents/absent.ts';
import { equivalentFunctions, equivalentOf } from '../src/policies/equivalents/index.ts';
import type { EquivalentPoint, EquivalentPoints } from '../src/policies/equivalents/types.ts';
import { HARDENED } from '../test/unit/policies/planHost.ts';
import { refusalLines } from './refusalsTable.ts';

/** Said of so many entries that it stands once above the table. */
const COMMON = 4;

type Entry = { functions: string[]; points: EquivalentPoints };
type Table = { entries: Entry[]; missing: [name: string, reason: string][] };

/** The table of equivalents, as a host without kprobes, trampolines and BPF LSM has them. */
export function equivalentsPage(title: string): string {
  const { entries, missing } = tableOf();
  const counts = new Map<string, number>();
  for (const { points } of entries)
    for (const text of differencesOf(points)) counts.set(text, (counts.get(text) ?? 0) + 1);
  const common = [...counts].filter(([, count]) => count >= COMMON).map(([text]) => text);
  const shorten = (text: string) => {
    const at = common.indexOf(text);
    return at < 0 ? text : `(${at + 1})`;
  };
  const rows = entries.map(({ functions, points }) =>
    [
      functions.map((name) => `\`${name}\``).join(' '),
      together(points.tell.map(({ obtained }) => obtained)).join('; '),
      differencesOf(points).map(shorten).join('; '),
      unique(pointsOf(points).map(({ sigkill }) => sigkill)).join('; '),
      together((points.override ?? []).map(({ obtained }) => obtained)).join('; '),
    ]
      .map((cell) => cell.replaceAll('|', '\\|'))
      .join(' | '),
  );
  const absent = [
    ...missing,
    ...Object.entries(ABSENT).map(([name, { reason }]) => [name, reason] as const),
  ].map(([name, reason]) => `| \`${name}\` | ${reason} |`);
  return [
    '# Equivalents',
    title,
    '',
    'Where a kernel lets nobody probe its functions, something else tells of the same: a system call, a tracepoint, a program at a',
    'cgroup. An event then carries the policy’s function name, and in `obtained` how it was really had. `trigon policy check FILE` says',
    'the same for one policy on the kernel at hand. Functions `__sys_NAME` and `ksys_NAME` are had by the system call of that name.',
    '',
    'What differs, where the table has a number only:',
    '',
    ...common.map((text, at) => `${at + 1}. ${text}`),
    '',
    '| functions | had by | differs | SIGKILL | Override |',
    '|---|---|---|---|---|',
    ...rows.map((row) => `| ${row} |`),
    '',
    '## Not on Linux 6.18 without modules, or nowhere',
    '| function | why |',
    '|---|---|',
    ...absent,
    '',
    ...refusalLines(),
  ].join('\n');
}

function tableOf(): Table {
  const entries = new Map<unknown, Entry>();
  const missing: Table['missing'] = [];
  for (const name of equivalentFunctions()) {
    const entry = equivalentOf(name, HARDENED);
    const points = 'reason' in entry ? entry : entry.find(HARDENED);
    const known = entries.get(entry);
    if ('reason' in points) missing.push([name, points.reason]);
    else if (known) known.functions.push(name);
    else entries.set(entry, { functions: [name], points });
  }
  return { entries: [...entries.values()], missing };
}

const pointsOf = ({ tell, signal = [], override = [] }: EquivalentPoints): EquivalentPoint[] => [
  ...tell,
  ...signal,
  ...override,
];

const differencesOf = (points: EquivalentPoints): string[] =>
  unique(points.tell.flatMap(({ differs }) => differs));

/** `entry of open (raw sys_enter)` and `entry of creat (raw sys_enter)` are `entry of open, creat (raw sys_enter)`. */
function together(ways: readonly string[]): string[] {
  const groups = new Map<string, string[]>();
  for (const way of ways) {
    const [, moment, name = '', source] = /^(entry of|return of) (.+) (\(.+\))$/.exec(way) ?? [];
    const key = moment ? `${moment} % ${source}` : way;
    groups.set(key, [...(groups.get(key) ?? []), name]);
  }
  return [...groups].map(([key, names]) => key.replace('%', unique(names).join(', ')));
}

const unique = (texts: readonly string[]): string[] => [
  ...new Set(texts.filter((text) => text !== '')),
];
