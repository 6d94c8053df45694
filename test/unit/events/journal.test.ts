import { expect, test } from 'vitest';
import { eventKind } from '../../../src/agent/selection.ts';
import { compactLine, formatCompact } from '../../../src/events/compact.ts';
import { filterSubject } from '../../../src/events/filter/fields.ts';
import { parseFilter } from '../../../src/events/filter/parse.ts';
import { JOURNAL_ACTIONS, JOURNAL_WAYS, type JournalBody } from '../../../src/events/journal.ts';
import { decodeEvent, encodeEvent } from '../../../src/events/json.ts';
import type { EventOf } from '../../../src/events/types.ts';
import { packJournal, readEvent } from '../../../src/events/wire/event.ts';
import { PACKED_KIND } from '../../../src/events/wire/packed.ts';

const armed: JournalBody = {
  action: 'armed',
  policy: 'etc-writes',
  detail: 'SIGKILL, 5 min',
  via: 'screen',
  by: { user: 'root', sudoUser: 'alice', tty: '/dev/pts/3' },
};

const eventOf = (body: JournalBody): EventOf<'trigon_journal'> => ({
  kind: 'trigon_journal',
  ...body,
  nodeName: 'n',
  time: 1_666_063_159_000_000_000n,
});

const line = (body: JournalBody) =>
  formatCompact(compactLine(eventOf(body)), { color: false }).trimEnd();

test('is a line of JSON that begins with a key of ours', () => {
  expect(encodeEvent(eventOf(armed))).toBe(
    '{"trigon_journal":{"action":"armed","policy":"etc-writes","detail":"SIGKILL, 5 min","via":"screen",' +
      '"by":{"user":"root","sudo_user":"alice","tty":"/dev/pts/3"}},"node_name":"n","time":"2022-10-18T03:19:19Z"}',
  );
});

test('comes back from JSON whatever happened, the first of each list too', () => {
  for (const action of JOURNAL_ACTIONS)
    for (const via of JOURNAL_WAYS) {
      const event = eventOf({ action, policy: 'p', detail: '', via });
      expect(decodeEvent(encodeEvent(event))).toEqual(event);
    }
});

test('comes back from its packed form', () => {
  const { time, ...event } = eventOf(armed);
  const packed = {
    ...{ kind: PACKED_KIND.journal, flags: 0, time: time ?? 0n, tgid: 0, tid: 0, ktime: 0n },
    ...{ parentTgid: 0, parentKtime: 0n, payload: packJournal(armed), process: new Uint8Array() },
  };
  const context = { node: 'n', hookNames: () => undefined, parent: () => undefined };
  expect(readEvent(packed, context)).toEqual({ ...event, time });
});

test('the compact line tells who, where and by which way', () => {
  expect(line(armed)).toBe('🔔 armed   n etc-writes (SIGKILL, 5 min) by alice via sudo on pts/3');
  expect(line({ ...armed, via: 'socket', by: { user: 'root' } })).toBe(
    '🔔 armed   n etc-writes (SIGKILL, 5 min) by root, with trigon policy',
  );
  expect(line({ ...armed, via: 'grpc', by: { user: 'alice' } })).toBe(
    '🔔 armed   n etc-writes (SIGKILL, 5 min) by alice, over gRPC',
  );
  expect(line({ action: 'fuse-blown', policy: 'p', detail: '', via: 'trigon' })).toBe(
    '🔔 fuse blown n p',
  );
});

test('names from policies and from the other side of the socket cannot write on the terminal', () => {
  const hostile = '\u001b[2J\u202e\n';
  const text = line({
    ...armed,
    policy: hostile,
    detail: hostile,
    by: { user: hostile, sudoUser: hostile, tty: hostile },
  });
  expect(text).not.toMatch(/[\u0000-\u001f\u202e]/);
});

test('filters and --event-types know it', () => {
  expect(['journal', 'JOURNAL', 'trigon_journal', 'TRIGON_JOURNAL'].map(eventKind)).toEqual(
    Array(4).fill('trigon_journal'),
  );
  const matches = (text: string) =>
    parseFilter(text).filter?.(filterSubject(eventOf(armed), { userName: () => '' }));
  const wanted = ['event:journal', 'policy:etc', 'action:armed', 'message:alice', 'journal'];
  expect(wanted.map(matches)).toEqual([true, true, true, true, true]);
  expect(matches('event:exec')).toBe(false);
});
