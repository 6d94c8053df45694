import { createDirector } from '../labs/director.ts';
import type { Lab } from '../labs/lab.ts';
import { attackProgram, labFolder } from '../labs/places.ts';
import { policyNameOf } from '../labs/policyNames.ts';
import { type LabSession, stepOf, unmet } from '../labs/session.ts';
import type { CommandId } from './commands.ts';
import { labInputOf, type NarratorState, scrollNarrator } from './panes/narrator.ts';
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

/** Where the text is scrolled to: what has changed is at its end, unless the step is new or has nothing to do with it. */
function topAfter({ session, top }: NarratorState, next: LabSession): number {
  if (session.at !== next.at) return 0;
  const isIdle = session.modes !== next.modes && stepOf(next).checks.length === 0;
  return isIdle ? top : Number.POSITIVE_INFINITY;
}

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
      const { session } = director;
      const before = state.narrator;
      state.narrator = { session, top: before ? topAfter(before, session) : 0 };
      repaint();
    },
  });
  state.narrator = { session: director.session, top: 0 };
  return {
    run(id) {
      const input = labInputOf(id);
      const before = director.session;
      if (input) director.input(input);
      else if (state.narrator) scrollNarrator(state.narrator, id);
      const missing = input?.kind === 'next' && director.session === before ? unmet(before) : [];
      if (missing.length > 0) say(state, `first: ${missing.join(', ')}`, 'warning');
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
