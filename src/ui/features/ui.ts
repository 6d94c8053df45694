import type { CommandId } from '../commands.ts';
import type { Dialog } from '../dialog.ts';
import type { Effects } from '../effects.ts';
import type { Look } from '../look.ts';
import type { Panes } from '../panes/all.ts';
import type { AppState } from '../state.ts';

/** What a feature works with. */
export type Ui = {
  readonly state: AppState;
  readonly panes: Panes;
  readonly effects: Effects;
  readonly look: Look;
  /** Lays a dialog over what is there. */
  open(dialog: Dialog): void;
  /** @param argument what the palette was given with it: a name, a file, a time; without one a command asks */
  run(id: CommandId, argument?: string): void;
};

/** What commands do, whatever the view or detail is. `argument`: see `Ui.run`. */
export type Handlers = Readonly<Partial<Record<CommandId, (argument?: string) => void>>>;
