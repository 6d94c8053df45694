import { describe, expect, test } from 'vitest';
import { decodeEvent, encodeEvent } from '../../../src/events/json.ts';
import {
  compileFieldFilters,
  parseFieldFilters,
} from '../../../src/events/tetragonFilter/fieldFilters.ts';
import type { Event } from '../../../src/events/types.ts';

const PROCESS = {
  exec_id: 'eA==',
  pid: 5,
  uid: 0,
  cwd: '/',
  binary: '/usr/bin/curl',
  arguments: '-v x',
  flags: 'execve',
  pod: { namespace: 'ns', name: 'p', pod_labels: { app: 'web', tier: 'db' } },
  environment_variables: [{ Key: 'A', Value: '1' }],
  trigon: { argv: ['curl', '-v', 'x'], unit: 'ssh.service' },
};
const ENVELOPE = { node_name: 'n', time: '2026-08-21T10:00:01Z' };

const exec = (fields: object = {}): Event =>
  decodeEvent(
    JSON.stringify({
      process_exec: { process: PROCESS, parent: { ...PROCESS, pid: 1 }, ...fields },
      ...ENVELOPE,
    }),
  );

const KPROBE = decodeEvent(
  JSON.stringify({
    process_kprobe: {
      process: PROCESS,
      function_name: 'tcp_connect',
      args: [
        { sock_arg: { family: 'AF_INET', daddr: '10.0.0.1', dport: 443 }, label: 'to' },
        { int_arg: 0, label: 'n' },
      ],
      return: { int_arg: 0 },
      action: 'KPROBE_ACTION_POST',
      policy_name: 'p',
    },
    ...ENVELOPE,
    trigon: { obtained: 'fentry', outcome: 'applied' },
  }),
);

const LSM = decodeEvent(
  JSON.stringify({
    process_lsm: { process: { pid: 5 }, function_name: 'file_open' },
    ...ENVELOPE,
    trigon: { mode: 'enforce', return: { int_arg: -1 }, kernel_stack_trace: [{ symbol: 's' }] },
  }),
);

const EXIT = decodeEvent(
  JSON.stringify({
    process_exit: {
      process: { pid: 5 },
      signal: 'SIGKILL',
      status: 3,
      time: '2026-08-21T10:00:00Z',
    },
    ...ENVELOPE,
  }),
);

const LOADER = decodeEvent(
  JSON.stringify({
    process_loader: { process: { pid: 5 }, path: '/lib/x.so', buildid: 'aGVsbG8=' },
    node_name: 'n',
    trigon: { time: '2026-08-21T10:00:01Z' },
  }),
);

const JOURNAL = decodeEvent(
  '{"trigon_journal":{"action":"armed","policy":"p","detail":"d","via":"screen"},"node_name":"n"}',
);

const filtered = (event: Event, ...filters: object[]): unknown =>
  JSON.parse(
    encodeEvent(parseFieldFilters(filters.map((one) => JSON.stringify(one)).join('\n'))(event)),
  );

const include = (fields: string, rest: object = {}) => ({ fields, action: 'INCLUDE', ...rest });
const exclude = (fields: string, rest: object = {}) => ({ fields, action: 'EXCLUDE', ...rest });

describe('include', () => {
  test.each<[Event, string, object]>([
    [
      exec(),
      'process.binary,process.pid',
      { process_exec: { process: { pid: 5, binary: '/usr/bin/curl' } } },
    ],
    [
      exec(),
      'process.binary,parent.exec_id',
      { process_exec: { process: { binary: '/usr/bin/curl' }, parent: { exec_id: 'eA==' } } },
    ],
    [exec(), 'process.execId', { process_exec: { process: { exec_id: 'eA==' } } }],
    [exec(), 'process', { process_exec: { process: PROCESS } }],
    [exec(), 'process,process.pid', { process_exec: { process: PROCESS } }],
    [
      exec(),
      'process.pod.pod_labels.app',
      { process_exec: { process: { pod: { pod_labels: { app: 'web' } } } } },
    ],
    [
      exec(),
      'process.environment_variables.Key',
      { process_exec: { process: { environment_variables: [{ Key: 'A' }] } } },
    ],
    [
      exec(),
      'process.trigon.unit',
      { process_exec: { process: { trigon: { unit: 'ssh.service' } } } },
    ],
    [exec(), 'function_name', { process_exec: {} }],
    [
      exec({ ancestors: [{ pid: 3, uid: 0 }, { pid: 2 }] }),
      'ancestors.pid',
      { process_exec: { ancestors: [{ pid: 3 }, { pid: 2 }] } },
    ],
    [
      KPROBE,
      'function_name,args.sock_arg.dport',
      {
        process_kprobe: { function_name: 'tcp_connect', args: [{ sock_arg: { dport: 443 } }, {}] },
      },
    ],
    [
      KPROBE,
      'args.label,trigon.outcome',
      {
        process_kprobe: { args: [{ label: 'to' }, { label: 'n' }] },
        trigon: { outcome: 'applied' },
      },
    ],
    [KPROBE, 'return', { process_kprobe: { return: { int_arg: 0 } } }],
    [EXIT, 'signal,status', { process_exit: { signal: 'SIGKILL', status: 3 } }],
    [EXIT, 'time', { process_exit: { time: '2026-08-21T10:00:00Z' } }],
  ])('%#', (event, fields, body) => {
    expect(filtered(event, include(fields))).toEqual({ ...body, ...ENVELOPE });
  });

  test('a loader event keeps its time', () => {
    expect(filtered(LOADER, include('path'))).toEqual({
      process_loader: { path: '/lib/x.so' },
      node_name: 'n',
      trigon: { time: '2026-08-21T10:00:01Z' },
    });
  });
});

describe('exclude', () => {
  const { arguments: _args, ...withoutArguments } = PROCESS;
  test.each<[Event, string, object]>([
    [exec(), 'parent', { process_exec: { process: PROCESS } }],
    [
      exec(),
      'process.arguments,parent',
      { process_exec: { process: { ...withoutArguments, trigon: { unit: 'ssh.service' } } } },
    ],
    [exec(), 'process,parent', { process_exec: {} }],
    [
      exec(),
      'process.pod.pod_labels.app,process.trigon,parent',
      {
        process_exec: {
          process: {
            ...PROCESS,
            pod: { ...PROCESS.pod, pod_labels: { tier: 'db' } },
            trigon: undefined,
          },
        },
      },
    ],
    [
      KPROBE,
      'process,args.sock_arg,return,action,args.label',
      {
        process_kprobe: {
          function_name: 'tcp_connect',
          args: [{}, { int_arg: 0 }],
          policy_name: 'p',
        },
        trigon: { obtained: 'fentry', outcome: 'applied' },
      },
    ],
    [
      KPROBE,
      'process,args,return,trigon',
      {
        process_kprobe: {
          function_name: 'tcp_connect',
          action: 'KPROBE_ACTION_POST',
          policy_name: 'p',
        },
      },
    ],
    [
      LSM,
      'process,return,kernel_stack_trace',
      { process_lsm: { function_name: 'file_open' }, trigon: { mode: 'enforce' } },
    ],
    [EXIT, 'time,process', { process_exit: { signal: 'SIGKILL', status: 3 } }],
  ])('%#', (event, fields, body) => {
    const expected = JSON.parse(JSON.stringify({ ...body, ...ENVELOPE }));
    expect(filtered(event, exclude(fields))).toEqual(expected);
  });
});

describe('which events', () => {
  const only = { process_exec: { process: { pid: 5 } }, ...ENVELOPE };
  test('those of the set', () => {
    const filter = include('process.pid', { event_set: ['PROCESS_EXEC', 'PROCESS_EXIT'] });
    expect(filtered(exec(), filter)).toEqual(only);
    expect(filtered(KPROBE, filter)).toEqual(JSON.parse(encodeEvent(KPROBE)));
  });

  test('all but those of the set', () => {
    const filter = include('process.pid', { event_set: [9], invert_event_set: true });
    expect(filtered(exec(), filter)).toEqual(only);
    expect(filtered(KPROBE, filter)).toEqual(JSON.parse(encodeEvent(KPROBE)));
  });

  test('all, without a set', () => {
    expect(filtered(exec(), include('process.pid', { invert_event_set: true }))).toEqual(only);
  });

  test('what an operator did stays whole', () => {
    expect(filtered(JOURNAL, include('process.pid'))).toEqual(JSON.parse(encodeEvent(JOURNAL)));
  });

  test('one filter after the other; excluding wins', () => {
    expect(filtered(exec(), include('process.pid,process.uid'), exclude('process.uid'))).toEqual(
      only,
    );
  });

  test('INCLUDE is what is meant when nothing is said', () => {
    expect(filtered(exec(), { fields: 'process.pid' })).toEqual(only);
  });

  test('no filters change nothing, and the event given is never changed', () => {
    const event = exec();
    const before = encodeEvent(event);
    expect(filtered(event)).toEqual(JSON.parse(before));
    filtered(event, exclude('process,parent'));
    expect(encodeEvent(event)).toBe(before);
  });
});

describe('of a request', () => {
  test.each([{ paths: ['process.pid'] }, ['process.pid'], 'process.pid'])('%j', (fields) => {
    const filter = compileFieldFilters([{ fields, action: 0, event_set: [1] }]);
    expect(JSON.parse(encodeEvent(filter(exec())))).toEqual({
      process_exec: { process: { pid: 5 } },
      ...ENVELOPE,
    });
  });
});

describe('what is wrong is said', () => {
  test.each<[string, RegExp]>([
    [
      '{"fields":"process.pidd"}',
      /--field-filters, line 1: fields: there is no "pidd" in "process.pidd"; did you mean pid\?/,
    ],
    ['{"fields":"process_exec.process.pid"}', /paths begin within the event: "process.pid"/],
    ['{"fields":"process.pid.x"}', /there is no "x"/],
    ['{"fields":"function_name","event_set":["PROCESS_EXEC"]}', /there is no "function_name"/],
    ['{"fields":"trigon.x"}', /there is no "x" in "trigon.x"/],
    ['{"fields":""}', /fields: is missing/],
    ['{"action":"EXCLUDE"}', /fields: is missing/],
    ['{"fields":5}', /fields: expected paths/],
    ['{"fields":[5]}', /fields: expected paths in quotes/],
    ['{"fields":"process","action":"DROP"}', /action: expected INCLUDE or EXCLUDE/],
    ['{"field":"process"}', /a field filter has no field "field"; did you mean fields\?/],
    ['{"fields":"process","event_set":["X"]}', /event_set: "X" is no event type/],
  ])('%s', (text, message) => {
    expect(() => parseFieldFilters(text)).toThrow(message);
  });
});
