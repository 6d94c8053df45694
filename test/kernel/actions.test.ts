/** Each action on processes of the test's own, through the agent: needs root, cgroup v2 and clang. */
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { constants } from 'node:os';
import process from 'node:process';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Ended } from '../driver/command.ts';
import { onWrites, openStage, outcomeOf, type Stage } from './stage.ts';

const { EPERM, ECONNREFUSED, EACCES, EADDRINUSE, EMFILE, EHOSTUNREACH } = constants.errno;
const KILLED = { code: null, signal: 'SIGKILL', stdout: '' };

let stage: Stage;
let file: string;
/** Takes connections on all addresses of loopback. */
let server: Server;
let port: number;

beforeAll(async () => {
  stage = openStage();
  server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, '::', resolve));
  const address = server.address();
  port = typeof address === 'object' && address ? address.port : 0;
});
beforeEach(() => {
  file = stage.shop.file('protected', 'original');
});
afterEach(() => stage.stop());
afterAll(() => {
  server.close();
  stage.remove();
});

const byDeeds = () => [{ operator: 'In', values: [stage.deeds] }];
const errnoOf = ({ stdout, stderr, code }: Ended): number => {
  expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
  return Number(stdout);
};

describe('Sigkill', () => {
  const selectors = (matchArgs?: object[]) => [
    {
      ...(matchArgs ? { matchArgs } : {}),
      matchBinaries: byDeeds(),
      matchActions: [{ action: 'Sigkill' }],
    },
  ];
  const inFile = (index: number) => [{ index, operator: 'Equal', values: [file] }];
  const pwrite64 = process.arch === 'x64' ? '18' : '68';
  const specs = () => ({
    'system-call': {
      kprobes: [
        {
          call: 'sys_pwrite64',
          syscall: true,
          args: [{ index: 0, type: 'fd' }],
          selectors: selectors(inFile(0)),
        },
      ],
    },
    function: { kprobes: [onWrites(file, stage.deeds, [{ action: 'Sigkill' }])] },
    'lsm-hook': {
      lsmhooks: [
        {
          hook: 'file_permission',
          args: [{ index: 0, type: 'file' }],
          selectors: selectors(inFile(0)),
        },
      ],
    },
    tracepoint: {
      tracepoints: [
        {
          subsystem: 'syscalls',
          event: 'sys_enter_pwrite64',
          args: [{ index: 5, type: 'uint64' }],
          selectors: selectors(),
        },
      ],
    },
    'raw-tracepoint': {
      tracepoints: [
        {
          subsystem: 'raw_syscalls',
          event: 'sys_enter',
          raw: true,
          args: [{ index: 1, type: 'int64' }],
          selectors: selectors([{ index: 1, operator: 'Equal', values: [pwrite64] }]),
        },
      ],
    },
    'own-function': {
      uprobes: [{ path: stage.deeds, symbols: ['main'], selectors: selectors() }],
    },
  });

  test('at each kind of hook: the process is dead and the data not in the file', async () => {
    const agent = await stage.start(specs(), { mode: 'off' });
    expect(agent.problems).toEqual([]);
    const kinds: string[][] = [];
    for (const name of Object.keys(specs())) {
      await stage.arm(name);
      const ended = await stage.play('write', file, 1, 1);
      expect([name, ended]).toMatchObject([name, KILLED]);
      await stage.setMode(name, 'off');
      const hits = await stage.hitsOf(ended);
      expect(hits).toMatchObject([
        {
          policyName: name,
          action: 'KPROBE_ACTION_SIGKILL',
          process: { binary: stage.deeds },
          trigon: { mode: 'enforce', outcome: 'applied', signal: 'SIGKILL' },
        },
      ]);
      kinds.push([name, hits[0]?.kind ?? '']);
    }
    expect(kinds).toEqual([
      ['system-call', 'process_kprobe'],
      ['function', 'process_kprobe'],
      ['lsm-hook', 'process_lsm'],
      ['tracepoint', 'process_tracepoint'],
      ['raw-tracepoint', 'process_tracepoint'],
      ['own-function', 'process_uprobe'],
    ]);
    expect(readFileSync(file, 'utf8')).toBe('original');
    for (const [name] of kinds)
      expect((await agent.waitForPolicy(name ?? '', () => true)).counts).toMatchObject({
        ...{ matched: 1, killed: 1, posted: 1, wouldAct: 0, failed: 0 },
      });
    // All of them off: nothing happens any more.
    expect(await stage.play('write', file, 1, 1)).toMatchObject({ code: 0 });
  });

  test('of a connection outside a network; inside it lives', async () => {
    const agent = await stage.start({
      outside: {
        kprobes: [
          {
            call: 'tcp_connect',
            syscall: false,
            args: [{ index: 0, type: 'sock' }],
            selectors: [
              {
                matchArgs: [
                  { index: 0, operator: 'NotDAddr', values: ['127.0.0.0/24', '::1'] },
                  { index: 0, operator: 'DPort', values: [String(port)] },
                ],
                matchBinaries: byDeeds(),
                matchActions: [{ action: 'Sigkill' }],
              },
            ],
          },
        ],
      },
    });
    expect(agent.problems).toEqual([]);
    const outside = () => stage.play('connect', '127.0.1.1', port);
    const watched = await outside();
    expect(errnoOf(watched)).toBe(0);
    expect((await stage.hitsOf(watched)).map(outcomeOf)).toMatchObject([
      { mode: 'monitor', outcome: 'withheld', signal: 'SIGKILL' },
    ]);
    expect((await agent.status('outside')).counts).toMatchObject({ wouldAct: 1, killed: 0 });
    await stage.arm('outside');
    const killed = await outside();
    expect(killed).toMatchObject(KILLED);
    expect(await stage.hitsOf(killed)).toMatchObject([
      {
        functionName: 'tcp_connect',
        action: 'KPROBE_ACTION_SIGKILL',
        args: [{ value: { daddr: '127.0.1.1', dport: port } }],
        trigon: { outcome: 'applied', obtained: expect.stringContaining('inet_sock_set_state') },
      },
    ]);
    for (const address of ['127.0.0.1', '::1']) {
      const ended = await stage.play('connect', address, port);
      expect(errnoOf(ended)).toBe(0);
      expect(await stage.hitsOf(ended)).toEqual([]);
    }
  });
});

test('Signal: the one that is asked for reaches the handler, and the write goes on', async () => {
  const signals = [
    ['SIGTERM', 15],
    ['SIGUSR1', 10],
  ] as const;
  const agent = await stage.start(
    Object.fromEntries(
      signals.map(([name, argSig]) => [
        name.toLowerCase(),
        { kprobes: [onWrites(file, stage.deeds, [{ action: 'Signal', argSig }])] },
      ]),
    ),
    { mode: 'off' },
  );
  for (const [signal] of signals) {
    const name = signal.toLowerCase();
    await stage.setMode(name, 'monitor');
    const untouched = await stage.play('write', file, 1, 1);
    expect(JSON.parse(untouched.stdout)).toEqual({ SIGTERM: 0, SIGUSR1: 0 });
    await stage.arm(name);
    const signalled = await stage.play('write', file, 3, 1);
    expect(JSON.parse(signalled.stdout)).toEqual({ SIGTERM: 0, SIGUSR1: 0, [signal]: 3 });
    await stage.setMode(name, 'off');
    const hits = await stage.hitsOf(signalled);
    expect(hits.map(({ action }) => action)).toEqual(Array(3).fill('KPROBE_ACTION_SIGNAL'));
    expect(hits.map(outcomeOf)).toMatchObject(Array(3).fill({ outcome: 'applied', signal }));
    const { counts } = await agent.status(name);
    expect(counts).toMatchObject({ matched: 4, wouldAct: 1, signalled: 3, killed: 0 });
  }
  expect(readFileSync(file, 'utf8')).toBe('xriginal');
});

describe('Override', () => {
  /** What tells the call: the hook's args, and filters on them. */
  type Call = { args: object[]; filters(): object[] };
  const onPort = (index: number, type: string, operator: string): Call => ({
    args: [{ index, type }],
    filters: () => [{ index, operator, values: [String(port)] }],
  });
  const sock = onPort(0, 'sock', 'DPort');
  const socket = onPort(0, 'socket', 'DPort');
  const address = (index: number) => onPort(index, 'sockaddr', 'SPort');
  const ofType: Call = {
    args: [
      { index: 0, type: 'int' },
      { index: 1, type: 'int' },
    ],
    filters: () => [
      { index: 0, operator: 'Equal', values: ['2'] },
      { index: 1, operator: 'Equal', values: ['2'] },
    ],
  };
  const onCall = (call: string, { args, filters }: Call, ...matchActions: object[]) => ({
    kprobes: [
      {
        call,
        syscall: call.startsWith('sys_'),
        args,
        selectors: [{ matchArgs: filters(), matchBinaries: byDeeds(), matchActions }],
      },
    ],
  });
  const refusing = (call: string, of: Call, argError: number) =>
    onCall(call, of, { action: 'Override', argError });
  const connect4 = () => stage.play('connect', '127.0.0.1', port);
  const connect6 = () => stage.play('connect', '::1', port);
  /** The port is in use: without the policy this answers EADDRINUSE. */
  const bind = () => stage.play('bind', '127.0.0.1', port);
  const send = () => stage.play('sendto', '127.0.0.1', port);
  const makeSocket = () => stage.play('socket', 2, 2);

  const CASES = [
    ['tcp_connect', sock, connect4, EPERM, 'EPERM', 0],
    ['tcp_connect', sock, connect6, ECONNREFUSED, 'ECONNREFUSED', 0],
    ['security_socket_connect', address(1), connect4, ECONNREFUSED, 'ECONNREFUSED', 0],
    ['security_socket_connect', address(1), connect6, EPERM, 'EPERM', 0],
    ['sys_connect', address(1), connect4, EACCES, 'EACCES', 0],
    ['security_socket_bind', address(1), bind, EACCES, 'EACCES', EADDRINUSE],
    ['sys_bind', address(1), bind, EPERM, 'EPERM', EADDRINUSE],
    ['sys_sendto', address(4), send, EHOSTUNREACH, 'EHOSTUNREACH', 0],
    ['security_socket_sendmsg', socket, send, EPERM, 'EPERM', 0],
    ['sys_socket', ofType, makeSocket, EMFILE, 'EMFILE', 0],
    ['security_socket_create', ofType, makeSocket, EPERM, 'EPERM', 0],
  ] as const;

  test('lets each call that can be refused fail with the chosen errno, until it is disarmed', async () => {
    const specs = CASES.map(([call, of, , errno], index) => [
      `deny-${index}`,
      refusing(call, of, -errno),
    ]);
    const agent = await stage.start(Object.fromEntries(specs), { mode: 'off' });
    expect(agent.problems).toEqual([]);
    for (const [index, [call, , deed, errno, error, otherwise]] of CASES.entries()) {
      const name = `deny-${index}`;
      const about = `${index} ${call}`;
      await stage.setMode(name, 'monitor');
      const before = await deed();
      expect([about, errnoOf(before)]).toEqual([about, otherwise]);
      await stage.arm(name);
      const refused = await deed();
      expect([about, errnoOf(refused)]).toEqual([about, errno]);
      await stage.setMode(name, 'monitor');
      const after = await deed();
      expect([about, errnoOf(after)]).toEqual([about, otherwise]);
      await stage.setMode(name, 'off');
      const withheld = { mode: 'monitor', outcome: 'withheld', error };
      // The address that sendmsg is given is not the socket's: nothing tells it while the policy monitors.
      const watched = call === 'security_socket_sendmsg' ? [] : [withheld];
      const outcomes = [
        [before, watched],
        [refused, [{ mode: 'enforce', outcome: 'applied', error }]],
        [after, watched],
      ] as const;
      for (const [ended, expected] of outcomes) {
        const hits = await stage.hitsOf(ended);
        expect([about, hits.map(outcomeOf)]).toMatchObject([about, expected]);
        for (const hit of hits)
          expect(hit).toMatchObject({
            functionName: expect.stringContaining(call),
            action: 'KPROBE_ACTION_OVERRIDE',
          });
      }
      const { counts } = await agent.waitForPolicy(name, () => true);
      expect([about, counts]).toMatchObject([
        about,
        { overridden: 1, wouldAct: watched.length * 2, matched: watched.length * 2 + 1 },
      ]);
    }
    expect(errnoOf(await stage.play('socket', 10, 1))).toBe(0);
  });

  test('an argError that is no errno refuses with EPERM, as its warning says', async () => {
    const errors = { zero: 0, positive: ECONNREFUSED, large: -5000 };
    const agent = await stage.start(
      Object.fromEntries(
        Object.entries(errors).map(([name, error]) => [name, refusing('tcp_connect', sock, error)]),
      ),
      { mode: 'monitor' },
    );
    expect(agent.problems).toEqual([]);
    for (const name of Object.keys(errors)) {
      expect(agent.warnings).toContainEqual(
        expect.stringMatching(new RegExp(`/${name}\\.yaml:.*refused with EPERM`)),
      );
      await stage.arm(name);
      const refused = await connect4();
      expect([name, errnoOf(refused)]).toEqual([name, EPERM]);
      const hits = await stage.hitsOf(refused);
      expect(hits.filter(({ policyName }) => policyName === name).map(outcomeOf)).toMatchObject([
        { outcome: 'applied', error: 'EPERM' },
      ]);
      await stage.setMode(name, 'off');
    }
  });

  test('is refused at load where nothing can refuse the call, with the reason', async () => {
    const selectors = [
      { matchBinaries: byDeeds(), matchActions: [{ action: 'Override', argError: -1 }] },
    ];
    const agent = await stage.start({
      a: { kprobes: [{ call: 'sys_openat', syscall: true, selectors }] },
      b: { kprobes: [{ call: 'security_file_permission', syscall: false, selectors }] },
      c: { lsmhooks: [{ hook: 'file_open', selectors }] },
      d: { tracepoints: [{ subsystem: 'raw_syscalls', event: 'sys_enter', selectors }] },
      e: { uprobes: [{ path: stage.deeds, symbols: ['main'], selectors }] },
      f: onCall('tcp_connect', sock, { action: 'Override', argError: -1 }, { action: 'Sigkill' }),
    });
    const reasons = [
      /a\.yaml:1:\d+: spec\.kprobes\[0\].* openat can't be refused here: .*CONFIG_KPROBES.*connect, bind, sendto to an address, and socket can be refused/,
      /b\.yaml:1:\d+: spec\.kprobes\[0\].* security_file_permission can't be refused here: /,
      /c\.yaml:1:\d+: spec\.lsmhooks\[0\].* file_open can't be refused here: /,
      /d\.yaml:1:\d+: spec\.tracepoints\[0\].* Override can't be used in tracepoints; allowed: /,
      /e\.yaml:1:\d+: spec\.uprobes\[0\].* replacing a function of a program is not possible/,
      /f\.yaml:1:\d+: spec\.kprobes\[0\].* use one of them, or two policies/,
    ];
    expect(agent.problems).toEqual(reasons.map((reason) => expect.stringMatching(reason)));
  });

  test('and Sigkill in two policies on one call: both are done', async () => {
    const agent = await stage.start({
      deny: refusing('tcp_connect', sock, -EPERM),
      kill: onCall('sys_connect', address(1), { action: 'Sigkill' }),
    });
    expect(agent.problems).toEqual([]);
    await stage.arm('deny');
    await stage.arm('kill');
    const ended = await connect4();
    expect(ended).toMatchObject(KILLED);
    const hits = await stage.hitsOf(ended);
    expect(hits.map(({ policyName }) => policyName)).toEqual(['kill', 'deny']);
    expect(hits.map(outcomeOf)).toMatchObject([{ outcome: 'applied' }, { outcome: 'applied' }]);
  });

  test('without an event', async () => {
    const agent = await stage.start({
      silent: onCall(
        'sys_connect',
        address(1),
        { action: 'Override', argError: -EACCES },
        { action: 'NoPost' },
      ),
    });
    await stage.arm('silent');
    const ended = await connect4();
    expect(errnoOf(ended)).toBe(EACCES);
    expect(await stage.hitsOf(ended)).toEqual([]);
    const { counts } = await agent.status('silent');
    expect(counts).toMatchObject({ matched: 1, overridden: 1, posted: 0 });
  });
});

test('Sigkill with NoPost: acts, counts, and says nothing', async () => {
  const actions = [{ action: 'Sigkill' }, { action: 'NoPost' }];
  const agent = await stage.start({ silent: { kprobes: [onWrites(file, stage.deeds, actions)] } });
  await stage.arm('silent');
  const ended = await stage.play('write', file, 1, 1);
  expect(ended).toMatchObject(KILLED);
  expect(await stage.hitsOf(ended)).toEqual([]);
  const { counts } = await agent.status('silent');
  expect(counts).toMatchObject({ matched: 1, posted: 0, killed: 1 });
});

test('several actions of one selector: each is done, the gravest is named', async () => {
  const actions = [
    { action: 'Post', kernelStackTrace: true, userStackTrace: true },
    { action: 'Signal', argSig: 10 },
    { action: 'Sigkill' },
  ];
  const agent = await stage.start({ all: { kprobes: [onWrites(file, stage.deeds, actions)] } });
  expect(agent.problems).toEqual([]);
  await stage.arm('all');
  const ended = await stage.play('write', file, 1, 1);
  expect(ended).toMatchObject(KILLED);
  expect(await stage.hitsOf(ended)).toMatchObject([
    {
      action: 'KPROBE_ACTION_SIGKILL',
      trigon: { outcome: 'applied', signal: 'SIGKILL' },
      kernelStackTrace: expect.arrayContaining([{ address: expect.any(BigInt) }]),
      userStackTrace: expect.arrayContaining([{ address: expect.any(BigInt) }]),
    },
  ]);
});
