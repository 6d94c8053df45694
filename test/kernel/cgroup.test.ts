/** Programs on network calls (bpf/cgroup.bpf.c), in a cgroup of the test's own: needs root, cgroup v2 and clang. */
import { mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type BpfObject, type BpfRing, clock, openObject } from '../../src/agent/bpf/addon.ts';
import { u32, u64 } from '../../src/agent/bytes.ts';
import { findMount, readMounts } from '../../src/agent/host/mounts.ts';
import {
  encodeFilter,
  encodeHook,
  encodePolicy,
  encodeSelector,
  encodeSite,
  encodeValue,
} from '../../src/agent/policies/structs.ts';
import {
  tg_action,
  tg_address_body,
  tg_argument,
  tg_cgroup_place,
  tg_counts,
  tg_limit,
  tg_outcome,
  tg_policy_record,
  tg_selector,
  tg_sock_body,
  tg_type,
} from '../../src/generated/layouts.ts';
import { run } from '../driver/command.ts';
import { compileBpf, compileProgram } from '../driver/compile.ts';

const fixtures = fileURLToPath(new URL('fixtures/', import.meta.url));
const root = fileURLToPath(new URL('../../', import.meta.url));
const tree = findMount(readMounts(), 'cgroup2')?.folder ?? '/no cgroup v2 tree';
const cgroup = join(tree, `trigon-test-cgroup-${process.pid}`);
const { ECONNREFUSED, EACCES, EADDRNOTAVAIL, EHOSTUNREACH, EMFILE } = constants.errno;

/** Numbers of the test's one policy in the engine's maps. */
const policy = 1;
const site = 1;
const hook = 1;
const selector = 1;
const filter = 1;

type Event = {
  outcome: number;
  sock: Sock;
  address?: { family: number; port: number; address: string };
};
type Sock = {
  source: string;
  destination: string;
  sourcePort: number;
  destinationPort: number;
  type: number;
};

let folder: string;
let program: string;
let object: BpfObject;
let ring: BpfRing;
let server: Server;
let port: number;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'trigon-cgroup-'));
  program = join(folder, 'network');
  const compiled = join(folder, 'cgroup.bpf.o');
  compileProgram(join(fixtures, 'network.c'), program);
  compileBpf(join(root, 'bpf/cgroup.bpf.c'), compiled);
  mkdirSync(cgroup);
  object = openObject(readFileSync(compiled), 'cgroup');
  object.setMaxEntries('records', 1 << 20);
  object.load();
  for (const { name } of object.programs()) object.attachCgroup(name, cgroup);
  ring = object.map('records').openRing();
  object.map('control').set(u32(0), u64(clock().boot + 3_600_000_000_000n));
  server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, '::', resolve));
  const address = server.address();
  port = typeof address === 'object' && address ? address.port : 0;
}, 120_000);

afterEach(() => {
  for (const place of Object.values(tg_cgroup_place).slice(0, -1))
    object.map('cgroup_sites').set(u32(place), u32(0));
});

afterAll(() => {
  object.close();
  server.close();
  rmdirSync(cgroup);
  rmSync(folder, { recursive: true, force: true });
});

type Rule = {
  place: Exclude<keyof typeof tg_cgroup_place, 'TG_CGROUP_PLACES'>;
  /** What the filter looks at, and which number it must be. */
  filter: { argument: number; field: number; number: number };
  /** Undefined: only watched. */
  error?: number;
  mode?: 'monitor' | 'enforce';
};

/** Value 0 is the sock, value 1 the call's input 1: the address, or a socket's type. */
function install({ place, filter: { argument, field, number }, error, mode = 'enforce' }: Rule) {
  const value = {
    flags: [],
    sizeInput: undefined,
    atMost: 0,
    steps: [],
    offset: 0,
    atReturn: false,
    label: undefined,
    declared: '',
  };
  const at = site * tg_limit.TG_VALUES_PER_SITE;
  const second = place === 'TG_CGROUP_SOCKET' ? 'TG_TYPE_INT' : 'TG_TYPE_SOCKADDR';
  const put = (map: string, index: number, bytes: Uint8Array) =>
    object.map(map).set(u32(index), bytes);
  put('value_specs', at, encodeValue({ ...value, type: 'TG_TYPE_SOCK', input: 'TG_INPUT_SOCK' }));
  put('value_specs', at + 1, encodeValue({ ...value, type: second, input: 1 }));
  const numbers = [BigInt(number), BigInt(number)];
  put(
    'filters',
    filter,
    encodeFilter(
      {
        operator: 'TG_OPERATOR_RANGES',
        argument,
        second: 0,
        field,
        flags: 0,
        numbers,
        set: undefined,
      },
      undefined,
    ),
  );
  const nothing = {
    actions: [],
    posts: true,
    answers: { override: 0, enforcer: 0 },
    socket: () => 0,
  };
  const chosen = encodeSelector(
    { firstFilter: filter, filterCount: 1, firstReturnFilter: 0, returnFilterCount: 0 },
    nothing,
    nothing,
  );
  if (error !== undefined) {
    chosen.set(u32(tg_action.TG_ACTION_OVERRIDE), tg_selector.at.actions.bits);
    chosen.set(u32(error), tg_selector.at.actions.error);
  }
  put('selectors', selector, chosen);
  put(
    'hooks',
    hook,
    encodeHook({
      policy,
      firstSelector: selector,
      selectorCount: 1,
      flags: [],
      argumentCount: place === 'TG_CGROUP_SOCK_OPS' ? 1 : 2,
      values: [0, 1],
      returnValue: tg_limit.TG_VALUES_PER_SITE,
      late: 0,
      pair: 0,
      workload: 0,
    }),
  );
  const armedUntil = clock().boot + 3_600_000_000_000n;
  const fuse = { limit: 0, seconds: 0 };
  put('policies', policy, encodePolicy({ mode, armedUntil, fuse }));
  put('sites', site, encodeSite([hook]));
  put('cgroup_sites', tg_cgroup_place[place], u32(site));
  read();
}

const hex = (bytes: Buffer, at: number): string => bytes.toString('hex', at, at + 16);

/** The events since the last call. */
function read(): Event[] {
  const buffer = new ArrayBuffer(1 << 20);
  const bytes = ring.consume(buffer);
  const events: Event[] = [];
  for (let offset = 0; offset < bytes; ) {
    const length = new DataView(buffer).getUint32(offset, true);
    const record = Buffer.from(buffer, offset + 8, length);
    events.push(eventOf(record));
    offset += (8 + length + 7) & ~7;
  }
  return events;
}

function eventOf(record: Buffer): Event {
  const bodies = new Map<number, Buffer>();
  for (let at: number = tg_policy_record.size; at < record.length; ) {
    const size = record.readUInt32LE(at + tg_argument.at.size);
    const start = at + tg_argument.size;
    expect(record.readUInt32LE(at + tg_argument.at.error)).toBe(0);
    bodies.set(record.readUInt32LE(at + tg_argument.at.type), record.subarray(start, start + size));
    at = start + ((size + 7) & ~7);
  }
  const sock = bodies.get(tg_type.TG_TYPE_SOCK) as Buffer;
  const address = bodies.get(tg_type.TG_TYPE_SOCKADDR);
  return {
    outcome: record.readUInt32LE(tg_policy_record.at.outcome),
    sock: {
      type: sock.readUInt16LE(tg_sock_body.at.type),
      source: hex(sock, tg_sock_body.at.source),
      destination: hex(sock, tg_sock_body.at.destination),
      sourcePort: sock.readUInt16LE(tg_sock_body.at.source_port),
      destinationPort: sock.readUInt16LE(tg_sock_body.at.destination_port),
    },
    ...(address && {
      address: {
        family: address.readUInt16LE(tg_address_body.at.family),
        port: address.readUInt16LE(tg_address_body.at.port),
        address: hex(address, tg_address_body.at.address),
      },
    }),
  };
}

/** Makes a call inside the cgroup: its errno (0: none), the caller's port, and the events. */
async function call(name: string, where = port) {
  const { stdout, stderr, code } = await run(program, [cgroup, name, String(where)]);
  expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
  return { ...(JSON.parse(stdout) as { errno: number; port: number }), events: read() };
}

/** Sums of the selector's counters over all processors. */
function counted(field: keyof typeof tg_counts.at): bigint {
  const bytes = Buffer.from(object.map('counts').get(u32(selector)) ?? []);
  let sum = 0n;
  for (let at = 0; at < bytes.length; at += tg_counts.size)
    sum += bytes.readBigUInt64LE(at + tg_counts.at[field]);
  return sum;
}

const loopback = { 4: `${'0'.repeat(20)}ffff7f000001`, 6: `${'0'.repeat(31)}1` } as const;
const families = { 4: 2, 6: 10 } as const;
const dport = 3;
const stream = 1;
const datagram = 2;

for (const version of [4, 6] as const) {
  const address = () => ({ family: families[version], port, address: loopback[version] });

  test(`connect over IPv${version} is refused with the chosen errno, and only to that port`, async () => {
    const error = version === 4 ? ECONNREFUSED : EACCES;
    install({
      place: 'TG_CGROUP_CONNECT',
      filter: { argument: 0, field: dport, number: port },
      error,
    });
    const refused = await call(`connect${version}`);
    expect(refused.errno).toBe(error);
    expect(refused.events).toEqual([
      {
        outcome: tg_outcome.TG_OUTCOME_OVERRIDDEN,
        sock: expect.objectContaining({
          type: stream,
          destination: loopback[version],
          destinationPort: port,
        }),
        address: address(),
      },
    ]);
    // The other port is closed; the answer comes from the network.
    expect(await call(`connect${version}`, 1)).toMatchObject({ errno: ECONNREFUSED, events: [] });
  });

  test(`bind over IPv${version} is refused`, async () => {
    install({
      place: 'TG_CGROUP_BIND',
      filter: { argument: 1, field: dport, number: port },
      error: EADDRNOTAVAIL,
    });
    const refused = await call(`bind${version}`);
    expect(refused.errno).toBe(EADDRNOTAVAIL);
    // A bind's address is not a destination.
    expect(refused.events).toMatchObject([{ sock: { destinationPort: 0 }, address: address() }]);
    expect(await call(`bind${version}`, 0)).toMatchObject({ errno: 0, events: [] });
  });

  test(`sending a datagram over IPv${version} is refused`, async () => {
    install({
      place: 'TG_CGROUP_SENDMSG',
      filter: { argument: 0, field: dport, number: port },
      error: EHOSTUNREACH,
    });
    const refused = await call(`sendto${version}`);
    expect(refused.errno).toBe(EHOSTUNREACH);
    expect(refused.events).toMatchObject([
      { sock: { type: datagram, destination: loopback[version] }, address: address() },
    ]);
  });

  test(`sock_ops shows a connect over IPv${version} with both its ports`, async () => {
    install({
      place: 'TG_CGROUP_SOCK_OPS',
      filter: { argument: 0, field: dport, number: port },
    });
    const made = await call(`connect${version}`);
    expect(made.errno).toBe(0);
    expect(made.events).toEqual([
      {
        outcome: tg_outcome.TG_OUTCOME_OBSERVED,
        sock: {
          type: stream,
          source: loopback[version],
          destination: loopback[version],
          sourcePort: made.port,
          destinationPort: port,
        },
      },
    ]);
  });
}

test('a socket of one type is refused, of another not', async () => {
  install({
    place: 'TG_CGROUP_SOCKET',
    filter: { argument: 1, field: 0, number: datagram },
    error: EMFILE,
  });
  expect(await call('sendto4')).toMatchObject({
    errno: EMFILE,
    events: [{ outcome: tg_outcome.TG_OUTCOME_OVERRIDDEN }],
  });
  expect(await call('connect4')).toMatchObject({ errno: 0, events: [] });
});

test('in monitor mode the call goes on, and is counted', async () => {
  install({
    place: 'TG_CGROUP_CONNECT',
    filter: { argument: 0, field: dport, number: port },
    error: ECONNREFUSED,
    mode: 'monitor',
  });
  const before = counted('would_act');
  expect(await call('connect4')).toMatchObject({
    errno: 0,
    events: [{ outcome: tg_outcome.TG_OUTCOME_WOULD_ACT }],
  });
  expect(counted('would_act') - before).toBe(1n);
});

test('past the agent’s deadline nothing is refused', async () => {
  install({
    place: 'TG_CGROUP_CONNECT',
    filter: { argument: 0, field: dport, number: port },
    error: ECONNREFUSED,
  });
  object.map('control').set(u32(0), u64(0n));
  expect(await call('connect4')).toMatchObject({
    errno: 0,
    events: [{ outcome: tg_outcome.TG_OUTCOME_EXPIRED }],
  });
  object.map('control').set(u32(0), u64(clock().boot + 3_600_000_000_000n));
});
