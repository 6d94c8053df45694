/** Policies about the network. */
import assert from 'node:assert/strict';
import { run } from '../../driver/command.ts';
import { BUSYBOX } from '../ground.ts';
import { type Attempt, attempt, type Scenario } from './scenario.ts';
import { args, byBinaries, equal, filter, SIGKILL } from './selectors.ts';

/** An address of this machine that is not on loopback's network (RFC 5737). */
const OUTSIDE = '192.0.2.1';
const LOOPBACK = '127.0.0.1';
/** Nobody listens there, so that a connection that is let through is refused at once: ECONNREFUSED. */
const PORT = '4711';
const NOBODY_LISTENS = '-1 111\n';

const addOutside = () => run(BUSYBOX, ['ip', 'addr', 'add', `${OUTSIDE}/32`, 'dev', 'lo']);

/** Succeeds when the packet came to where nobody listens. */
const connects =
  (program: string, host: string): Attempt =>
  async () => {
    const ended = await run(program, ['connect', host, PORT]);
    const effect = ended.stdout === NOBODY_LISTENS;
    return { ended: effect ? { ...ended, stdout: '' } : ended, effect };
  };

export const NETWORK_SCENARIOS: readonly Scenario[] = [
  {
    name: 'tcp_connect outside a network is killed',
    spec: {
      kprobes: [
        {
          ...{ call: 'tcp_connect', syscall: false, args: args('sock') },
          selectors: [
            {
              matchArgs: [filter(0, 'NotDAddr', '127.0.0.0/8', '10.0.0.0/8')],
              matchBinaries: byBinaries('/usr/bin/curl'),
              matchActions: [SIGKILL],
            },
          ],
        },
      ],
    },
    example: 'tracingpolicy/tcp-connect-only-local-addrs.yaml',
    async play({ victim, standIn, kills, ignores }) {
      await addOutside();
      const curl = standIn('/usr/bin/curl');
      await kills(connects(curl, OUTSIDE));
      await ignores(connects(curl, LOOPBACK));
      await ignores(connects(victim(), OUTSIDE));
    },
  },
  {
    name: 'DNS is for the given servers only',
    spec: {
      kprobes: [
        {
          ...{ call: 'ip_output', syscall: false, args: [{ index: 2, type: 'skb' }] },
          selectors: [
            {
              matchArgs: [
                filter(2, 'Protocol', 'IPPROTO_TCP', 'IPPROTO_UDP'),
                filter(2, 'DPort', '53'),
                filter(2, 'NotDAddr', '127.0.0.53'),
              ],
              matchActions: [SIGKILL],
            },
          ],
        },
      ],
    },
    example: 'tracingpolicy/dns-only-specified-servers.yaml',
    async play({ victim, kills, ignores }) {
      await addOutside();
      const by = victim();
      const sends = (host: string, port: string) => attempt(by, ['datagram', host, port]);
      await kills(sends(OUTSIDE, '53'));
      await ignores(sends('127.0.0.53', '53'));
      await ignores(sends(OUTSIDE, '54'));
    },
  },
  {
    name: 'who accepts a connection is told by TrackSock',
    spec: {
      kprobes: [
        {
          ...{ call: 'sk_alloc', syscall: false, return: true },
          args: [{ index: 1, type: 'int', label: 'Family' }],
          ...{ returnArg: { index: 0, type: 'sock' }, returnArgAction: 'TrackSock' },
          selectors: [{ matchArgs: [equal(1, '2')] }],
        },
        {
          ...{ call: '__sk_free', syscall: false, args: args('sock') },
          selectors: [{ matchActions: [{ action: 'UntrackSock', argSock: 0 }] }],
        },
        {
          ...{ call: 'tcp_set_state', syscall: false, args: args('sock', 'int') },
          selectors: [{ matchArgs: [filter(0, 'State', 'TCP_SYN_RECV'), equal(1, '1')] }],
        },
        {
          ...{ call: 'tcp_create_openreq_child', syscall: false, return: true },
          ...{ args: args('sock'), returnArg: { index: 0, type: 'sock' } },
          returnArgAction: 'TrackSock',
        },
      ],
    },
    example: 'tracingpolicy/tcp-accept.yaml',
    async play({ victim, tells }) {
      // Its child connects, and in that one's time an interrupt does the work of both ends.
      const calls = (await tells(attempt(victim(), ['accept', LOOPBACK]))).map(({ call }) => call);
      for (const call of ['sk_alloc', 'tcp_create_openreq_child', 'tcp_set_state', '__sk_free'])
        assert(calls.includes(call), `no ${call} of who accepts: ${calls.join(', ')}`);
    },
  },
];
