import { expect, test } from 'vitest';
import {
  isChange,
  readRequest,
  type ScreenRequest,
} from '../../../../src/agent/attach/requests.ts';
import { DEFAULT_FUSE } from '../../../../src/agent/messages.ts';

const process = { pid: 4711, ktime: 99n };
const REQUESTS: readonly ScreenRequest[] = [
  { type: 'heartbeat' },
  { type: 'set-mode', policy: 1, mode: 'off' },
  { type: 'arm', policy: 1, seconds: 60, added: [['kill', 'none']], fuse: DEFAULT_FUSE },
  { type: 'arm', policy: 1, seconds: undefined, added: [], fuse: DEFAULT_FUSE },
  { type: 'disarm-all' },
  { type: 'prepare-arming', request: 1, policy: 2 },
  { type: 'read-policy', request: 1, policy: 2 },
  { type: 'set-parameters', request: 1, policy: 2, values: { PATHS: '/etc' } },
  { type: 'test-policy', request: 1, policy: 2 },
  { type: 'watch', topics: ['tree', 'alerts'] },
  { type: 'describe', request: 1, ...process },
  { type: 'open-files', request: 1, ...process },
  { type: 'describe-binary', request: 1, binary: '/usr/bin/curl' },
  { type: 'find-target', request: 1, process },
  { type: 'signal', signal: 'SIGTERM', processes: [process] },
  { type: 'record', path: undefined },
  { type: 'record', path: '/tmp/session.trigon.zst' },
  { type: 'mark', mark: { time: 1n, execId: 'x', label: 'y' }, isSet: true },
];

test('every request passes as it is', () => {
  for (const request of REQUESTS) expect(readRequest(request)).toBe(request);
});

test('with any field of another type, or missing, it is none', () => {
  // What may be left out, or of any length.
  const optional = new Set(['seconds', 'path']);
  for (const request of REQUESTS)
    for (const field of Object.keys(request)) {
      for (const wrong of [Symbol.iterator, null, { length: 1 }, -1.5, [null], () => 1])
        expect(readRequest({ ...request, [field]: wrong }), `${request.type} ${field}`).toBe(
          undefined,
        );
      if (!optional.has(field)) {
        const { [field]: _, ...rest } = request as Record<string, unknown>;
        expect(readRequest(rest), `${request.type} without ${field}`).toBe(undefined);
      }
    }
});

test.each([
  undefined,
  null,
  'heartbeat',
  [],
  { type: 'stop' },
  { type: 'done', bytes: 1 },
  { type: 'toString' },
  { type: '__proto__' },
  { type: 'signal', signal: 'SIGSEGV', processes: [process] },
  { type: 'signal', signal: 'SIGTERM', processes: Array(5000).fill(process) },
  { type: 'signal', signal: 'SIGTERM', processes: new Array(5) },
  { type: 'set-mode', policy: 1, mode: 'enforce' },
  { type: 'record', path: 'session.trigon.zst' },
  { type: 'describe-binary', request: 1, binary: 'x'.repeat(100_000) },
])('%o is no request', (value) => {
  expect(readRequest(value)).toBeUndefined();
});

test('what a screen that only reads may ask for', () => {
  const allowed = REQUESTS.filter((request) => !isChange(request)).map(({ type }) => type);
  expect(new Set(allowed)).toEqual(
    new Set([
      ...['heartbeat', 'prepare-arming', 'read-policy', 'watch', 'describe', 'open-files'],
      ...['describe-binary', 'find-target'],
    ]),
  );
});
