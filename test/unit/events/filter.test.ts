import { expect, test } from 'vitest';
import {
  type EventField,
  FILTER_FIELDS,
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
  message: 'a change',
  tags: ['T1098'],
  return: { kind: 'int_arg', value: -13 },
  data: [{ kind: 'uint_arg', value: 33, label: 'uid' }],
  trigon: { outcome: 'applied', mode: 'enforce', signal: 'SIGKILL' },
};
const common = { nodeName: 'n', process, policyName: 'p' };
const connect: Event = {
  ...common,
  kind: 'process_tracepoint',
  subsys: 'sock',
  event: 'inet_sock_set_state',
  action: 'KPROBE_ACTION_OVERRIDE',
  args: [
    {
      kind: 'sock_arg',
      value: {
        ...{ family: 'AF_INET', type: 'SOCK_STREAM', protocol: 'IPPROTO_TCP' },
        ...{ saddr: '10.0.0.1', daddr: '203.0.113.7', sport: 50000, dport: 443 },
      },
    },
  ],
  trigon: {
    mode: 'enforce',
    outcome: 'skipped',
    outcomeReason: 'wrong-context',
    error: 'EPERM',
    return: { kind: 'long_arg', value: 7n },
  },
};
const call: Event = {
  ...common,
  kind: 'process_uprobe',
  path: '/usr/bin/bash',
  symbol: 'readline',
  action: 'KPROBE_ACTION_POST',
  args: [{ kind: 'string_arg', value: 'sudo su' }],
};

const passes = (text: string, event: Event): boolean => {
  const { filter, error } = parseFilter(text);
  if (!filter) throw new Error(error);
  return filter(
    filterSubject(event, {
      userName: (uid) => (uid === 33 ? 'www-data' : ''),
      severityOf: () => '',
    }),
  );
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
  ['outcome:killed', connect, false],
  ['outcome:skipped outcome:wrong-context', connect, true],
  ['action:sigkill mode:enforce', write, true],
  ['action:override', connect, true],
  ['message:change tag:t1098', write, true],
  ['return:-13', write, true],
  ['return:/^7$/', connect, true],
  ['value:uid=33', write, true],
  ['value:/etc/ssh/', write, true],
  ['value:/etc/ssh/', connect, false],
  ['address:203.0.113.7:443', connect, true],
  ['address:443', write, false],
  ['203.0.113.7', connect, true],
  ['tracepoint:sock/inet', connect, true],
  ['tracepoint:sock', call, false],
  ['function:readline probe:bash', call, true],
  ['readline', call, true],
  ['"sudo su"', call, true],
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
  for (const event of [exec, exit, write, connect, call])
    for (const name of Object.keys(FILTER_FIELDS))
      expect(typeof filterSubject(event, { userName: String }).field(name as EventField)).toBe(
        'string',
      );
});
