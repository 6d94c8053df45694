/** Events as protobuf: against two other implementations, and against whoever wishes us ill. */
import { resolve } from 'node:path';
import { create, fromBinary, fromJson, type JsonValue, toBinary, toJson } from '@bufbuild/protobuf';
import protobuf from 'protobufjs';
import { describe, expect, test } from 'vitest';
import { message, plain, set, text, uint32 } from '../../../src/events/codec.ts';
import { decodeEvent, EventSyntaxError, encodeEvent } from '../../../src/events/json.ts';
import type { Event } from '../../../src/events/types.ts';
import { tetragonMessage } from '../../../src/grpc/descriptor.ts';
import { decodeEventMessage, encodeEventMessage } from '../../../src/grpc/event.ts';
import { GET_EVENTS_REQUEST } from '../../../src/grpc/messages/events.ts';
import { bindMessage } from '../../../src/grpc/wire/bind.ts';
import { WireSyntaxError } from '../../../src/grpc/wire/reader.ts';
import { corpusLines, describeCorpus } from '../../driver/corpus.ts';
import { process } from '../events/helpers.ts';
import { sampleEvents } from './samples.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const RESPONSE = tetragonMessage('GetEventsResponse');
const parsed = new protobuf.Root();
parsed.loadSync(resolve(ROOT, 'src/grpc/tetragon.proto'), { keepCase: true }).resolveAll();
const REFLECTED = parsed.lookupType('tetragon.GetEventsResponse');

const bytesOf = (event: Event): Buffer => {
  const bytes = encodeEventMessage(event);
  if (!bytes) throw new Error(`${event.kind} has no message`);
  return bytes;
};
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const lines = ['tetragon-recorded.jsonl', 'tetragon-events.sample.json'].flatMap(corpusLines);
/** What bufbuild makes of JSON. */
const bytesOfJson = (json: unknown): Uint8Array =>
  toBinary(RESPONSE, fromJson(RESPONSE, json as JsonValue, { ignoreUnknownFields: true }));

describeCorpus('events of a real Tetragon', () => {
  test('every line that a real Tetragon wrote is the same after protobuf', () => {
    expect(lines.length).toBeGreaterThan(200);
    for (const line of lines) {
      const event = decodeEvent(line);
      expect(encodeEvent(decodeEventMessage(bytesOf(event)))).toBe(encodeEvent(event));
    }
  });

  test('the bytes are those that @bufbuild/protobuf writes for the same JSON', () => {
    for (const line of lines) {
      const own = bytesOf(decodeEvent(line));
      expect(hex(own)).toBe(hex(bytesOfJson(JSON.parse(line))));
    }
  });

  test('protobufjs reads the same values in them', () => {
    for (const line of lines) {
      const own = bytesOf(decodeEvent(line));
      const read = REFLECTED.toObject(REFLECTED.decode(own), { longs: String, enums: String });
      // Back through its writer: the same bytes but for their order.
      const again = REFLECTED.encode(REFLECTED.fromObject(read)).finish();
      expect(hex(toBinary(RESPONSE, fromBinary(RESPONSE, again)))).toBe(hex(own));
      const whole = REFLECTED.toObject(REFLECTED.decode(own), { defaults: true });
      const body = whole[decodeEvent(line).kind] as { process: { binary: string; pid: unknown } };
      const { process: told } = Object.values(JSON.parse(line))[0] as {
        process: Record<string, unknown>;
      };
      expect(body.process).toMatchObject({ binary: told.binary, pid: { value: told.pid } });
    }
  });

  describe.each(sampleEvents())('$kind', ({ kind, full, bare }) => {
    test('with everything in it', () => {
      const event = decodeEvent(JSON.stringify(full));
      const own = bytesOf(event);
      // Of a message with 33 kinds of arguments the order of the label is left to the writer.
      expect(toJson(RESPONSE, fromBinary(RESPONSE, own))).toEqual(
        toJson(RESPONSE, fromBinary(RESPONSE, bytesOfJson(full))),
      );
      expect(own.length).toBe(bytesOfJson(full).length);
      expect(decodeEventMessage(own)).toEqual(event);
      expect(decodeEventMessage(bytesOfJson(full))).toEqual(event);
      expect(REFLECTED.verify(REFLECTED.toObject(REFLECTED.decode(own)))).toBeNull();
    });
    test('with nothing in it', () => {
      const event = decodeEvent(JSON.stringify(bare));
      expect(event.kind).toBe(kind);
      expect(hex(bytesOf(event))).toBe(hex(bytesOfJson(bare)).replace(/^$/, hex(bytesOf(event))));
      expect(decodeEventMessage(bytesOf(event))).toEqual(event);
    });
  });

  test('what is Trigon’s own is left out, and the journal altogether', () => {
    const own: Event = {
      kind: 'process_exec',
      nodeName: 'n',
      process: process({ trigon: { argv: ['/usr/bin/curl'], sha256: 'ab' } }),
      trigon: { mode: 'enforce', obtained: 'otherwise' },
    };
    const { trigon: _, ...rest } = own;
    const back = { ...rest, process: process() };
    expect(decodeEventMessage(bytesOf(own))).toEqual(back);
    const journal: Event = {
      kind: 'trigon_journal',
      nodeName: 'n',
      action: 'armed',
      policy: 'p',
      detail: '',
      via: 'screen',
    };
    expect(encodeEventMessage(journal)).toBeUndefined();
  });

  test('process_loader has its time where all kinds have it', () => {
    const event = {
      kind: 'process_loader',
      nodeName: 'n',
      process: process(),
      path: '/lib/x.so',
      time: 5n,
    } as const;
    expect(decodeEventMessage(bytesOf(event))).toEqual(event);
  });

  test.each([0n, 1n, -1n, 1_795_291_200_000_000_000n, -62_135_596_800_000_000_000n])(
    'a time of %d ns',
    (time) => {
      const event: Event = { kind: 'process_exec', nodeName: '', process: process(), time };
      expect(decodeEventMessage(bytesOf(event)).time).toBe(time);
    },
  );

  test('long strings, and those beyond ASCII, however long', () => {
    for (const letter of ['a', 'é', '€', '𝄞'])
      for (const count of [0, 1, 12, 47, 48, 49, 127, 128, 5000, 70_000]) {
        const binary = letter.repeat(count);
        const event: Event = { kind: 'process_exec', nodeName: '', process: process({ binary }) };
        expect(decodeEventMessage(bytesOf(event))).toEqual(event);
        expect(hex(bytesOf(event))).toBe(hex(bytesOfJson(JSON.parse(encodeEvent(event)))));
      }
  });

  test('half of a surrogate pair is replaced, as there is no UTF-8 of it', () => {
    const event: Event = { kind: 'process_exec', nodeName: 'a\ud83d', process: process() };
    expect(decodeEventMessage(bytesOf(event)).nodeName).toBe('a\ufffd');
  });

  test('fields and kinds of later versions are read over', () => {
    const known = bytesOf({ kind: 'process_exec', nodeName: 'n', process: process() });
    // Field 2000: a varint, 64 bits, a text, 32 bits.
    const unknown = [
      [0x80, 0x7d, 0x96, 0x01],
      [0x81, 0x7d, 1, 2, 3, 4, 5, 6, 7, 8],
      [0x82, 0x7d, 3, 1, 2, 3],
      [0x85, 0x7d, 1, 2, 3, 4],
    ].flat();
    const event = decodeEventMessage(Buffer.concat([Uint8Array.from(unknown), known]));
    expect(event).toMatchObject({ kind: 'process_exec', nodeName: 'n' });
    expect(() => decodeEventMessage(Uint8Array.from(unknown))).toThrow('no known event in it');
  });

  test('a list of numbers is read packed and one by one', () => {
    const packed = GET_EVENTS_REQUEST.encode({ allowList: [{ pid: [1, 300, 5] }] });
    const oneByOne = Uint8Array.from([0x0a, 7, 0x20, 1, 0x20, 0xac, 2, 0x20, 5]);
    expect(GET_EVENTS_REQUEST.decode(oneByOne)).toEqual(GET_EVENTS_REQUEST.decode(packed));
  });

  describe('bytes that are none of ours', () => {
    const whole = bytesOf(decodeEvent(JSON.stringify(sampleEvents()[2]?.full)));

    test('cut off anywhere', () => {
      for (let length = 0; length < whole.length; length++) {
        const cut = whole.subarray(0, length);
        // Between two fields of the outermost message it may end.
        try {
          decodeEventMessage(cut);
        } catch (error) {
          expect(error).toBeInstanceOf(EventSyntaxError);
        }
      }
      const half = () => decodeEventMessage(whole.subarray(0, whole.length >> 1));
      expect(half).toThrow(EventSyntaxError);
    });

    test('changed anywhere', () => {
      let seed = 12345;
      const random = (below: number) => {
        seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
        return (seed >>> 8) % below;
      };
      let refused = 0;
      for (let round = 0; round < 3000; round++) {
        const changed = Buffer.from(whole);
        for (let times = 1 + random(4); times > 0; times--)
          changed[random(changed.length)] = random(256);
        try {
          encodeEvent(decodeEventMessage(changed));
        } catch (error) {
          expect(error).toBeInstanceOf(EventSyntaxError);
          refused++;
        }
      }
      expect(refused).toBeGreaterThan(100);
    });

    test.each([
      [
        'a length beyond the end',
        [0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f],
        /process_exec: 4294967295 bytes told, 0 there/,
      ],
      [
        'a length within beyond the one around it',
        [0x0a, 2, 0x0a, 5],
        /process_exec\.process: 5 bytes told, 0 there/,
      ],
      ['a wrong wire type', [0x08, 1], /wire type 0 where 2 belongs/],
      [
        'a wrong wire type inside',
        [0x0a, 4, 0x0a, 2, 0x28, 1],
        /process_exec\.process\.binary: wire type 0/,
      ],
      ['a group', [0x0b], /wire type 3/],
      ['an unknown group', [0x83, 0x7d, 0x84, 0x7d], /wire type 3, which proto3 does not have/],
      ['a field without a number', [0x02, 0], /a field without a number/],
      ['a number that never ends', Array(12).fill(0xff), /more than 10 bytes/],
      [
        'a time that is none',
        [0x0a, 0, 0xca, 0x3e, 6, 0x10, 0xff, 0xff, 0xff, 0xff, 0x0f],
        /time: a time that is none/,
      ],
    ])('%s', (_name, bytes, expected) => {
      expect(() => decodeEventMessage(Uint8Array.from(bytes))).toThrow(expected);
      expect(() => decodeEventMessage(Uint8Array.from(bytes))).toThrow(EventSyntaxError);
    });

    test('few bytes that would take much memory', () => {
      // Ancestors of two bytes each.
      const ancestors = Buffer.alloc(400_000, Uint8Array.from([0x1a, 0]));
      const head = Buffer.from([0x0a, 0x80, 0xb5, 0x18]);
      expect(() => decodeEventMessage(Buffer.concat([head, ancestors]))).toThrow(
        /ancestors.*more than 100000 values/,
      );
    });

    test('nesting is as deep as the description, however deep the bytes are', () => {
      let deep = Buffer.alloc(0);
      for (let level = 0; level < 5000; level++) {
        const { length } = deep;
        const size = [(length & 0x7f) | 0x80, ((length >> 7) & 0x7f) | 0x80, length >> 14];
        deep = Buffer.concat([Uint8Array.from([0x0a, ...size]), deep]);
      }
      // process_exec, process, exec_id: the rest is its text.
      const event = decodeEventMessage(deep);
      expect(event).toMatchObject({ kind: 'process_exec' });
      expect(JSON.stringify(encodeEvent(event)).length).toBeGreaterThan(4000);
    });
  });

  describe('codecs and description must say the same', () => {
    const ERROR = tetragonMessage('KprobeError');
    test.each([
      [
        'a field that the description lacks',
        message<{ other: string }>({ other: plain(text) }),
        /has no field other/,
      ],
      [
        'a field of another type',
        message<{ message: number }>({ message: plain(uint32, 'Message') }),
        /uint32 for string/,
      ],
      [
        'presence that the wire does not have',
        message<{ message?: string }>({ message: set(text, 'Message') }),
        /set or zero/,
      ],
      ['a field that is left out', message<object>({}), /KprobeError.Message: nothing in memory/],
    ])('%s', (_name, codec, expected) => {
      expect(() => bindMessage(codec as never, ERROR)).toThrow(expected);
    });
  });

  test('a request with a number that no value has is refused: a filter must be understood', () => {
    const request = tetragonMessage('GetEventsRequest');
    const bytes = toBinary(request, create(request, {}));
    expect(GET_EVENTS_REQUEST.decode(bytes)).toEqual({});
    // allow_list { event_set: [99] }
    expect(() => GET_EVENTS_REQUEST.decode(Uint8Array.from([0x0a, 3, 0x32, 1, 99]))).toThrow(
      new WireSyntaxError('no value has number 99', 'allow_list[0].event_set'),
    );
  });
});
