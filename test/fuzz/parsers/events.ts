/** Events on their way: records of the kernel, logs, recordings, messages of peers. */
import { readFileSync } from 'node:fs';
import { constants, gzipSync, zstdCompressSync } from 'node:zlib';
import { decode, encode } from 'dns-packet';
import {
  createFrameReader,
  decodeGreeting,
  decodeMessage,
  encodeGreeting,
  encodeMessage,
} from '../../../src/agent/attach/frames.ts';
import {
  readAdmission,
  readAgentGreeting,
  readScreenGreeting,
} from '../../../src/agent/attach/greeting.ts';
import { readRequest } from '../../../src/agent/attach/requests.ts';
import { lineReader } from '../../../src/agent/control/lines.ts';
import {
  decodeAnswer,
  decodeRequest,
  encodeRequest,
  ProtocolError,
} from '../../../src/agent/control/protocol.ts';
import { prometheusText } from '../../../src/agent/metrics/exposition.ts';
import { isHostName, readAnswer } from '../../../src/agent/names/answers.ts';
import { encodeRecordingLine } from '../../../src/agent/recording/format.ts';
import { decompress } from '../../../src/agent/replay/decompress.ts';
import { readEntry } from '../../../src/agent/replay/entry.ts';
import { splitLines } from '../../../src/agent/replay/lines.ts';
import { compactLine, formatCompact } from '../../../src/events/compact.ts';
import { decodeEvent, EventSyntaxError, encodeEvent } from '../../../src/events/json.ts';
import { createRedaction } from '../../../src/events/redaction.ts';
import { escapeText } from '../../../src/events/text.ts';
import type { Event } from '../../../src/events/types.ts';
import { type EventContext, readEvent } from '../../../src/events/wire/event.ts';
import { PACKED_KIND, type PackedKind } from '../../../src/events/wire/packed.ts';
import { redactRecord } from '../../../src/events/wire/redactRecord.ts';
import {
  tg_exec_record,
  tg_exit_record,
  tg_policy_record,
  tg_throttle_record,
  tg_type,
} from '../../../src/generated/layouts.ts';
import { decodeEventMessage, encodeEventMessage } from '../../../src/grpc/event.ts';
import { METHODS } from '../../../src/grpc/methods.ts';
import { WireSyntaxError } from '../../../src/grpc/wire/reader.ts';
import { STATS } from '../../unit/agent/metrics/sample.ts';
import {
  execRecord,
  exitRecord,
  hookNames,
  policyRecord,
  stack,
  throttleRecord,
  value,
} from '../../unit/wire/records.ts';
import { type Area, allowing, expectEqual, expectPrintable, oneOf } from './area.ts';
import { changedJson } from './mutate.ts';

type Seeds = readonly [Buffer, ...Buffer[]];

const LOG = new URL('../../unit/events/fixtures/recorded-like.jsonl', import.meta.url);

/** Lines of a log, one of each kind of event at least. */
export function eventLines(): Seeds {
  const [first = '', ...rest] = readFileSync(LOG, 'utf8').trimEnd().split('\n');
  return [Buffer.from(first), ...rest.map((line) => Buffer.from(line))];
}

/** The line of the stream: its parts are safe, and so is the whole, but for line ends of its own. */
function checkLine(event: Event): void {
  const segments = compactLine(event, { timestamps: true, names: true, node: 'n' });
  for (const { role, text } of segments)
    if (role !== 'newline') expectPrintable(text, `the line's ${role}`);
  formatCompact(segments, { color: true });
}

/** What was once decoded is written and read again without a change. */
function checkEvent(event: Event): void {
  const line = encodeEvent(event);
  expectPrintable(line, 'JSON');
  expectEqual(encodeEvent(decodeEvent(line)), line, 'JSON, read and written again,');
  checkLine(event);
}

const json: Area = {
  name: 'json',
  seeds: eventLines,
  make: changedJson,
  check(input) {
    let event: Event;
    try {
      event = decodeEvent(input.toString('utf8'));
    } catch (error) {
      if (!oneOf(EventSyntaxError)(error)) throw error;
      return expectPrintable((error as Error).message, 'an error');
    }
    checkEvent(event);
  },
};

const context: EventContext = {
  node: 'n',
  hookNames: (policy) => (policy === 2 ? hookNames() : undefined),
  parent: () => undefined,
  detail: { credentials: true, namespaces: undefined, userName: String },
};

const EXEC = execRecord({
  ...{ filename: 'bin/x', exe: '/bin/x', cwd: '/home', args: 'x\0-p\0secret\0' },
  ...{ cgroup: `docker-${'a1'.repeat(32)}.scope`, environment: 'A=b\0C\0' },
});

/** A value of each type, with a body that is long enough for any of them. */
const VALUES = (Object.keys(tg_type) as (keyof typeof tg_type)[]).map((type) =>
  value(type, { number: 7n, body: Buffer.alloc(160, 0x41) }),
);

const SMALLEST: Readonly<Record<number, number>> = {
  [PACKED_KIND.exec]: tg_exec_record.size,
  [PACKED_KIND.exit]: tg_exit_record.size,
  [PACKED_KIND.policy]: tg_policy_record.size,
  [PACKED_KIND.throttle]: tg_throttle_record.size,
};

/** The first byte says of which kind the record is. */
const kindOf = (input: Buffer): PackedKind =>
  ([PACKED_KIND.exec, PACKED_KIND.exit, PACKED_KIND.policy, PACKED_KIND.throttle] as const)[
    (input[0] ?? 0) & 3
  ] ?? PACKED_KIND.exec;

const tagged = (kind: number, record: Uint8Array): Buffer =>
  Buffer.concat([Buffer.of(kind), record]);

const hide = createRedaction([{ binaryRegex: [], redact: ['-p (\\S+)', 'A=(.*)'] }]);

const records: Area = {
  name: 'records',
  seeds: () => [
    tagged(0, EXEC),
    tagged(1, exitRecord(9)),
    tagged(2, policyRecord(VALUES)),
    tagged(2, policyRecord(VALUES.slice(0, 3), { stacks: [stack('USER', [1n, 2n])], policy: 7 })),
    tagged(3, throttleRecord('user.slice')),
  ],
  check(input) {
    const kind = kindOf(input);
    // A copy: of the memory around it nothing must be read.
    const payload = new Uint8Array(input.subarray(1));
    if (kind === PACKED_KIND.exec && hide) redactRecord(payload, hide);
    const read = () =>
      readEvent(
        {
          ...{ kind, flags: 0, time: 5_000_003_000n, tgid: 100, tid: 101, ktime: 1000n },
          ...{ parentTgid: 50, parentKtime: 500n, payload },
          process: kind === PACKED_KIND.exec ? payload : EXEC,
        },
        context,
      );
    // Shorter than its fixed part it is no record: the ring never has one. Of others every byte may be wrong.
    const isWhole = payload.length >= (SMALLEST[kind] ?? 0);
    const event = allowing(isWhole ? () => false : oneOf(RangeError), read);
    if (event) checkEvent(event);
  },
};

const grpc: Area = {
  name: 'grpc',
  seeds() {
    const [first, ...rest] = eventLines().flatMap((line) => {
      const bytes = encodeEventMessage(decodeEvent(line.toString('utf8')));
      return bytes ? [bytes] : [];
    });
    const request = METHODS.GetEvents.requestSerialize({
      allowList: [{ binaryRegex: ['x'], pid: [1], labels: ['a=b'] }],
    } as unknown as Parameters<typeof METHODS.GetEvents.requestSerialize>[0]);
    if (!first) throw new Error('no event has a message');
    return [first, ...rest, request];
  },
  check(input) {
    for (const { requestDeserialize } of Object.values(METHODS))
      allowing(oneOf(WireSyntaxError), () => requestDeserialize(input));
    const event = allowing(oneOf(EventSyntaxError), () => decodeEventMessage(input));
    if (event) checkEvent(event);
  },
};

const MOST_FRAME = 1 << 16;
const GREETING = {
  ...{ protocol: 1, version: '0.1.0', layouts: 'ab', pid: 7, node: 'n', readOnly: false },
  operator: { user: 'root', tty: 'pts/1' },
};

/** Frames between an agent and its screens. */
const frames: Area = {
  name: 'frames',
  seeds: () => [
    encodeGreeting(GREETING),
    Buffer.concat([
      encodeMessage({ type: 'heartbeat' }),
      encodeMessage({ type: 'signal', signal: 'SIGTERM', processes: [{ pid: 5, ktime: 9n }] }),
    ]),
    encodeMessage({ type: 'set-parameters', request: 1, policy: 2, values: { A: 'b' } }),
  ],
  check(input) {
    const reader = createFrameReader(MOST_FRAME);
    for (const chunk of [input.subarray(0, 7), input.subarray(7)]) {
      const read = reader.add(chunk);
      if (!read) return;
      for (const frame of read) {
        if (frame.body.length > MOST_FRAME) throw new Error('a frame is longer than allowed');
        const greeting = decodeGreeting(frame);
        readAgentGreeting(greeting);
        readScreenGreeting(greeting);
        readAdmission(greeting);
        readRequest(decodeMessage(frame));
      }
    }
  },
};

/** Lines of `trigon policy` and its agent. */
const control: Area = {
  name: 'control',
  seeds: () => [
    Buffer.from(encodeRequest({ command: 'status' }).trimEnd()),
    Buffer.from(
      encodeRequest({
        ...{ command: 'arm', id: 3, seconds: 60, add: 'kill', fuse: { limit: 5, seconds: 10 } },
        operator: { user: 'root' },
      }).trimEnd(),
    ),
    Buffer.from(
      encodeRequest({
        ...{ command: 'add', source: 'x', file: '/p.yaml', mode: 'monitor', variables: { A: 'b' } },
      }).trimEnd(),
    ),
  ],
  make: changedJson,
  check(input) {
    const lines = lineReader(1 << 16).add(Buffer.concat([input, Buffer.of(0x0a)])) ?? [];
    for (const line of lines) {
      allowing(oneOf(ProtocolError), () => decodeRequest(line));
      allowing(oneOf(ProtocolError), () => decodeAnswer(line));
    }
  },
};

const RECORDED: Seeds = [
  Buffer.from(
    encodeRecordingLine({ kind: 'begin', version: 1, node: 'n', kernel: '6', startedAt: 1 }),
  ),
  Buffer.from(
    encodeRecordingLine({ kind: 'facts', facts: [{ kind: 'name', address: '::1', name: 'a' }] }),
  ),
  Buffer.from(
    encodeRecordingLine({
      kind: 'processes',
      processes: [
        {
          ...{ ktime: 1n, key: '1:1', parent: undefined, pid: 1, uid: 0, user: 'root' },
          ...{ binary: '/sbin/init', arguments: '', container: '', startedAt: 0 },
          ...{ endedAt: undefined, ending: undefined, isKernelThread: false },
          ...{ events: 1, hits: 0, kills: 0 },
        },
      ],
    }),
  ),
  Buffer.from(encodeRecordingLine({ kind: 'end', events: 3 })),
];

/** Lines of a recording, or of a log that says that it is one. */
const recordings: Area = {
  name: 'recordings',
  seeds: () => [...RECORDED, ...eventLines()] as unknown as Seeds,
  make: changedJson,
  check(bytes) {
    const line = { bytes, number: 1, isTooLong: false, isUnended: false };
    const entry = readEntry(line);
    if (entry.kind === 'bad') expectPrintable(escapeText(entry.reason), 'a reason');
    if (entry.kind === 'event') checkEvent(entry.event);
  },
};

const text = Buffer.from(`${eventLines().join('\n')}\n`);
/** A few bytes that stand for 64 MiB. */
const BOMB = zstdCompressSync(Buffer.alloc(64 << 20, 0x61), {
  params: { [constants.ZSTD_c_compressionLevel]: 1 },
});
const MOST_LINES = 100_000;

/** Compressed logs: damaged, cut off, or made to fill the memory. */
const compressed: Area = {
  name: 'compressed',
  seeds: () => [gzipSync(text), zstdCompressSync(text), BOMB, text],
  async check(input) {
    const pieces = [input.subarray(0, 5), input.subarray(5)];
    const raw = { next: async () => pieces.shift(), close: () => {} };
    const lines = splitLines(
      decompress(raw, (problem) => expectPrintable(escapeText(problem), 'a problem')),
      1 << 20,
    );
    let count = 0;
    try {
      for (let some = await lines.next(); some; some = await lines.next()) {
        count += some.length;
        if (count > MOST_LINES) return;
      }
    } finally {
      lines.close();
    }
  },
};

const DNS = encode({
  ...{ type: 'response', id: 7, questions: [{ type: 'A', name: 'www.example.com' }] },
  answers: [
    { type: 'CNAME', name: 'www.example.com', ttl: 60, data: 'edge.example' },
    { type: 'A', name: 'edge.example', ttl: 60, data: '192.0.2.1' },
    { type: 'AAAA', name: 'edge.example', ttl: 60, data: '2001:db8::1' },
    { type: 'TXT', name: 'edge.example', ttl: 60, data: 'x' },
  ],
});

/** Answers that come to this host from anybody. */
const dns: Area = {
  name: 'dns',
  seeds: () => [Buffer.from(DNS)],
  check(input) {
    for (const { address, name } of readAnswer(input, decode)) {
      expectPrintable(address, 'an address');
      if (!isHostName(name)) throw new Error('a name that is none');
    }
  },
};

const LABEL = String.raw`(?:[^"\\\n]|\\["\\n])*`;
const SAMPLE = new RegExp(
  `^[a-z_]+(?:\\{(?:[a-z_]+="${LABEL}",?)*\\})? [0-9.eE+-]+$|^[a-z_]+\\S* (?:Nan|[+-]Inf)$`,
);

/** Names of programs and policies as labels: a line each, whatever is in them. */
const metrics: Area = {
  name: 'metrics',
  seeds: () => [Buffer.from('/bin/a"b\\c\nd'), Buffer.from('name{le="1"} 7\n# HELP x')],
  async check(input) {
    const name = input.toString('utf8').slice(0, 2000);
    const shown = await prometheusText({
      ...STATS,
      byType: [{ group: 'PROCESS_EXEC', binary: name, count: 4 }],
      byHook: [{ policy: name, group: name, binary: name, count: 2 }],
      version: name,
    });
    for (const line of shown.split('\n'))
      if (line !== '' && !line.startsWith('# ') && !SAMPLE.test(line))
        throw new Error(`no line of Prometheus' format: ${JSON.stringify(line.slice(0, 200))}`);
  },
};

export const EVENT_AREAS: readonly Area[] = [
  ...[json, records, grpc, frames, control, recordings, compressed, dns, metrics],
];
