import { expect, test } from 'vitest';
import { createProgram } from '../../../src/agent/aggregate/program.ts';
import { createSelector, eventKind, SELECT_ALL } from '../../../src/agent/selection.ts';
import type { Event } from '../../../src/events/types.ts';
import { PACKED_KIND, type PackedEvent } from '../../../src/events/wire/packed.ts';
import { execRecord } from '../wire/records.ts';

const packed = (tgid: number, kind: PackedEvent['kind'] = PACKED_KIND.exec): PackedEvent => ({
  kind,
  flags: 0,
  time: 0n,
  tgid,
  tid: tgid,
  ktime: 1n,
  parentTgid: 0,
  parentKtime: 0n,
  payload: new Uint8Array(),
  process: new Uint8Array(),
});

const exec = (change: object): Event => ({
  kind: 'process_exec',
  nodeName: 'n',
  process: {
    execId: '',
    pid: 1,
    uid: 33,
    cwd: '/',
    binary: '/usr/bin/curl',
    arguments: '',
    flags: '',
    parentExecId: '',
    ...change,
  },
});

const userName = (uid: number) => (uid === 33 ? 'www-data' : undefined);

test('without conditions everything is wanted', () => {
  const selector = createSelector(SELECT_ALL, userName);
  expect(selector.wantsPacked(packed(1))).toBe(true);
  expect(selector.wants(exec({}))).toBe(true);
});

test('kinds and processes are told apart before anything is decoded', () => {
  const selector = createSelector({ ...SELECT_ALL, kinds: ['process_exit'], pids: [7] }, userName);
  expect(selector.wantsPacked(packed(7, PACKED_KIND.exit))).toBe(true);
  expect(selector.wantsPacked(packed(7, PACKED_KIND.exec))).toBe(false);
  expect(selector.wantsPacked(packed(8, PACKED_KIND.exit))).toBe(false);
});

test('follow: descendants that run already, in any order, and those to come; a reused number is not followed', () => {
  const selector = createSelector({ ...SELECT_ALL, pids: [10], follow: true }, userName);
  selector.start([
    { pid: 12, parent: 11 },
    { pid: 11, parent: 10 },
    { pid: 10, parent: 1 },
    { pid: 20, parent: 1 },
  ]);
  const wanted = () => [10, 11, 12, 13, 20, 21].filter((pid) => selector.wantsPacked(packed(pid)));
  expect(wanted()).toEqual([10, 11, 12]);
  selector.onFork(13, 12);
  selector.onFork(21, 20);
  expect(wanted()).toEqual([10, 11, 12, 13]);
  selector.onExit(13);
  selector.onExit(10);
  expect(wanted()).toEqual([10, 11, 12]);
});

test.each<[object, object, boolean]>([
  [{ binaries: ['curl$'] }, {}, true],
  [{ binaries: ['^curl'] }, {}, false],
  [{ binaries: ['wget', 'curl'] }, {}, true],
  [{ users: ['www-data'] }, {}, true],
  [{ users: ['33'] }, {}, true],
  [{ users: ['root'] }, {}, false],
  [{ containers: ['abc'] }, { docker: 'abcdef' }, true],
  [{ containers: ['abc'] }, {}, false],
  [{ policies: ['p'] }, {}, false],
  [{ filter: 'binary:curl !user:root' }, {}, true],
  [{ filter: '!binary:curl' }, {}, false],
  [{ binaries: ['curl'], users: ['root'] }, {}, false],
])('%j on %j', (selection, change, expected) => {
  const selector = createSelector({ ...SELECT_ALL, ...selection }, userName);
  expect(selector.wants(exec(change))).toBe(expected);
});

test('a filter can ask how bad what the policy sees is', () => {
  const event: Event = {
    ...{ kind: 'process_kprobe', nodeName: 'n', functionName: 'f', policyName: 'p' },
    ...{
      action: 'KPROBE_ACTION_POST',
      args: [],
      process: {
        execId: '',
        cwd: '/',
        binary: '/bin/x',
        arguments: '',
        flags: '',
        parentExecId: '',
      },
    },
  };
  const wants = (filter: string) =>
    createSelector({ ...SELECT_ALL, filter }, userName, (policy) =>
      policy === 'p' ? 'high' : undefined,
    ).wants(event);
  expect(wants('severity>=high')).toBe(true);
  expect(wants('severity<high')).toBe(false);
});

test('a wrong filter or expression throws with its reason', () => {
  expect(() => createSelector({ ...SELECT_ALL, filter: 'nosuch:1' }, userName)).toThrow(
    'in the filter, at 1: no field "nosuch"',
  );
  expect(() => createSelector({ ...SELECT_ALL, binaries: ['('] }, userName)).toThrow();
});

test('names of event kinds in all their spellings', () => {
  expect(['PROCESS_EXEC', 'process_exit', 'kprobe', 'EXEC', 'nonsense'].map(eventKind)).toEqual([
    'process_exec',
    'process_exit',
    'process_kprobe',
    'process_exec',
    undefined,
  ]);
});

test('events of a policy may be of several kinds, which shows when they are decoded', () => {
  const selector = createSelector({ ...SELECT_ALL, kinds: ['process_uprobe'] }, userName);
  expect(selector.wantsPacked(packed(1, PACKED_KIND.policy))).toBe(true);
  expect(selector.wantsPacked(packed(1, PACKED_KIND.exec))).toBe(false);
  expect(selector.wants(exec({}))).toBe(false);
});

test('an event about a cgroup has no process: what is asked of processes never holds for it', () => {
  const throttle: Event = {
    kind: 'process_throttle',
    nodeName: 'n',
    type: 'THROTTLE_START',
    cgroup: 'c',
  };
  const wants = (selection: object) => {
    const selector = createSelector({ ...SELECT_ALL, ...selection }, userName);
    return selector.wantsPacked(packed(0, PACKED_KIND.throttle)) && selector.wants(throttle);
  };
  expect(wants({})).toBe(true);
  expect(wants({ kinds: ['process_throttle'] })).toBe(true);
  expect(wants({ filter: 'event:throttle' })).toBe(true);
  for (const selection of [
    { kinds: ['process_exec'] },
    { pids: [5] },
    { binaries: ['.*'] },
    { users: ['root'] },
    { containers: [''] },
    { policies: ['p'] },
    { filter: 'binary:x' },
  ])
    expect(wants(selection)).toBe(false);
});

test('a user has the name that the event tells, whatever others have by that number', () => {
  const selector = createSelector({ ...SELECT_ALL, users: ['www-data'] }, userName);
  expect(selector.wants(exec({}))).toBe(true);
  expect(selector.wants(exec({ user: { name: 'web' } }))).toBe(false);
  expect(selector.wants(exec({ uid: 1, user: { name: 'www-data' } }))).toBe(true);
  const filtered = createSelector({ ...SELECT_ALL, filter: 'user:web' }, userName);
  expect(filtered.wants(exec({ user: { name: 'web' } }))).toBe(true);
  expect(filtered.wants(exec({}))).toBe(false);
});

test('a program at hand is asked for its binary, and decoded once', () => {
  const selector = createSelector({ ...SELECT_ALL, binaries: ['^/bin/a$'] }, userName);
  const process = execRecord({ filename: '/bin/a', exe: '/bin/a', cwd: '/' });
  const event = { ...packed(1, PACKED_KIND.exit), process };
  const program = createProgram(process);
  expect(selector.wantsPacked(event)).toBe(true);
  expect(selector.wantsPacked(event, program)).toBe(true);
  expect(program.binary).toBe('/bin/a');
  expect(selector.wantsPacked(event, createProgram(new Uint8Array()))).toBe(false);
});
