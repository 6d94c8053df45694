import { attackProgram, labFolder } from '../labs/catalog.ts';
import { createDirector } from '../labs/director.ts';
import type { Lab } from '../labs/lab.ts';
import { policyNameOf } from '../labs/policyNames.ts';
import type { CommandId } from './commands.ts';
import { labInputOf, scrollNarrator } from './panes/narrator.ts';
import { type AppState, say } from './state.ts';

/** A lab's director beside the screen's state. */
export type LabLink = {
  run(id: CommandId): void;
  /** Events from this number of the store on are new. */
  onEvents(from: number): void;
  onPolicies(): void;
  /** The lab's attack ends, if one runs. */
  close(): void;
};

/** @param lab undefined: no lab, and nothing happens */
export function createLabLink(lab: Lab | undefined, state: AppState, repaint: () => void): LabLink {
  if (!lab)
    return {
      run: () => say(state, 'there is no lab; start one: trigon lab NAME'),
      onEvents() {},
      onPolicies() {},
      close() {},
    };
  const director = createDirector({
    lab,
    program: attackProgram(),
    folder: labFolder(),
    policyOf: (event) => policyNameOf(event, state.hookNames),
    onChange() {
      const isNewStep = state.narrator?.session.at !== director.session.at;
      state.narrator = { session: director.session, top: isNewStep ? 0 : Number.POSITIVE_INFINITY };
      repaint();
    },
  });
  state.narrator = { session: director.session, top: 0 };
  return {
    run(id) {
      const input = labInputOf(id);
      if (input) director.input(input);
      else if (state.narrator) scrollNarrator(state.narrator, id);
    },
    onEvents(from) {
      for (let number = from; director.isWatching && number < state.store.next; number++) {
        const event = state.store.get(number);
        if (event) director.onEvent(event);
      }
    },
    onPolicies: () => director.onPolicies(state.policies),
    close: director.close,
  };
}
