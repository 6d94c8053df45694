import { decode, encode, type Packet } from 'dns-packet';
import { describe, expect, test } from 'vitest';
import { isHostName, readAnswer } from '../../../../src/agent/names/answers.ts';
import { formatAddress } from '../../../../src/events/address.ts';
import { AF_INET6 } from '../../../../src/events/networkNames.ts';

const read = (message: Uint8Array) => readAnswer(message, decode);
const answer = (packet: Partial<Packet>): Uint8Array =>
  encode({
    type: 'response',
    id: 7,
    questions: [{ type: 'A', name: 'Www.Example.com' }],
    ...packet,
  });
const address = (name: string, data: string) => ({ type: 'A' as const, name, ttl: 60, data });
const alias = (name: string, data: string) => ({ type: 'CNAME' as const, name, ttl: 60, data });

describe('what an answer says', () => {
  test('the addresses of the name that was asked for, in lower case', () => {
    const message = answer({
      answers: [address('www.example.com', '192.0.2.1'), address('WWW.example.com', '192.0.2.2')],
    });
    expect(read(message)).toEqual([
      { address: '192.0.2.1', name: 'www.example.com' },
      { address: '192.0.2.2', name: 'www.example.com' },
    ]);
  });

  test('aliases lead to the name of the question, in whichever order they come', () => {
    const message = answer({
      answers: [
        address('edge.cdn.example', '192.0.2.9'),
        alias('b.example', 'edge.cdn.example'),
        alias('www.example.com', 'b.example'),
      ],
    });
    expect(read(message)).toEqual([{ address: '192.0.2.9', name: 'www.example.com' }]);
  });

  test('addresses of names that nobody asked for say nothing', () => {
    const message = answer({
      answers: [address('bank.example', '192.0.2.66'), address('www.example.com', '192.0.2.1')],
      additionals: [address('www.example.com', '192.0.2.67')],
    });
    expect(read(message)).toEqual([{ address: '192.0.2.1', name: 'www.example.com' }]);
  });

  test('IPv6 addresses are written as events have them', () => {
    const shown = (bytes: number[]) => formatAddress(Uint8Array.from(bytes), AF_INET6);
    const texts = [
      '2001:db8:0:0:1:0:0:0',
      '2001:0:0:1:0:0:0:1',
      '2001:db8:0:1:1:1:1:1',
      'fe80::1',
      '::1',
      '::ffff:192.0.2.1',
    ];
    for (const text of texts) {
      const message = encode({
        type: 'response',
        questions: [{ type: 'AAAA', name: 'v6.example' }],
        answers: [{ type: 'AAAA', name: 'v6.example', ttl: 1, data: text }],
      });
      const bytes = [...message.subarray(-16)];
      expect(read(message)).toEqual([{ address: shown(bytes), name: 'v6.example' }]);
    }
  });

  test('the address of nobody, which block lists answer with, has no name', () => {
    expect(read(answer({ answers: [address('www.example.com', '0.0.0.0')] }))).toEqual([]);
  });

  test('records of other types beside them change nothing', () => {
    const message = answer({
      answers: [
        { type: 'TXT', name: 'www.example.com', data: 'v=spf1' },
        { type: 'MX', name: 'www.example.com', data: { preference: 1, exchange: 'mx.example' } },
        address('www.example.com', '192.0.2.1'),
      ],
    });
    expect(read(message)).toHaveLength(1);
  });
});

describe('what says nothing', () => {
  const good = address('www.example.com', '192.0.2.1');
  const cases: Record<string, Uint8Array> = {
    'a question': answer({ type: 'query', answers: [good] }),
    // RFC 1035, 4.1.1: the low four bits are the rcode.
    'an error': answer({ flags: 3, answers: [good] }),
    'a question for other records': answer({
      questions: [{ type: 'PTR', name: 'www.example.com' }],
      answers: [good],
    }),
    'no question': answer({ questions: [], answers: [good] }),
    'two questions': answer({
      questions: [
        { type: 'A', name: 'www.example.com' },
        { type: 'A', name: 'other.example' },
      ],
      answers: [good],
    }),
    'aliases in a circle': answer({
      answers: [alias('www.example.com', 'b.example'), alias('b.example', 'www.example.com')],
    }),
    'the root': answer({
      questions: [{ type: 'A', name: '.' }],
      answers: [address('.', '192.0.2.1')],
    }),
    'a name with an escape sequence': answer({
      questions: [{ type: 'A', name: 'a\u001b[2J.example' }],
      answers: [address('a\u001b[2J.example', '192.0.2.1')],
    }),
    'a name with a space': answer({
      questions: [{ type: 'A', name: 'a b.example' }],
      answers: [address('a b.example', '192.0.2.1')],
    }),
    nothing: new Uint8Array(),
    zeros: new Uint8Array(512),
    ones: new Uint8Array(512).fill(0xff),
  };
  test.each(Object.entries(cases))('%s', (_, message) => {
    expect(read(message)).toEqual([]);
  });

  test('a name that points at itself, and names that point at each other', () => {
    const head = [0, 1, 0x80, 0, 0, 1, 0, 1, 0, 0, 0, 0];
    const itself = [...head, 0xc0, 12, 0, 1, 0, 1];
    const eachOther = [...head, 0xc0, 14, 0xc0, 12, 0, 1, 0, 1];
    expect(read(Uint8Array.from(itself))).toEqual([]);
    expect(read(Uint8Array.from(eachOther))).toEqual([]);
  });

  test('every cut of a good message, and every change of one of its bytes, is borne', () => {
    const message = answer({
      answers: [alias('www.example.com', 'b.example'), address('b.example', '192.0.2.1')],
    });
    for (let length = 0; length < message.length; length++)
      expect(read(message.subarray(0, length))).toEqual([]);
    for (let at = 0; at < message.length; at++)
      for (const byte of [0, 1, 0x3f, 0x40, 0xc0, 0xff]) {
        const changed = message.slice();
        changed[at] = byte;
        for (const { name } of read(changed)) expect(isHostName(name)).toBe(true);
      }
  });

  test('as many records as a message can claim take no more than it holds', () => {
    const message = new Uint8Array(1232);
    message.set([0, 1, 0x80, 0, 0, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 0x61, 0, 0, 1, 0, 1]);
    for (let at = 19; at + 12 <= message.length; at += 12)
      message.set([0xc0, 12, 0, 5, 0, 1, 0, 0, 0, 0, 0, 0], at);
    expect(read(message)).toEqual([]);
  });
});

test('names of hosts', () => {
  for (const name of ['a', 'localhost', '_dmarc.example.com', 'xn--bcher-kva.example', '1.example'])
    expect(isHostName(name), name).toBe(true);
  const long = `${'a'.repeat(63)}.`.repeat(4);
  for (const name of [
    '',
    '.',
    'a..b',
    '-a',
    'a.',
    'A',
    'a/b',
    'bücher',
    `${'a'.repeat(64)}.b`,
    long,
  ])
    expect(isHostName(name), name).toBe(false);
});
