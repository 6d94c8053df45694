import { expect, test } from 'vitest';
import {
  FILTER_FIELDS,
  type FilterField,
  filterSubject,
} from '../../../src/events/filter/fields.ts';
import { parseFilter } from '../../../src/events/filter/parse.ts';
import type { Event } from '../../../src/events/types.ts';

const process = {
  execId: 'x',
  pid: 123,
  uid: 33,
  cwd: '/srv',
  binary: '/usr/bin/curl',
  arguments: 'https://ebpf.io "two words"',
  flags: 'execve clone',
  parentExecId: 'y',
  docker: 'abcdef0123',
};
const exec: Event = { kind: 'process_exec', nodeName: 'n', process };
const exit: Event = { kind: 'process_exit', nodeName: 'n', process, status: 9, signal: 'SIGKILL' };
const write: Event = {
  kind: 'process_kprobe',
  nodeName: 'n',
  process,
  functionName: 'security_file_permission',
  policyName: 'etc-writes',
  action: 'KPROBE_ACTION_SIGKILL',
  args: [
    { kind: 'file_arg', value: { path: '/etc/ssh/sshd_config' } },
    { kind: 'int_arg', value: 2 },
  ],
  trigon: { outcome: 'applied', mode: 'enforce' },
};

const passes = (text: string, event: Event): boolean => {
  const { filter, error } = parseFilter(text);
  if (!filter) throw new Error(error);
  return filter(filterSubject(event, { userName: (uid) => (uid === 33 ? 'www-data' : '') }));
};

test.each<[string, Event, boolean]>([
  ['', exec, true],
  ['curl', exec, true],
  ['CURL ebpf', exec, true],
  ['curl wget', exec, false],
  ['!curl', exec, false],
  ['!wget', exec, true],
  ['"two words"', exec, true],
  ['"words two"', exec, false],
  ['binary:curl', exec, true],
  ['!binary:curl', exec, false],
  ['binary:/usr/bin/', exec, true],
  ['binary:/curl/', exec, true],
  ['binary:/^curl/', exec, false],
  ['binary:/bin.(curl|wget)$/', exec, true],
  ['path:/etc/ssh/', write, true],
  ['path:/etc/ssh', write, true],
  ['path:/etc/cron', write, false],
  ['pid:123', exec, true],
  ['pid:12', exec, false],
  ['uid:33', exec, true],
  ['user:www-data', exec, true],
  ['user:www', exec, false],
  ['container:abc', exec, true],
  ['container:bcd', exec, false],
  ['event:exec', exec, true],
  ['event:exit', exec, false],
  ['signal:kill', exit, true],
  ['status:9', exit, true],
  ['status:9', exec, false],
  ['policy:etc function:file', write, true],
  ['outcome:killed', write, true],
  ['event:exit OR event:kprobe', write, true],
  ['event:exit OR event:kprobe', exec, false],
  ['event:exit OR event:exec !wget', exec, true],
  ['event:exit OR event:exec !curl', exec, false],
  ['https://ebpf.io', exec, true],
])('%j on an event: %s', (text, event, expected) => {
  expect(passes(text, event)).toBe(expected);
});

test.each<[string, string, number]>([
  ['binary:', '"binary:" needs a value', 0],
  ['curl "open', 'this quote has no end', 5],
  ['OR curl', 'OR needs a word on both sides', 0],
  ['curl OR', 'OR needs a word on both sides', 5],
  ['a OR OR b', 'OR needs a word on both sides', 5],
  ['x nosuch:1', `no field "nosuch"; there are ${Object.keys(FILTER_FIELDS).join(', ')}`, 2],
])('%j is a mistake', (text, error, at) => {
  expect(parseFilter(text)).toMatchObject({ error, at });
});

test('a broken regular expression tells its reason', () => {
  expect(parseFilter('args:/(/').error).toMatch(/^not a regular expression: /);
});

test('every field can be read from every kind of event', () => {
  for (const event of [exec, exit, write])
    for (const name of Object.keys(FILTER_FIELDS))
      expect(typeof filterSubject(event, { userName: String }).field(name as FilterField)).toBe(
        'string',
      );
});
