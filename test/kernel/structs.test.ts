/** Readers of kernel structures (bpf/structs.h) on calls of a program of our own: needs root and clang. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type BpfObject, type BpfRing, openObject } from '../../src/agent/bpf/addon.ts';
import {
  tg_address_body,
  tg_argument,
  tg_bpf_map_body,
  tg_bpf_program_body,
  tg_cred_body,
  tg_module_body,
  tg_perf_event_body,
  tg_skb_body,
  tg_sock_body,
  tg_type,
  tg_user_namespace_body,
  tg_value_error,
} from '../../src/generated/layouts.ts';
import { run } from '../driver/command.ts';
import { compileBpf, compileProgram } from '../driver/compile.ts';

const fixtures = fileURLToPath(new URL('fixtures/', import.meta.url));

/** Where fixtures/structs.bpf.c met a value. */
const place = { state: 1, queue: 2, exec: 3, call: 4, asked: 5 } as const;
const family = { unix: 1, inet: 2, inet6: 10 } as const;
const tcp = { established: 1, synSent: 2, close: 7 } as const;
const none = '0'.repeat(32);

type Place = keyof typeof place;
type Value = { type: number; place: number; error: number; number: bigint; body: Buffer };

let folder: string;
let program: string;
let object: BpfObject;
let ring: BpfRing;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'trigon-structs-'));
  program = join(folder, 'structs');
  compileProgram(join(fixtures, 'structs.c'), program);
  const compiled = join(folder, 'structs.bpf.o');
  compileBpf(join(fixtures, 'structs.bpf.c'), compiled);
  object = openObject(readFileSync(compiled), 'structs');
  object.setMaxEntries('records', 1 << 20);
  object.setMaxEntries('processes', 1);
  object.setGlobal('target_parent', new Uint8Array(Uint32Array.of(process.pid).buffer));
  object.load();
  for (const { name } of object.programs()) object.attach(name);
  ring = object.map('records').openRing();
}, 60_000);

afterAll(() => {
  object.close();
  rmSync(folder, { recursive: true, force: true });
});

beforeEach(() => {
  read();
});

/** All values that have been reported since the last call. */
function read(): Value[] {
  const buffer = new ArrayBuffer(1 << 20);
  const bytes = ring.consume(buffer);
  const values: Value[] = [];
  for (let offset = 0; offset < bytes; ) {
    const length = new DataView(buffer).getUint32(offset, true);
    const record = Buffer.from(buffer, offset + 8, length);
    const { at } = tg_argument;
    const start = tg_argument.size;
    values.push({
      type: record.readUInt32LE(at.type),
      place: record.readUInt32LE(at.flags),
      error: record.readUInt32LE(at.error),
      number: record.readBigInt64LE(at.number),
      body: record.subarray(start, start + record.readUInt32LE(at.size)),
    });
    offset += (8 + length + 7) & ~7;
  }
  return values;
}

/** Runs the program; returns what it printed, and the values of one type that were read at one place. */
async function call(...args: string[]) {
  const ended = await run(program, args);
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  const values = read();
  return {
    stdout: ended.stdout,
    values,
    at: (where: Place, type: keyof typeof tg_type) =>
      values.filter((value) => value.place === place[where] && value.type === tg_type[type]),
  };
}

function only<T>(list: readonly T[]): T {
  const [first, ...more] = list;
  if (first === undefined || more.length > 0) throw new Error(`${list.length} instead of one`);
  return first;
}

/** The text up to the first NUL. */
const textOf = (bytes: Buffer): string => bytes.toString('latin1').replace(/\0.*$/s, '');
const hex = (bytes: Buffer, at: number): string => bytes.toString('hex', at, at + 16);

const loopback = { 4: `${'0'.repeat(20)}ffff7f000001`, 6: `${'0'.repeat(31)}1` } as const;
const unspecified = { 4: `${'0'.repeat(20)}ffff00000000`, 6: none } as const;

function sockOf({ body, error }: Value) {
  const { at, size } = tg_sock_body;
  expect({ error, size: body.length }).toEqual({ error: tg_value_error.TG_ERROR_NONE, size });
  return {
    cookie: String(body.readBigUInt64LE(at.cookie)),
    family: body.readUInt16LE(at.family),
    type: body.readUInt16LE(at.type),
    protocol: body.readUInt16LE(at.protocol),
    state: body.readUInt16LE(at.state),
    mark: body.readUInt32LE(at.mark),
    priority: body.readUInt32LE(at.priority),
    source: hex(body, at.source),
    destination: hex(body, at.destination),
    sourcePort: body.readUInt16LE(at.source_port),
    destinationPort: body.readUInt16LE(at.destination_port),
  };
}

function packetOf({ body, error }: Value) {
  const { at, size } = tg_skb_body;
  expect({ error, size: body.length }).toEqual({ error: tg_value_error.TG_ERROR_NONE, size });
  return {
    length: body.readUInt32LE(at.length),
    priority: body.readUInt32LE(at.priority),
    mark: body.readUInt32LE(at.mark),
    family: body.readUInt16LE(at.family),
    protocol: body.readUInt16LE(at.protocol),
    sourcePort: body.readUInt16LE(at.source_port),
    destinationPort: body.readUInt16LE(at.destination_port),
    source: hex(body, at.source),
    destination: hex(body, at.destination),
    secPath: body.readUInt32LE(at.sec_path_length),
    secPathOuter: body.readUInt32LE(at.sec_path_outer_length),
    etherProtocol: body.readUInt16LE(at.ether_protocol),
  };
}

for (const version of [4, 6] as const) {
  test(`TCP over IPv${version}: sock, socket, packets, device`, async () => {
    const { stdout, at } = await call(`tcp${version}`);
    const { client, server } = JSON.parse(stdout);
    const states = at('state', 'TG_TYPE_SOCK').map(sockOf);
    const ours = states.filter(({ mark }) => mark === 77);
    const connecting = {
      // Where it lies, in the upper half of all addresses.
      cookie: expect.stringMatching(/^1844\d{16}$/),
      family: version === 4 ? family.inet : family.inet6,
      type: 1,
      protocol: 6,
      mark: 77,
      priority: 5,
      destination: loopback[version],
      destinationPort: server,
    };
    expect(new Set(ours.map(({ cookie }) => cookie)).size).toBe(1);
    expect(ours[0]).toMatchObject({ ...connecting, state: tcp.close });
    const established = {
      ...connecting,
      state: tcp.established,
      source: loopback[version],
      sourcePort: client,
    };
    expect(sockOf(only(at('asked', 'TG_TYPE_SOCKET')))).toEqual(established);
    expect(sockOf(only(at('asked', 'TG_TYPE_SOCK')))).toEqual(established);
    const listening = states.find((sock) => sock.sourcePort === server);
    expect(listening).toMatchObject({ destination: unspecified[version], destinationPort: 0 });

    const packets = at('queue', 'TG_TYPE_SKB').map(packetOf);
    const header = version === 4 ? 20 : 40;
    expect(packets[0]).toEqual({
      length: 14 + header + 40, // SYN: Ethernet, IP, TCP with its usual options
      priority: 5,
      mark: 77,
      family: version === 4 ? family.inet : family.inet6,
      protocol: 6,
      sourcePort: client,
      destinationPort: server,
      source: loopback[version],
      destination: loopback[version],
      secPath: 0,
      secPathOuter: 0,
      etherProtocol: version === 4 ? 0x0800 : 0x86dd,
    });
    expect(at('queue', 'TG_TYPE_NET_DEVICE')[0]?.body.toString()).toBe('lo');
  });

  test(`UDP over IPv${version}: packet`, async () => {
    const { stdout, at } = await call(`udp${version}`);
    const { client, server } = JSON.parse(stdout);
    expect(packetOf(only(at('queue', 'TG_TYPE_SKB')))).toMatchObject({
      length: 14 + (version === 4 ? 20 : 40) + 8 + 2000,
      protocol: 17,
      sourcePort: client,
      destinationPort: server,
      source: loopback[version],
      destination: loopback[version],
    });
  });
}

test('packets with IPv6 extension headers: the first fragment has the ports, the second none', async () => {
  const { stdout, at } = await call('udp6-extended');
  const { client, server } = JSON.parse(stdout);
  const [first, second, ...more] = at('queue', 'TG_TYPE_SKB').map(packetOf);
  expect(more).toEqual([]);
  expect(first).toMatchObject({ protocol: 17, sourcePort: client, destinationPort: server });
  // Its header follows in the first fragment's destination options.
  expect(second).toMatchObject({ sourcePort: 0, destinationPort: 0, destination: loopback[6] });
});

function addressOf({ body, error }: Value) {
  const { at, size } = tg_address_body;
  expect({ error, size: body.length }).toEqual({ error: tg_value_error.TG_ERROR_NONE, size });
  return {
    family: body.readUInt16LE(at.family),
    port: body.readUInt16LE(at.port),
    address: hex(body, at.address),
  };
}

test('socket addresses: IPv4 and IPv6, in user and in kernel memory', async () => {
  const { at } = await call('addresses');
  const expected = [
    { family: family.inet, port: 8080, address: `${'0'.repeat(20)}ffffc0000207` },
    { family: family.inet6, port: 53, address: '20010db8000000000000000000000001' },
  ];
  expect(at('call', 'TG_TYPE_SOCKADDR').map(addressOf)).toEqual(expected);
  expect(at('asked', 'TG_TYPE_SOCKADDR').map(addressOf)).toEqual(expected);
});

test('Unix addresses: path, path without NUL, abstract name; a Unix sock', async () => {
  const { at } = await call('unix');
  const addresses = at('call', 'TG_TYPE_SOCKADDR_UN');
  expect(addresses.map((value) => value.body.toString('latin1'))).toEqual([
    '/trigon/no/such/socket',
    expect.stringMatching(/^x{107}$/),
    '\0trigon-abstract',
  ]);
  expect(addresses.map((value) => Number(value.number))).toEqual(Array(3).fill(family.unix));
  const copy = only(at('asked', 'TG_TYPE_SOCKADDR_UN'));
  expect(copy.body.toString()).toBe('/trigon/no/such/socket');
  expect(addressOf(at('call', 'TG_TYPE_SOCKADDR')[0] as Value)).toEqual({
    family: family.unix,
    port: 0,
    address: none,
  });
  expect(sockOf(only(at('asked', 'TG_TYPE_SOCK')))).toMatchObject({
    family: family.unix,
    type: 1,
    protocol: 0,
    state: tcp.close,
    source: none,
    destination: none,
    sourcePort: 0,
    destinationPort: 0,
  });
});

test('BPF programs and maps: attributes of the call, the kernel’s objects', async () => {
  const { at } = await call('bpf');
  const programs = [
    ...at('call', 'TG_TYPE_BPF_ATTR'),
    ...at('asked', 'TG_TYPE_BPF_PROG'),
    ...at('asked', 'TG_TYPE_BPF_ATTR'),
  ];
  expect(
    programs.map(({ body, error }) => ({
      error,
      type: body.readUInt32LE(tg_bpf_program_body.at.type),
      instructions: body.readUInt32LE(tg_bpf_program_body.at.instructions),
      name: textOf(body.subarray(tg_bpf_program_body.at.name)),
    })),
  ).toEqual(Array(3).fill({ error: 0, type: 1, instructions: 2, name: 'trigon_prog' }));
  const maps = [...at('call', 'TG_TYPE_BPF_MAP'), ...at('asked', 'TG_TYPE_BPF_MAP')];
  expect(
    maps.map(({ body, error }) => ({
      error,
      type: body.readUInt32LE(tg_bpf_map_body.at.type),
      keySize: body.readUInt32LE(tg_bpf_map_body.at.key_size),
      valueSize: body.readUInt32LE(tg_bpf_map_body.at.value_size),
      maxEntries: body.readUInt32LE(tg_bpf_map_body.at.max_entries),
      name: textOf(body.subarray(tg_bpf_map_body.at.name)),
    })),
  ).toEqual(
    Array(2).fill({
      error: 0,
      type: 1,
      keySize: 4,
      valueSize: 12,
      maxEntries: 34,
      name: 'trigon_map',
    }),
  );
});

test('perf events: without a probe, with a function, with a program, by address', async () => {
  const pmu = readFileSync('/sys/bus/event_source/devices/uprobe/type', 'latin1').trim();
  const { stdout, at } = await call('perf', pmu);
  const { self, offset } = JSON.parse(stdout);
  const eventOf = ({ body, error }: Value) => ({
    error,
    type: body.readUInt32LE(tg_perf_event_body.at.type),
    config: Number(body.readBigUInt64LE(tg_perf_event_body.at.config)),
    offset: Number(body.readBigUInt64LE(tg_perf_event_body.at.probe_offset)),
    name: body.toString('latin1', tg_perf_event_body.size),
  });
  const software = { error: 0, type: 1, config: 2, offset: 0, name: '' };
  const uprobe = { error: 0, type: Number(pmu), config: 0, offset, name: self };
  expect(at('call', 'TG_TYPE_PERF_EVENT').map(eventOf)).toEqual([
    software,
    { error: 0, type: 4242, config: 0, offset: 16, name: 'tcp_connect' },
    uprobe,
    { error: 0, type: 4242, config: 0, offset: 0x1234, name: '' },
  ]);
  expect(at('asked', 'TG_TYPE_PERF_EVENT').map(eventOf)).toEqual([software, uprobe]);
});

test('capability sets that capset takes', async () => {
  const { at } = await call('capset');
  const numberOf = ({ number, error, body }: Value) => ({ number, error, size: body.length });
  const set = (...bits: number[]) => ({
    number: bits.reduce((sum, bit) => sum | (1n << BigInt(bit)), 0n),
    error: 0,
    size: 0,
  });
  expect(numberOf(only(at('call', 'TG_TYPE_CAP_EFFECTIVE')))).toEqual(set(0));
  expect(numberOf(only(at('call', 'TG_TYPE_CAP_PERMITTED')))).toEqual(set(0, 5, 34));
  expect(numberOf(only(at('call', 'TG_TYPE_CAP_INHERITABLE')))).toEqual(set(39));
});

function credentialsOf({ body, error }: Value) {
  const { at } = tg_cred_body;
  const number = (name: 'uid' | 'euid' | 'suid' | 'fsuid' | 'gid' | 'egid' | 'sgid' | 'fsgid') =>
    body.readUInt32LE(at[name]);
  const set = (offset: number) => body.readBigUInt64LE(offset).toString(16).padStart(16, '0');
  return {
    error,
    uids: [number('uid'), number('euid'), number('suid'), number('fsuid')].join('\t'),
    gids: [number('gid'), number('egid'), number('sgid'), number('fsgid')].join('\t'),
    securebits: body.readUInt32LE(at.securebits),
    permitted: set(at.permitted),
    effective: set(at.effective),
    inheritable: set(at.inheritable),
    namespace: namespaceOf({ body: body.subarray(at.user_namespace.level), error }),
  };
}

function namespaceOf({ body, error }: Pick<Value, 'body' | 'error'>) {
  const { at } = tg_user_namespace_body;
  return {
    error,
    level: body.readInt32LE(at.level),
    owner: body.readUInt32LE(at.owner),
    group: body.readUInt32LE(at.group),
    inode: body.readUInt32LE(at.inode),
  };
}

/** A line of /proc/PID/status. */
const fieldOf = (status: string, name: string): string =>
  new RegExp(`^${name}:\\t(.*)$`, 'm').exec(status)?.[1] ?? '';

for (const [kind, command] of [
  ['of root', []],
  ['of another user', ['setpriv', '--reuid=1234', '--regid=4321', '--clear-groups']],
  ['with securebits', ['setpriv', '--securebits=+noroot', '--inh-caps=+chown,+syslog']],
  ['in a user namespace of its own', ['unshare', '--user']],
] as const) {
  test(`credentials ${kind}, as /proc tells them`, async () => {
    execFileSync('chmod', ['755', folder]);
    const [first, ...rest] = [...command, program, 'status'];
    const { stdout: status, code, stderr } = await run(first as string, rest);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const values = read().filter((value) => value.place === place.exec);
    const last = (type: number) => values.findLast((value) => value.type === type) as Value;

    const isApart = kind.startsWith('in a user');
    const namespace = {
      error: 0,
      level: isApart ? 1 : 0,
      owner: 0,
      group: 0,
      inode: Number(fieldOf(status, 'UserNamespace')),
    };
    expect(namespaceOf(last(tg_type.TG_TYPE_USER_NAMESPACE))).toEqual(namespace);
    expect(isApart).toBe(namespace.inode !== statSync('/proc/self/ns/user').ino);
    expect(credentialsOf(last(tg_type.TG_TYPE_CRED))).toEqual({
      error: 0,
      // Inside its namespace the process sees the overflow ids; the kernel has those of the host.
      uids: isApart ? '0\t0\t0\t0' : fieldOf(status, 'Uid'),
      gids: isApart ? '0\t0\t0\t0' : fieldOf(status, 'Gid'),
      securebits: kind === 'with securebits' ? 1 : 0,
      permitted: fieldOf(status, 'CapPrm'),
      effective: fieldOf(status, 'CapEff'),
      inheritable: fieldOf(status, 'CapInh'),
      namespace,
    });
    const effective = last(tg_type.TG_TYPE_CAP_EFFECTIVE);
    expect(effective.error).toBe(0);
    expect(effective.number).toBe(BigInt(`0x${fieldOf(status, 'CapEff')}`));
  });
}

test('texts, arrays of buffers and iterators, in whichever memory they lie', async () => {
  const kept = only((await call('keep')).at('asked', 'TG_TYPE_U64'));
  const { at } = await call('pieces', BigInt.asUintN(64, kept.number).toString(16));
  const read = (type: keyof typeof tg_type) =>
    at('asked', type).map(({ body, error, number }) =>
      error === tg_value_error.TG_ERROR_NONE ? [body.toString('latin1'), Number(number)] : 'fault',
    );
  expect(read('TG_TYPE_STRING')).toEqual([
    ['of the process', 0],
    ['of the process', 0],
    ['of the kernel', 0],
  ]);
  expect(read('TG_TYPE_CHAR_IOVEC')).toEqual([
    ['first second', 12],
    ['first second', 12],
    // What a process wrote leads into its own memory alone.
    'fault',
    ['first of the kernel', 19],
  ]);
  expect(read('TG_TYPE_IOV_ITER')).toEqual([
    ['rst ', 4],
    ['rst sec', 7],
    'fault',
    [' kernel', 7],
    ['', 99],
  ]);
});

test('bad addresses are faults, whatever the type', async () => {
  const { values, at } = await call('faults');
  const asked = values.filter((value) => value.place === place.asked);
  expect(asked.length).toBe(18 * 13 + 2);
  for (const value of asked) expect(value.error).toBe(tg_value_error.TG_ERROR_FAULT);
  expect(
    at('asked', 'TG_TYPE_MODULE').every((value) => value.body.length <= tg_module_body.size),
  ).toBe(true);
});
