/** Text that attacks whoever reads it: wherever an event is shown or written, it must be inert. */
import { describe, expect, it } from 'vitest';
import { shellCommandLine } from '../../../src/events/arguments.ts';
import { decodeEvent, encodeEvent } from '../../../src/events/json.ts';
import { decodeUtf8, escapeText, quoteIfNeeded } from '../../../src/events/text.ts';
import type { Event } from '../../../src/events/types.ts';
import { colored, file, kprobe, line, process, sock, string } from './helpers.ts';

const HOSTILE: readonly (readonly [string, string])[] = [
  ['ESC', '\u001b[2J'],
  ['OSC 52', '\u001b]52;c;cm0gLXJmIC8=\u0007'],
  ['C1 CSI', '\u009b31m'],
  ['C1 OSC and ST', '\u009d0;title\u009c'],
  ['bidi override', 'a\u202etxt.exe'],
  ['bidi isolate', '\u2066a\u2069'],
  ['bidi marks', '\u200e\u200f\u061c'],
  ['newline', 'a\nb'],
  ['carriage return', 'a\rb'],
  ['backspace', 'a\bb'],
  ['NUL', 'a\u0000b'],
  ['DEL', 'a\u007fb'],
  ['bell and tab', '\u0007\t'],
  ['zero-width joiner', 'a\u200db'],
  ['zero-width space', 'a\u200bb'],
  ['byte order mark', '\ufeffa'],
  ['soft hyphen', 'a\u00adb'],
  ['line separator', 'a\u2028b'],
  ['paragraph separator', 'a\u2029b'],
  ['tag characters', 'a\u{e0001}\u{e0041}'],
  ['high surrogate alone', 'a\ud83db'],
  ['low surrogate alone', 'a\ude80b'],
  ['invalid UTF-8', decodeUtf8(Uint8Array.of(0x61, 0xff, 0x1b, 0xc0, 0xaf))],
  ['JSON breakers', '"\\},{"'],
];

/** Anything that is not printable, line breaks included. */
const DANGEROUS = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

const eventsWith = (text: string): Event[] => [
  {
    kind: 'process_exec',
    nodeName: text,
    process: process({ binary: text, arguments: text, cwd: text, trigon: { argv: [text] } }),
    clusterName: text,
    nodeLabels: { [text]: text },
    trigon: { obtained: text, outcomeReason: text },
  },
  {
    kind: 'process_exit',
    nodeName: '',
    process: process({ pod: { namespace: text, name: text } }),
    signal: text,
    status: 0,
  },
  kprobe(text),
  kprobe('sys_mount', [string(text), string(text)]),
  kprobe('sys_write', [file(text)]),
  kprobe('tcp_connect', [sock({ saddr: text, daddr: text })]),
  kprobe('bpf_check', [
    { kind: 'bpf_attr_arg', value: { progType: text, insnCnt: 1, progName: text } },
  ]),
  kprobe('x', [], { kernelStackTrace: [{ symbol: text }], userStackTrace: [{ module: text }] }),
  { kind: 'process_throttle', nodeName: '', type: 'THROTTLE_START', cgroup: text },
  {
    kind: 'process_lsm',
    nodeName: '',
    process: process(),
    functionName: 'file_open',
    policyName: text,
    args: [file(text)],
    action: 'KPROBE_ACTION_POST',
    imaHash: text,
  },
  {
    kind: 'process_tracepoint',
    nodeName: '',
    process: process(),
    subsys: text,
    event: text,
    args: [{ kind: 'syscall_id', value: { id: 1, abi: text } }],
    policyName: '',
    action: 'KPROBE_ACTION_POST',
  },
  {
    kind: 'process_usdt',
    nodeName: '',
    process: process(),
    path: text,
    provider: text,
    name: text,
    policyName: '',
    args: [],
    action: 'KPROBE_ACTION_POST',
  },
  { kind: 'process_loader', nodeName: '', process: process(), path: text },
];

describe.each(HOSTILE)('%s', (_, text) => {
  it('is inert in escapeText and quoteIfNeeded', () => {
    expect(escapeText(text)).not.toMatch(DANGEROUS);
    expect(quoteIfNeeded(text)).not.toMatch(DANGEROUS);
  });

  it('is inert in a compact line', () => {
    for (const event of eventsWith(text)) {
      for (const part of line(event).split('\n')) expect(part).not.toMatch(DANGEROUS);
      expect(line(event).split('\n').length).toBe(
        line(eventsWithSameShape(event)).split('\n').length,
      );
      const bare = colored(event).replace(/\u001b\[(?:3[1-6]|0)m|\n/g, '');
      expect(bare).not.toMatch(DANGEROUS);
    }
  });

  it('is inert in JSON and reads back as it was', () => {
    for (const event of eventsWith(text)) {
      const json = encodeEvent(event);
      expect(json).not.toMatch(DANGEROUS);
      const wellFormed: unknown = JSON.parse(json);
      expect(wellFormed).toEqual(JSON.parse(encodeEvent(decodeEvent(json))));
      if (event.kind === 'process_exec') {
        const decoded = decodeEvent(json);
        expect(decoded.nodeName).toBe(text.toWellFormed());
      }
    }
  });

  it('is inert in a shell command line', () => {
    expect(shellCommandLine([text, text])).not.toMatch(DANGEROUS);
  });
});

/** The same event with tame text: it must have as many lines. */
const eventsWithSameShape = (event: Event): Event => {
  const tame = eventsWith('a');
  const hostileKinds = tame.filter(({ kind }) => kind === event.kind);
  if (event.kind !== 'process_kprobe') return hostileKinds[0] ?? event;
  const traced = event.kernelStackTrace !== undefined;
  return (
    hostileKinds.find(
      (candidate) =>
        candidate.kind === 'process_kprobe' &&
        (candidate.kernelStackTrace !== undefined) === traced,
    ) ?? event
  );
};
