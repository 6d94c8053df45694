/** What is remembered of processes: no message is another one than it would be if each were read anew. */
import { describe, expect, test } from 'vitest';
import { createFactBook } from '../../../src/agent/factBook.ts';
import { formatExecId, parseExecId } from '../../../src/events/execId.ts';
import type { Fact } from '../../../src/events/facts.ts';
import { encodeEvent } from '../../../src/events/json.ts';
import { formatTimestamp } from '../../../src/events/time.ts';
import type { Event, Process } from '../../../src/events/types.ts';
import { cgroupOwner } from '../../../src/events/wire/container.ts';
import {
  cgroupNameOf,
  type ProcessIdentity,
  readExecTexts,
  readProcess,
} from '../../../src/events/wire/process.ts';
import { NO_DETAIL } from '../../../src/events/wire/processDetail.ts';
import { createProcessReader } from '../../../src/events/wire/recentProcesses.ts';
import { tg_text_flag as FLAG } from '../../../src/generated/layouts.ts';
import { choices } from '../agent/policies/random.ts';
import { execRecord } from './records.ts';

const ID = 'a1'.repeat(32);
const CGROUPS = [
  '',
  'ssh.service',
  `docker-${ID}.scope`,
  `cri-containerd-${ID}.scope`,
  'user.slice',
];

const who: ProcessIdentity = {
  ...{ tgid: 100, tid: 100, ktime: 1000n, parentTgid: 1, parentKtime: 1n },
  ...{ cloned: false, bootToWall: 5n, node: 'n', inInitTree: false },
};
const text = (length: number) => `/bin/${'x'.repeat(length)}`;
const recordOf = (filename: string, cgroup = '') =>
  execRecord({ filename, exe: filename, cwd: '/', args: `${filename}\0a b\0`, cgroup });

describe('a process that is read again', () => {
  const record = recordOf('/bin/a', CGROUPS[2]);

  test('is the same message', () => {
    const read = createProcessReader(undefined, createFactBook());
    expect(read(record, who)).toEqual(readProcess(record, who));
    expect(read(record, { ...who })).toBe(read(record, who));
  });

  const others: Partial<ProcessIdentity>[] = [
    { tgid: 100 + 512, tid: 100 + 512 },
    { tid: 101 },
    { ktime: 1001n },
    { parentTgid: 2 },
    { parentKtime: 2n },
    { parentKtime: 0n },
    { cloned: true },
    { bootToWall: 6n },
    { node: 'm' },
    { inInitTree: true },
  ];
  test.each(others)('is another one with %o', (other) => {
    const read = createProcessReader(undefined, createFactBook());
    const first = read(record, who);
    const second = read(record, { ...who, ...other });
    expect(second).not.toBe(first);
    expect(second).toEqual(readProcess(record, { ...who, ...other }));
    expect(second).not.toEqual(first);
    expect(read(record, who)).toEqual(first);
  });

  test('is another one with another record of the same bytes, or of others', () => {
    const read = createProcessReader(undefined, createFactBook());
    const first = read(record, who);
    expect(read(record.slice(), who)).toEqual(first);
    expect(read(recordOf('/bin/b'), who).binary).toBe('/bin/b');
    expect(read(new Uint8Array(), who)).toEqual(readProcess(new Uint8Array(), who));
  });

  test('has what was learnt meanwhile of its container', () => {
    const facts = createFactBook();
    const read = createProcessReader(undefined, facts);
    const container: Fact = {
      ...{ kind: 'container', id: ID, name: 'web', image: 'nginx', imageId: '', labels: {} },
    };
    const first = read(record, who);
    facts.learn([{ kind: 'name', address: '::1', name: 'here' }]);
    expect(read(record, who)).toBe(first);
    facts.learn([container]);
    expect(read(record, who).trigon?.container?.name).toBe('web');
    expect(first.trigon).not.toHaveProperty('container');
    facts.learn([{ ...container, name: 'db' }]);
    expect(read(record, who).trigon?.container?.name).toBe('db');
  });

  test('has what was learnt meanwhile of its executable', () => {
    const facts = createFactBook();
    const read = createProcessReader(undefined, facts);
    expect(read(record, who).trigon).not.toHaveProperty('sha256');
    facts.learn([{ kind: 'sha256', executable: '100:1000', sha256: 'ab' }]);
    expect(read(record, who).trigon?.sha256).toBe('ab');
  });

  test('is read anew when its texts are long: they fill no memory', () => {
    const long = recordOf(text(5000));
    const read = createProcessReader(undefined, createFactBook());
    const first = read(long, who);
    expect(read(long, who)).toEqual(first);
    expect(read(long, who)).not.toBe(first);
  });
});

test('many processes with few numbers, in any order', () => {
  const pick = choices(7);
  const facts = createFactBook();
  const detail = { ...NO_DETAIL, credentials: true, userName: (uid: number) => `u${uid}` };
  const read = createProcessReader(detail, facts);
  const records = [
    new Uint8Array(),
    ...CGROUPS.map((cgroup, i) => recordOf(`/bin/${i}`, cgroup)),
    execRecord({ filename: 'x', exe: '/x', cwd: '/ü', args: 'ü\0' }, { flags: FLAG.TG_SNAPSHOT }),
    execRecord({ filename: '/e', environment: 'A=1\0B\0' }, { euid: 7, cloned: 1 }),
  ];
  for (let round = 0; round < 1200; round++) {
    const tgid = pick([1, 2, 513, 514]);
    const identity: ProcessIdentity = {
      tgid,
      tid: tgid + pick([0, 0, 1]),
      ktime: pick([1n, 2n]),
      parentTgid: pick([1, 2]),
      parentKtime: pick([0n, 1n]),
      cloned: pick([true, false, false]),
      bootToWall: pick([1_700_000_000_000_000_000n, 1_700_000_000_000_000_007n]),
      node: pick(['n', 'm']),
      inInitTree: pick([true, false]),
    };
    const record = pick(records);
    const process = read(record, identity);
    expect(process).toEqual(readProcess(record, identity, detail, facts));
    const event: Event = { kind: 'process_exec', process, nodeName: identity.node, time: 5n };
    // A copy is written anew.
    expect(encodeEvent(event)).toBe(encodeEvent(structuredClone(event)));
    if (round % 120 === 119)
      facts.learn([{ kind: 'sha256', executable: '100:1000', sha256: String(round) }]);
  }
});

test('a process is written as what it is, however many have its number', () => {
  const process = (binary: string, fields: Partial<Process> = {}): Process => ({
    ...{ execId: 'x', pid: 5, cwd: '/', binary, arguments: '', flags: '', parentExecId: '' },
    ...fields,
  });
  const exec = (of: Process, parent: Process): Event => ({
    ...{ kind: 'process_exec', process: of, parent, nodeName: 'n' },
  });
  const [a, b] = [process('/a'), process('/b')];
  // Short for the others of its number, too long to be kept itself.
  const c = process(`/${'é'.repeat(4000)}`);
  const unknown = process('/d', { pid: 5 + 512 });
  for (let round = 0; round < 2; round++)
    for (const one of [a, b, c, unknown])
      for (const parent of [a, b, c, unknown]) {
        const { process_exec: body } = JSON.parse(encodeEvent(exec(one, parent)));
        expect([body.process.binary, body.parent.binary]).toEqual([one.binary, parent.binary]);
      }
});

describe('texts of a record are each what its own bytes are', () => {
  const pieces = [
    ...[[], [0x61], [0x2f, 0x62], [0xc3], [0xa9], [0xc3, 0xa9], [0xe2, 0x82], [0xac]],
    ...[[0xf0, 0x9f], [0x98, 0x80], [0xf0, 0x9f, 0x98, 0x80], [0xff], [0xef, 0xbb, 0xbf], [0x80]],
    ...[[0xed, 0xa0, 0x80], [0xe0], [0x1b, 0x5b, 0x6d]],
  ];
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

  test('also where a character begins in one and ends in the next', () => {
    const pick = choices(11);
    const bytes = () => Uint8Array.from([...pick(pieces), ...pick(pieces), ...pick(pieces)]);
    for (let round = 0; round < 1200; round++) {
      const texts = [bytes(), bytes(), bytes(), bytes()] as const;
      const argv = Array.from({ length: pick([0, 1, 2, 3]) }, bytes);
      const args = Buffer.concat(argv.map((argument) => Buffer.from([...argument, 0])));
      const [filename, exe, cwd, cgroup] = texts;
      const record = execRecord({ filename, exe, cwd, args, cgroup });
      expect(readExecTexts(record)).toEqual({
        filename: decoder.decode(filename),
        exe: decoder.decode(exe),
        cwd: decoder.decode(cwd),
        argv: argv.map((argument) => decoder.decode(argument)),
        cgroup: decoder.decode(cgroup),
        environment: [],
      });
      expect(cgroupNameOf(record)).toBe(decoder.decode(cgroup));
    }
  });

  test('a record that ends before its texts do has as much of them as there is', () => {
    const record = execRecord({ filename: '/bin/a', exe: '/bin/a', cwd: '/w', args: 'a\0b\0' });
    for (let cut = 0; cut < 18; cut++) {
      const short = record.subarray(0, record.length - cut);
      const { filename, exe, cwd, argv } = readExecTexts(short);
      const all = `${filename}${exe}${cwd}`;
      expect('/bin/a/bin/a/w'.startsWith(all)).toBe(true);
      expect(all.length).toBe(Math.min(14, 18 - cut));
      expect(argv).toEqual([['a', 'b'], ['a', 'b'], ['a'], ['a'], []][Math.min(cut, 4)]);
    }
  });
});

test('names and owners of cgroups, one after the other', () => {
  for (const name of [...CGROUPS, ...CGROUPS.toReversed(), 'ssh.servicf', 'ssh.service', '', 'x'])
    for (let again = 0; again < 2; again++) {
      expect(cgroupNameOf(recordOf('/bin/a', name))).toBe(name);
      const kind = name.includes('docker') || name.includes('cri-') ? 'container' : 'none';
      expect(cgroupOwner(name).kind).toBe(name === 'ssh.service' ? 'unit' : kind);
    }
});

test('exec ids of many processes with the same last bits', () => {
  const pick = choices(3);
  for (let round = 0; round < 2000; round++) {
    const id = {
      node: pick(['n', 'a:b', 'ü']),
      pid: pick([0, 1, 257, 513, 4_194_303]),
      ktimeNs: pick([1n, 2n, 18_446_744_073_709_551_615n]),
    };
    expect(parseExecId(formatExecId(id))).toEqual(id);
  }
});

test('times one after the other, in one second and in others', () => {
  const pick = choices(5);
  const SECOND = 1_000_000_000n;
  const starts = [0n, 1n, -1n, 1_700_000_000n, 1_700_000_001n, 253_402_300_799n];
  for (let round = 0; round < 2000; round++) {
    const seconds = pick(starts);
    const nanos = pick([0n, 1n, 999_999_999n, 120_000_000n, 120_340_000n]);
    const fraction = String(nanos)
      .padStart(9, '0')
      .replace(/(?:000)+$/, '');
    const date = new Date(Number(seconds) * 1000).toISOString().slice(0, 19);
    const expected = `${date}${fraction === '' ? '' : `.${fraction}`}Z`;
    expect(formatTimestamp(seconds * SECOND + nanos)).toBe(expected);
  }
  expect(() => formatTimestamp(10n ** 30n)).toThrow(RangeError);
  expect(() => formatTimestamp(10n ** 30n)).toThrow(RangeError);
});
