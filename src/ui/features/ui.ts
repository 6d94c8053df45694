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
  run(id: CommandId): void;
};

/** What commands do, whatever the view or detail is. */
export type Handlers = Readonly<Partial<Record<CommandId, () => void>>>;
