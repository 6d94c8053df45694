import { shellCommandLine } from '../events/arguments.ts';
import { escapeText } from '../events/text.ts';
import type { Event } from '../events/types.ts';
import type { Subject } from './subject.ts';
import { jsonLine } from './text/json.ts';
import { plainLine } from './views/streamRow.ts';

/** Something that can be copied: what it is called, and the text, harmless wherever it is pasted. */
export type CopyChoice = {
  readonly what: string;
  /** What the menu shows of a text that is only made when it is chosen. */
  readonly preview?: string;
  readonly text: string;
};

export type CopyMenu = {
  readonly subject: Subject;
  /** Number of the question to the agent, for what the subject lacks. */
  readonly request: number;
  readonly choices: readonly CopyChoice[];
  readonly selected: number;
  /** Beside what there is of the row. */
  readonly others?: readonly CopyChoice[];
  /** What has the cursor in a detail, before all else. */
  readonly focused?: readonly CopyChoice[];
};

export type CopyStep =
  | { kind: 'choosing'; menu: CopyMenu }
  | { kind: 'copy'; choice: CopyChoice }
  | { kind: 'cancel' };

/** What there is to copy of an event or a process; what isn't known is left out. */
export function copyChoices({ event, process, pid }: Subject): CopyChoice[] {
  const argv = process?.trigon?.argv ?? [];
  const path = event ? pathOf(event) : '';
  return [
    ...(event ? [{ what: 'line', text: plainLine(event) }] : []),
    ...(event ? [{ what: 'JSON', text: jsonLine(event) }] : []),
    ...(argv.length > 0 ? [{ what: 'command line', text: shellCommandLine(argv) }] : []),
    ...(process?.binary ? [{ what: 'binary', text: escapeText(process.binary) }] : []),
    { what: 'pid', text: escapeText(String(pid)) },
    ...(process?.docker ? [{ what: 'container', text: escapeText(process.docker) }] : []),
    ...(path === '' ? [] : [{ what: 'path', text: escapeText(path) }]),
  ];
}

/** The file that a policy event is about. */
function pathOf(event: Event): string {
  if (!('args' in event)) return '';
  for (const argument of event.args)
    if (
      argument.kind === 'file_arg' ||
      argument.kind === 'path_arg' ||
      argument.kind === 'linux_binprm_arg'
    )
      return argument.value.path;
  return '';
}

export const openCopyMenu = (
  subject: Subject,
  request: number,
  others: readonly CopyChoice[] = [],
  focused: readonly CopyChoice[] = [],
): CopyMenu => ({
  ...{ subject, request, others, focused },
  choices: [
    ...focused,
    ...copyChoices(subject).filter(({ what }) => focused.every((one) => one.what !== what)),
    ...others,
  ],
  selected: 0,
});

/** All tagged rows at once, a line each; the texts are made when they are chosen. */
export function taggedChoices(
  count: number,
  lines: () => readonly string[],
  objects: () => readonly string[],
): readonly CopyChoice[] {
  if (count === 0) return [];
  return [
    {
      what: `${count} tagged ${count === 1 ? 'line' : 'lines'}`,
      preview: 'a line each',
      get text() {
        return lines().join('\n');
      },
    },
    {
      what: `${count} tagged as JSON`,
      preview: 'an object each',
      get text() {
        return objects().join('\n');
      },
    },
  ];
}

export function copyMenuKey(menu: CopyMenu, key: string): CopyStep {
  const last = menu.choices.length - 1;
  const select = (selected: number): CopyStep => ({
    kind: 'choosing',
    menu: { ...menu, selected: Math.min(Math.max(selected, 0), last) },
  });
  const take = (choice: CopyChoice | undefined): CopyStep =>
    choice ? { kind: 'copy', choice } : { kind: 'choosing', menu };
  if (key === 'escape') return { kind: 'cancel' };
  if (key === 'up' || key === 'k') return select(menu.selected - 1);
  if (key === 'down' || key === 'j') return select(menu.selected + 1);
  if (key === 'home') return select(0);
  if (key === 'end') return select(last);
  if (key === 'enter') return take(menu.choices[menu.selected]);
  return /^[1-9]$/.test(key) ? take(menu.choices[Number(key) - 1]) : { kind: 'choosing', menu };
}
