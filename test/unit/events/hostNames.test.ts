import { describe, expect, test } from 'vitest';
import { compactLine, formatCompact } from '../../../src/events/compact.ts';
import { filterSubject } from '../../../src/events/filter/fields.ts';
import { hostNames, namedEndpoint, shownNames } from '../../../src/events/hostNames.ts';
import { decodeEvent, encodeEvent } from '../../../src/events/json.ts';
import { escapeText } from '../../../src/events/text.ts';
import type { KprobeArgument } from '../../../src/events/types.ts';

const known: Readonly<Record<string, string>> = {
  '192.0.2.1': 'shop.example.com',
  '2001:db8::1': 'six.example',
  '10.0.0.7': 'me.example',
};
const hostName = (address: string): string | undefined => known[address];

const sock = (saddr: string, daddr: string): KprobeArgument => ({
  kind: 'sock_arg',
  value: {
    ...{ family: 'AF_INET', type: 'SOCK_STREAM', protocol: 'IPPROTO_TCP', mark: 0, priority: 0 },
    ...{ saddr, daddr, sport: 1000, dport: 443, cookie: 0n, state: 'TCP_SYN_SENT' },
  },
});

const line = (names: object) =>
  decodeEvent(
    JSON.stringify({
      process_kprobe: {
        process: { exec_id: 'bm9kZTox', pid: 1, binary: '/usr/bin/curl' },
        function_name: 'tcp_connect',
        args: [
          {
            sock_arg: {
              ...{ family: 'AF_INET', type: 'SOCK_STREAM', protocol: 'IPPROTO_TCP' },
              ...{ saddr: '10.0.0.7', daddr: '192.0.2.1', sport: 1000, dport: 443 },
            },
          },
        ],
        action: 'KPROBE_ACTION_POST',
        policy_name: 'p',
        return_action: 'KPROBE_ACTION_POST',
      },
      node_name: 'host',
      time: '2026-01-01T00:00:00Z',
      trigon: { names },
    }),
  );

describe('names of the addresses of arguments', () => {
  test('both ends, also of an IPv6 socket that talks IPv4', () => {
    expect(hostNames([sock('10.0.0.7', '192.0.2.1')], hostName)).toEqual({
      '10.0.0.7': 'me.example',
      '192.0.2.1': 'shop.example.com',
    });
    expect(hostNames([sock('::1', '::ffff:192.0.2.1')], hostName)).toEqual({
      '::ffff:192.0.2.1': 'shop.example.com',
    });
    const to: KprobeArgument = {
      kind: 'sockaddr_arg',
      value: { family: 'AF_INET6', addr: '2001:db8::1', port: 53 },
    };
    expect(hostNames([to], hostName)).toEqual({ '2001:db8::1': 'six.example' });
  });

  test('nothing where none is known, or nothing has an address', () => {
    expect(hostNames([sock('127.0.0.1', '127.0.0.1')], hostName)).toBeUndefined();
    expect(hostNames([{ kind: 'string_arg', value: '192.0.2.1' }], hostName)).toBeUndefined();
  });
});

describe('on screen', () => {
  const event = line({ '192.0.2.1': 'shop.example.com', '10.0.0.7': 'me.example' });
  const compact = (names: boolean) =>
    formatCompact(compactLine(event, { names }), { color: false });

  test('the name of the far end stands behind the line, and only where it is asked for', () => {
    expect(compact(true)).toMatch(/10\.0\.0\.7:1000 -> 192\.0\.2\.1:443 \(shop\.example\.com\)$/);
    expect(compact(false)).not.toContain('shop');
  });

  test('a name of the near end stands there when it is the only one', () => {
    expect(shownNames(line({ '10.0.0.7': 'me.example' }))).toEqual(['me.example']);
    expect(shownNames(line({}))).toEqual([]);
  });

  test('names that others tell of are hostile', () => {
    const told = line({ '192.0.2.1': '\u001b[2J\u202e', __proto__: 'x', constructor: 'y' });
    const text = formatCompact(compactLine(told, { names: true }), { color: false });
    expect(text).toContain('(\\x1b[2J\\u202e)');
  });

  test('an endpoint of a list', () => {
    const named = (text: string) => namedEndpoint(escapeText(text), hostName);
    expect(named('192.0.2.1:443')).toBe('192.0.2.1:443 (shop.example.com)');
    expect(named('[2001:db8::1]:53')).toBe('[2001:db8::1]:53 (six.example)');
    for (const text of ['192.0.2.9:443', '/etc/passwd', '192.0.2.1', 'eth0', 'constructor:1'])
      expect(named(text)).toBe(text);
    expect(namedEndpoint(escapeText('192.0.2.1:443'), undefined)).toBe('192.0.2.1:443');
  });
});

test('a filter asks for them, and words find them', () => {
  const subject = filterSubject(line({ '192.0.2.1': 'shop.example.com' }), {
    userName: () => '',
  });
  expect(subject.field('host')).toBe('shop.example.com');
  expect(subject.text()).toContain('shop.example.com');
});

test('they survive their JSON', () => {
  const event = line({ '192.0.2.1': 'shop.example.com' });
  expect(decodeEvent(encodeEvent(event))).toEqual(event);
});
