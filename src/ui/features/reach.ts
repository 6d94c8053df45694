import { COMMANDS, type Command, type CommandId, isUsable, VIEWS, type View } from '../commands.ts';
import { coverOf, setOverlay } from '../overlay.ts';
import { refusalOf } from '../source.ts';
import type { Ui } from './ui.ts';

export const commandById = (id: string): Command | undefined =>
  COMMANDS.find((command) => command.id === id);

/** Why a command can't be run now from a list of commands, or undefined. Another view than its own is no reason. */
export function whyNot(
  { id, inLab, inDetail }: Command,
  { state }: Pick<Ui, 'state'>,
): string | undefined {
  if (inLab && !state.narrator) return 'in a lab only';
  const refusal = refusalOf(id, state.source);
  if (refusal !== undefined) return refusal;
  const cover = coverOf(state.overlay);
  const detail = cover?.kind === 'detail' ? cover : undefined;
  if (inDetail === 'only' && !detail) return 'in a detail only';
  if ((id === 'detail.next' || id === 'detail.previous') && detail?.below)
    return 'this detail was opened from another';
  const isAtEvent = detail ? detail.detail.subject.number !== undefined : state.view !== 'tree';
  if (id === 'row.around' && !isAtEvent) return 'there is no event here';
  if (id === 'policy.arm' && state.readOnly) return '--read-only: nothing is armed';
  if (id === 'policy.toggle' && state.policies.length === 0) return 'there are no policies';
  return undefined;
}

/** Runs a command chosen from a list: where it doesn't work in what is shown, in its own view. */
export function runAnywhere(command: Command, ui: Ui, argument?: string): void {
  const { state } = ui;
  const view = viewFor(command, state.view);
  if (view !== state.view) ui.run(viewCommand(view));
  else if (!isUsable(command, state.overlay?.kind)) setOverlay(state, undefined);
  ui.run(command.id, argument);
}

/** Where a command works: here if it does, else in the first of its views. */
export const viewFor = ({ views }: Command, here: View): View =>
  views === undefined || views.includes(here) ? here : (views[0] ?? here);

function viewCommand(view: View): CommandId {
  return VIEWS.find((known) => known.view === view)?.command ?? 'view.stream';
}
