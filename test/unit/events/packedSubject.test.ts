/** A filter reads of a packed event what it reads of the whole one, for every field. */
import { describe, expect, test } from 'vitest';
import { createPolicyBook } from '../../../src/agent/policyBook.ts';
import {
  type EventField,
  FILTER_FIELDS,
  filterSubject,
} from '../../../src/events/filter/fields.ts';
import { packedSubject } from '../../../src/events/filter/packedSubject.ts';
import { type EventContext, readEvent } from '../../../src/events/wire/event.ts';
import { PACKED_KIND, packedSizeAt, readPacked } from '../../../src/events/wire/packed.ts';
import { loadRecording } from '../../driver/recording.ts';

const recording = loadRecording();
const book = createPolicyBook();
const context: EventContext = {
  ...{ node: 'host-1', hookNames: book.hookNames, parent: () => undefined },
};
const options = { userName: (uid: number) => `user-${uid}`, severityOf: (name: string) => name };
const fields = Object.keys(FILTER_FIELDS) as EventField[];

const events = recording.messages.flatMap(({ message }) => {
  if (message.type === 'policies') book.describe(message);
  if (message.type !== 'records') return [];
  const view = new DataView(message.buffer, 0, message.bytes);
  const some = [];
  for (let at = 0; at < message.bytes; at += packedSizeAt(view, at))
    some.push(readPacked(view, at));
  return some;
});

describe('an event of a session', () => {
  test.each(Object.entries(PACKED_KIND).filter(([name]) => name !== 'other'))(
    'of kind %s',
    (name, kind) => {
      const some = events.filter((event) => event.kind === kind);
      if (name !== 'throttle') expect(some.length).toBeGreaterThan(0);
      for (const packed of some) {
        const [one, whole] = [
          packedSubject(packed, context, options),
          filterSubject(readEvent(packed, context), options),
        ];
        for (const field of fields)
          expect([field, one.field(field)]).toEqual([field, whole.field(field)]);
        expect(one.text()).toBe(whole.text());
      }
    },
  );
});
