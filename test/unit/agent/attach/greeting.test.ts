import { expect, test } from 'vitest';
import { readAgentGreeting, readScreenGreeting } from '../../../../src/agent/attach/greeting.ts';
import { isSameIdentity, ownIdentity } from '../../../../src/agent/attach/identity.ts';
import { projectRoot } from '../../../../src/agent/client.ts';

const identity = ownIdentity(projectRoot());
const SCREEN = {
  ...identity,
  operator: { user: 'alice', sudoUser: 'bob', tty: '/dev/pts/1' },
  readOnly: true,
};
const AGENT = { ...identity, pid: 1, node: 'host1', readOnly: false };

test('greetings are read as they were written, without what does not belong there', () => {
  expect(readScreenGreeting({ ...SCREEN, more: 1 })).toEqual(SCREEN);
  expect(readScreenGreeting({ ...SCREEN, operator: { user: 'alice' } })).toMatchObject({
    operator: { user: 'alice' },
  });
  const owned = { ...SCREEN, owner: { uid: 1000, gid: 100 } };
  expect(readScreenGreeting({ ...owned, owner: { ...owned.owner, more: 1 } })).toEqual(owned);
  expect(readAgentGreeting({ ...AGENT, more: 1 })).toEqual(AGENT);
});

test.each([
  ...[undefined, null, 'hello', [], {}],
  { ...SCREEN, operator: undefined },
  { ...SCREEN, operator: { user: 'a\nb' } },
  { ...SCREEN, operator: { user: 'x'.repeat(129) } },
  { ...SCREEN, operator: { user: 'x', tty: 3 } },
  { ...SCREEN, readOnly: 'no' },
  { ...SCREEN, owner: 1000 },
  { ...SCREEN, owner: { uid: 1000 } },
  { ...SCREEN, owner: { uid: -1, gid: 0 } },
  // No user: "leave as it is" to the kernel.
  { ...SCREEN, owner: { uid: 2 ** 32 - 1, gid: 0 } },
  { ...SCREEN, protocol: '1' },
])('%j is no greeting of a screen', (value) => {
  expect(readScreenGreeting(value)).toBeUndefined();
});

test.each([
  { ...AGENT, pid: -1 },
  { ...AGENT, node: undefined },
  { ...AGENT, layouts: 1 },
])('%j is no greeting of an agent', (value) => {
  expect(readAgentGreeting(value)).toBeUndefined();
});

test('any difference makes another version', () => {
  expect(isSameIdentity(identity, { ...identity })).toBe(true);
  for (const other of [{ protocol: 0 }, { version: 'x' }, { layouts: 'x' }])
    expect(isSameIdentity(identity, { ...identity, ...other })).toBe(false);
});
