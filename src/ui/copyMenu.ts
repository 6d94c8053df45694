import { shellCommandLine } from '../events/arguments.ts';
import { escapeText } from '../events/text.ts';
import type { Event } from '../events/types.ts';
import type { CopyChoice } from './copyChoice.ts';
import { argvOf } from './detail/argv.ts';
import { withoutSecrets } from './detail/environment.ts';
import type { Subject } from './subject.ts';
import { jsonLine } from './text/json.ts';
import { plainLine } from './views/streamRow.ts';

/**
 * What there is to copy of an event or a process; what isn't known is left out.
 *
 * @param isRevealed secrets of the environment are shown, so they may come along
 */
export function copyChoices({ event, process, pid }: Subject, isRevealed = false): CopyChoice[] {
  const { argv, isGuess } = argvOf(process);
  // A program's name alone may lack its arguments.
  const hasCommand = argv.length > (isGuess ? 1 : 0);
  const path = event ? pathOf(event) : '';
  return [
    ...(event ? [{ what: 'line', text: plainLine(event) }] : []),
    ...(event
      ? [{ what: 'JSON', text: jsonLine(isRevealed ? event : withoutSecrets(event)) }]
      : []),
    ...(hasCommand ? [{ what: 'command line', text: shellCommandLine(argv) }] : []),
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

/** All that a menu offers. @param focused what has the cursor in a detail: before all else @param tagged see `taggedChoices` */
export const joinChoices = (
  focused: readonly CopyChoice[],
  subject: Subject,
  tagged: readonly CopyChoice[],
  isRevealed = false,
): readonly CopyChoice[] => [
  ...focused,
  ...copyChoices(subject, isRevealed).filter(({ what }) =>
    focused.every((one) => one.what !== what),
  ),
  ...tagged,
];

/** Those of now; what is on the screen keeps its place and digit, what has become known stands below. */
export function keepOrder(
  before: readonly CopyChoice[],
  now: readonly CopyChoice[],
): readonly CopyChoice[] {
  const place = ({ what }: CopyChoice): number => {
    const at = before.findIndex((one) => one.what === what);
    return at < 0 ? before.length : at;
  };
  return now.toSorted((a, b) => place(a) - place(b));
}

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
