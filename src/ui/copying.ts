import type { CopyChoice } from './copyChoice.ts';
import { createMenu } from './dialogs/menu.ts';
import type { Effects } from './effects.ts';
import type { Ui } from './features/ui.ts';
import { say } from './state.ts';
import { escapeNonAscii } from './text/ascii.ts';

type World = Pick<Ui, 'state' | 'open'> & {
  readonly effects: Pick<Effects, 'copy' | 'look' | 'repaint'>;
};

/**
 * The menu of what to copy, each with the text's beginning: what lands on the clipboard should be no surprise.
 *
 * @param choices asked for each paint and key: more may become known while it is open
 */
export function openCopies(
  { state, effects, open }: World,
  choices: () => readonly CopyChoice[],
): void {
  const { look } = effects;

  const copy = async ({ what, text }: CopyChoice) => {
    const result = await effects.copy(text);
    if (result.ok) say(state, `copied the ${what} by ${result.how}, ${result.bytes} bytes`);
    else say(state, `not copied: ${result.reason}`, 'warning');
    effects.repaint();
  };

  const noteOf = (choice: CopyChoice): string => {
    const note = choice.preview ?? choice.text;
    return look.ascii ? escapeNonAscii(note) : note;
  };

  open(
    createMenu({
      ...{ title: 'Copy', look, verb: 'copy' },
      items: () => choices().map((choice) => ({ label: choice.what, note: noteOf(choice) })),
      choose(index) {
        const choice = choices()[index];
        return choice ? () => void copy(choice) : 'stay';
      },
    }),
  );
}
