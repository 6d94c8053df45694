import { expect, test } from 'vitest';
import { NOTHING_LOST } from '../../../src/agent/lost.ts';
import type { FromAgent } from '../../../src/agent/messages.ts';
import { createInbox } from '../../../src/ui/inbox.ts';
import { until } from '../../driver/until.ts';

const status: FromAgent = { type: 'status', policies: [], lost: NOTHING_LOST };
const policies: FromAgent = { type: 'policies', changed: [], removed: [] };
const text: FromAgent = { type: 'policy-text', request: 1, policy: 1, source: '' };

function setUp() {
  const log: string[] = [];
  const inbox = createInbox({
    take: ({ type }) => log.push(type),
    paintSoon: () => log.push('soon'),
    paintNow: () => log.push('now'),
  });
  return { log, inbox };
}

test('counters wait until they may be painted', () => {
  const { log, inbox } = setUp();
  inbox.receive(status);
  inbox.receive(status);
  expect(log).toEqual(['soon', 'soon']);
  inbox.deliver();
  expect(log.slice(2)).toEqual(['status', 'status']);
  inbox.deliver();
  expect(log).toHaveLength(4);
});

test('what is no event waits for nothing, and nothing comes before what was sent before it', () => {
  const { log, inbox } = setUp();
  inbox.receive(status);
  inbox.receive(policies);
  expect(log).toEqual(['soon', 'status', 'policies']);
});

test('an answer to a key is painted at once', () => {
  const { log, inbox } = setUp();
  inbox.receive(text);
  expect(log).toEqual(['policy-text', 'now']);
});

test('the agent gets its memory back even when nothing can be painted', async () => {
  const { log, inbox } = setUp();
  inbox.receive(status);
  expect(await until(() => log.includes('status'))).toBe(true);
});

test('nothing comes any more once it is closed', () => {
  const { log, inbox } = setUp();
  inbox.receive(status);
  inbox.close();
  inbox.deliver();
  expect(log).toEqual(['soon']);
});
