import type { Event } from '../../events/types.ts';
import { type EventContext, readEvent } from '../../events/wire/event.ts';
import { NO_DETAIL } from '../../events/wire/processDetail.ts';
import type { CopyChoice } from '../copyChoice.ts';
import { taggedChoices } from '../copyMenu.ts';
import { withoutSecrets } from '../detail/environment.ts';
import type { AppState } from '../state.ts';
import { eventSubject, type Subject } from '../subject.ts';
import { jsonLine } from '../text/json.ts';
import { plainLine } from '../views/streamRow.ts';

/** Events of the store by their numbers, decoded for those who want more of them than their rows. */
export type StreamEvents = {
  /** As their rows have them; those that are gone are left out. */
  of(numbers: Iterable<number>): Iterable<Event>;
  /** In the full detail in which it is copied; undefined when it is gone. */
  eventOf(number: number): Event | undefined;
  /** The same for a detail. */
  subjectOf(number: number): Subject | undefined;
  taggedCopies(): readonly CopyChoice[];
};

export function createStreamEvents(state: AppState, context: EventContext): StreamEvents {
  const { store, tags } = state;

  const fullContext = (): EventContext => ({
    ...context,
    detail: { ...NO_DETAIL, credentials: true, namespaces: state.hostNamespaces },
  });

  const eventOf = (number: number): Event | undefined => {
    const packed = store.get(number);
    return packed && readEvent(packed, fullContext());
  };

  return {
    *of(numbers) {
      for (const number of numbers) {
        const packed = store.get(number);
        if (packed) yield readEvent(packed, context);
      }
    },
    eventOf,
    subjectOf(number) {
      const packed = store.get(number);
      return packed && { ...eventSubject(packed, fullContext()), number };
    },
    taggedCopies() {
      const tagged = tags.heldEvents(store.first);
      const textOf = (line: (event: Event) => string) => () =>
        tagged.flatMap((number) => eventOf(number) ?? []).map(line);
      const json = textOf((event) => jsonLine(withoutSecrets(event)));
      const line = (event: Event) => plainLine(event, false, state.nodeNames.areSeveral);
      return taggedChoices(tagged.length, textOf(line), json);
    },
  };
}
