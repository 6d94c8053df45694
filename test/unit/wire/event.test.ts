import { describe, expect, test } from 'vitest';
import { type EventContext, readEvent } from '../../../src/events/wire/event.ts';
import { PACKED_FLAG, PACKED_KIND, type PackedEvent } from '../../../src/events/wire/packed.ts';
import { NO_DETAIL, namespacesOf } from '../../../src/events/wire/processDetail.ts';
import { viewOf } from '../../../src/events/wire/view.ts';
import {
  tg_user_namespace_body as NAMESPACE,
  tg_throttle_record,
  tg_throttle_type,
} from '../../../src/generated/layouts.ts';
import {
  execRecord,
  exitRecord,
  hookNames,
  intArgument,
  policyRecord,
  stack,
  struct,
  throttleRecord,
  value,
} from './records.ts';

const context: EventContext = {
  node: 'n',
  hookNames: (policy, hook) => (policy === 2 && hook === 5 ? hookNames() : undefined),
  parent: () => undefined,
};

const exec = execRecord(
  { filename: '/bin/x', exe: '/bin/x', cwd: '/', args: 'x\0' },
  { ktime: 1000n },
);

const NAMESPACES = namespacesOf(exec);

const packed = (
  kind: PackedEvent['kind'],
  payload: Uint8Array,
  fields: Partial<PackedEvent> = {},
): PackedEvent => ({
  kind,
  flags: 0,
  time: 5_000_003_000n,
  tgid: 100,
  tid: 101,
  ktime: 1000n,
  parentTgid: 50,
  parentKtime: 500n,
  payload,
  process: kind === PACKED_KIND.exec ? payload : exec,
  ...fields,
});

describe('exec and exit', () => {
  test('an exec', () => {
    expect(
      readEvent(packed(PACKED_KIND.exec, exec, { time: 5_000_001_000n }), context),
    ).toMatchObject({
      kind: 'process_exec',
      nodeName: 'n',
      time: 5_000_001_000n,
      process: { binary: '/bin/x', startTime: 5_000_001_000n, tid: 101 },
    });
  });

  test('the parent, where it is known', () => {
    const parent = {
      execId: 'e',
      cwd: '',
      binary: '/p',
      arguments: '',
      flags: '',
      parentExecId: '',
    };
    const asked: unknown[] = [];
    const event = readEvent(packed(PACKED_KIND.exec, exec), {
      ...context,
      parent: (...question) => {
        asked.push(question);
        return parent;
      },
    });
    expect(asked).toEqual([[50, 500n]]);
    expect(event).toMatchObject({ parent });
    expect(readEvent(packed(PACKED_KIND.exec, exec), context)).not.toHaveProperty('parent');
  });

  test('the ancestors of the parent, of kinds that tell them', () => {
    const grandparent = {
      ...{ execId: 'g', cwd: '', binary: '/g', arguments: '', flags: '', parentExecId: '' },
    };
    const asked: unknown[] = [];
    const telling = {
      ...context,
      ancestors: (...question: unknown[]) => {
        asked.push(question);
        return question[0] === 'process_exec' ? [grandparent] : [];
      },
    };
    const told = readEvent(packed(PACKED_KIND.exec, exec), telling);
    expect(told).toMatchObject({ ancestors: [grandparent] });
    const silent = readEvent(packed(PACKED_KIND.exit, exitRecord(0)), telling);
    expect(silent).not.toHaveProperty('ancestors');
    expect(asked).toEqual([
      ['process_exec', 50, 500n],
      ['process_exit', 50, 500n],
    ]);
  });

  test.each<[number, number, string | undefined]>([
    [0, 0, undefined],
    [7 << 8, 7, undefined],
    [255 << 8, 255, undefined],
    [9, 0, 'SIGKILL'],
    [15, 0, 'SIGTERM'],
    [11 | 0x80, 0, 'SIGSEGV'], // with a core dump
  ])('exit code %i', (code, status, signal) => {
    const event = readEvent(packed(PACKED_KIND.exit, exitRecord(code)), context);
    expect(event).toMatchObject({ kind: 'process_exit', status, exitTime: 5_000_003_000n });
    expect('signal' in event ? event.signal : undefined).toBe(signal);
  });

  test('the exit of a forked child, and of a process of which nothing is known', () => {
    const cloned = readEvent(
      packed(PACKED_KIND.exit, exitRecord(0), { flags: PACKED_FLAG.cloned }),
      context,
    );
    expect(cloned).toMatchObject({ process: { binary: '/bin/x', flags: 'execve' } });
    const unknown = readEvent(
      packed(PACKED_KIND.exit, exitRecord(0), {
        flags: PACKED_FLAG.unknownProcess,
        process: new Uint8Array(),
      }),
      context,
    );
    expect(unknown).toMatchObject({ process: { pid: 100, flags: 'unknown' } });
  });
});

describe('policy events', () => {
  test('have the process, its parent and the names of the hook', () => {
    const event = readEvent(packed(PACKED_KIND.policy, policyRecord([intArgument(4n)])), context);
    expect(event).toMatchObject({
      kind: 'process_kprobe',
      nodeName: 'n',
      time: 5_000_003_000n,
      process: { binary: '/bin/x', tid: 101 },
      policyName: 'sample',
      functionName: 'security_file_permission',
      args: [{ kind: 'int_arg', value: 4 }],
    });
  });

  test('of a hook that is gone', () => {
    const gone = { ...context, hookNames: () => undefined };
    const event = readEvent(packed(PACKED_KIND.policy, policyRecord([intArgument(4n)])), gone);
    expect(event).toMatchObject({
      kind: 'process_kprobe',
      policyName: '',
      functionName: '',
      args: [{ kind: 'int_arg', value: 4 }],
      trigon: { mode: 'monitor' },
    });
  });

  test('stack traces are of the process, not of the thread', () => {
    const asked: unknown[] = [];
    const record = policyRecord([], { stacks: [stack('USER', [0x10n])] });
    readEvent(packed(PACKED_KIND.policy, record), {
      ...context,
      symbolise: (...question) => {
        asked.push(question);
        return [];
      },
    });
    expect(asked).toEqual([['user', [0x10n], { pid: 100, execId: expect.any(String) }]]);
  });

  const namespace = struct(NAMESPACE, { level: 0, inode: 7 });
  const userNamespace = value('TG_TYPE_USER_NAMESPACE', { body: namespace });
  test.each([
    ['the kernel’s own number where the host’s is not asked for', {}, false],
    ['the host’s', { detail: { ...NO_DETAIL, namespaces: { ...NAMESPACES, user: 7 } } }, true],
  ])('the host’s user namespace: %s', (_, extra, isHost) => {
    const event = readEvent(packed(PACKED_KIND.policy, policyRecord([userNamespace])), {
      ...context,
      ...extra,
    });
    expect(event).toMatchObject({ args: [{ value: { ns: { inum: 7, isHost } } }] });
  });
});

describe('throttling', () => {
  const throttled = (record: Uint8Array) =>
    readEvent(packed(PACKED_KIND.throttle, record, { process: new Uint8Array() }), context);

  test('a start has the cgroup’s name, and no process', () => {
    expect(throttled(throttleRecord('session-1.scope'))).toEqual({
      kind: 'process_throttle',
      type: 'THROTTLE_START',
      cgroup: 'session-1.scope',
      nodeName: 'n',
      time: 5_000_003_000n,
    });
  });

  test('a stop; the root has no name', () => {
    const record = throttleRecord('');
    viewOf(record).setUint32(tg_throttle_record.at.type, tg_throttle_type.TG_THROTTLE_STOP, true);
    expect(throttled(record)).toMatchObject({ type: 'THROTTLE_STOP', cgroup: '/' });
  });
});
