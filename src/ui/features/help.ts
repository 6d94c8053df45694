import { createHelp } from '../dialogs/help.ts';
import { coverOf } from '../overlay.ts';
import { runAnywhere, whyNot } from './reach.ts';
import type { Handlers, Ui } from './ui.ts';

/** Help as a page over the view, from which commands can be run. */
export function createHelpFeature(ui: Ui): Handlers {
  return {
    'app.help': () => {
      // It has the keys for the footer, and all that a notice at start was about.
      ui.state.notice = undefined;
      const cover = coverOf(ui.state.overlay);
      ui.open(
        createHelp({
          look: ui.look,
          view: ui.state.view,
          cover: cover?.kind === 'detail' || cover?.kind === 'policy' ? cover.kind : undefined,
          isReplay: ui.state.source.kind === 'replay',
          warnings: ui.state.warnings,
          whyNot: (command) => whyNot(command, ui),
          run: (command) => runAnywhere(command, ui),
        }),
      );
    },
  };
}
