import type { ActionCell, RefusedCall } from '../test/vm/case.ts';
import { code, escaped, row } from './markdown.ts';

const unique = <T>(values: readonly T[]): T[] => [...new Set(values)];

/** `kprobe.multi, raw tracepoint`; `–` where it is refused. */
export const cellText = (cell: ActionCell | undefined): string => {
  if (!cell) return '';
  return 'refused' in cell ? '–' : cell.ways.join(', ') || 'yes';
};

/** A line a kind of hook, a column an action. */
export function actionRows(cells: readonly ActionCell[]): string[][] {
  const actions = unique(cells.map(({ action }) => action));
  const find = (hook: string, action: string) =>
    cells.find((cell) => cell.hook === hook && cell.action === action);
  return [
    ['', ...actions],
    ...unique(cells.map(({ hook }) => hook)).map((hook) => [
      hook,
      ...actions.map((action) => cellText(find(hook, action))),
    ]),
  ];
}

/** The table of a kernel, and the reasons of what is refused. */
function actionLines(title: string, cells: readonly ActionCell[]): string[] {
  if (cells.length === 0) return [];
  const [head = [], ...rows] = actionRows(cells);
  const reasons = Object.entries(
    Object.groupBy(
      cells.filter((cell) => 'refused' in cell),
      ({ refused }) => refused,
    ),
  );
  return [
    `### Actions on kernel ${title}`,
    row(...head),
    row(...head.map(() => '---')),
    ...rows.map((cellsOf) => row(...cellsOf)),
    '',
    ...reasons.map(
      ([reason, refused]) =>
        `- ${escaped(reason)}: ${refused?.map(({ hook, action }) => code(`${action}`).concat(` (${hook})`)).join(', ')}`,
    ),
    '',
  ];
}

type KernelWithRefused = { name: string; refused?: readonly RefusedCall[] };
type KernelWithActions = KernelWithRefused & { title: string; actions?: readonly ActionCell[] };

/** A line a deed, a column a kernel on which it was tried. */
export function refusedRows(kernels: readonly KernelWithRefused[]): string[][] {
  const all = kernels.flatMap(({ refused }) => refused ?? []);
  return [
    ['', 'system call', ...kernels.map(({ name }) => name)],
    ...unique(all.map(({ deed }) => deed)).map((deed) => {
      const find = ({ refused }: KernelWithRefused) => refused?.find((each) => each.deed === deed);
      const call = all.find((each) => each.deed === deed)?.call ?? '';
      return [deed, call, ...kernels.map((kernel) => find(kernel)?.ways.join(', ') ?? '')];
    }),
  ];
}

function refusedLines(kernels: readonly KernelWithRefused[]): string[] {
  const tried = kernels.filter(({ refused }) => refused && refused.length > 0);
  if (tried.length === 0) return [];
  const [head = [], ...rows] = refusedRows(tried);
  return [
    '### System calls that Override refuses',
    'The call has no effect and its caller gets the errno; a program that the policy doesn’t name goes on undisturbed. By which links',
    'that is done:',
    '',
    row(...head),
    row(...head.map(() => '---')),
    ...rows.map((cells) => row(...cells)),
    '',
  ];
}

/** What npm run test:vm has found out, for docs/kernels.md. */
export function actionsSection(kernels: readonly KernelWithActions[]): string[] {
  const lines = kernels.flatMap(({ title, actions }) => actionLines(title, actions ?? []));
  if (lines.length === 0) return [];
  return [
    '## Actions by kind of hook',
    'By which links each action is done, as the kernel itself tells of those that are there meanwhile. `npm run test:vm` boots Debian’s',
    'kernels under QEMU and fails when a table is otherwise; `npm run test:vm -- --write` keeps what it is then.',
    '',
    ...lines,
    ...refusedLines(kernels),
  ];
}
