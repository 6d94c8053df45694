import { available, bySyscalls, cgroupPoint, entryOf, rawTracepoint } from './points.ts';
import {
  address,
  addressAtHand,
  constant,
  isOneOf,
  isProtocol,
  number,
  sock,
  socketAtHand,
} from './sources.ts';
import type { Equivalent, EquivalentPoint } from './types.ts';

const IPPROTO_TCP = 6;
const IPPROTO_UDP = 17;

const INET_ONLY = 'while it enforces, tells and refuses only IPv4 and IPv6 sockets';

/** The calls that a cgroup program can refuse: what stands for the parameters of the function in it. */
const refuse = (
  program: 'connect' | 'bind' | 'sendmsg' | 'socket',
  parameters: EquivalentPoint['parameters'],
  differs: readonly string[] = [],
) => [cgroupPoint(program, parameters, { differs: [INET_ONLY, ...differs] })];

const CONNECT_REFUSAL = refuse('connect', [socketAtHand, addressAtHand, undefined]);
const BIND_REFUSAL = refuse('bind', [socketAtHand, addressAtHand, undefined]);
const SENDMSG_REFUSAL = refuse(
  'sendmsg',
  [socketAtHand, undefined, undefined],
  ['only datagrams sent to an address are refused'],
);
const SOCKET_REFUSAL = refuse('socket', [number(0), number(1), number(2), constant(0)]);

/** Cgroup programs that refuse system calls, with what stands there for the call's arguments. */
export const SYSCALL_REFUSALS: Readonly<Record<string, readonly EquivalentPoint[]>> = {
  connect: refuse('connect', [undefined, addressAtHand, undefined]),
  bind: refuse('bind', [undefined, addressAtHand, undefined]),
  sendto: refuse(
    'sendmsg',
    [undefined, undefined, undefined, undefined, addressAtHand],
    ['only datagrams sent to an address are refused'],
  ),
  socket: refuse('socket', [number(0), number(1), number(2)]),
};

const TCP_STATE = 'raw tracepoint inet_sock_set_state';

/** enum tcp states, include/net/tcp_states.h */
const ESTABLISHED = 1;
const SYN_SENT = 2;
const SYN_RECV = 3;
const FIN_WAIT1 = 4;
const CLOSE = 7;
const CLOSE_WAIT = 8;
const LAST_ACK = 9;
const LISTEN = 10;

const tcp = isProtocol(sock(0), IPPROTO_TCP);
const becomes = (...states: number[]) => isOneOf(number(2), ...states);
const was = (...states: number[]) => isOneOf(number(1), ...states);

/** inet_sock_set_state(sk, oldstate, newstate) */
const stateChange = (
  parameters: EquivalentPoint['parameters'],
  requires: EquivalentPoint['requires'],
  sigkill: string,
  differs: readonly string[] = [],
): EquivalentPoint =>
  rawTracepoint('inet_sock_set_state', parameters, {
    requires: [tcp, ...requires],
    sigkill,
    differs,
  });

const NO_STATES = { reason: `this kernel has no ${TCP_STATE}`, remedy: undefined };
const CONNECTS =
  'the connection request is still sent; the process dies before it can use the connection';
const MAY_BE_INTERRUPT =
  'some changes of state come from the network and are told in an interrupt: the process at hand is then not the socket’s, and no action hits it';

const atSynSent = stateChange([sock(0)], [becomes(SYN_SENT)], CONNECTS, [
  'the source port is 0 unless the socket was bound',
]);

const connectByOps: EquivalentPoint = {
  attachment: { kind: 'sockOps' },
  obtained: 'cgroup sock_ops TCP_CONNECT_CB',
  differs: [
    'not seen: connections of processes outside the cgroup v2 tree that the program is attached to',
  ],
  sigkill: 'no signal can be sent from here',
  canSignal: false,
  canOverride: false,
  parameters: [socketAtHand],
  returns: undefined,
  requires: [],
};

/** sock_send_length(sk, ret, flags) and sock_recv_length(sk, ret, flags): told when the call has been done. */
const transferred = (
  functions: readonly string[],
  parameters: readonly string[],
  name: 'sock_send_length' | 'sock_recv_length',
  protocol: number,
): Equivalent => ({
  functions,
  parameters,
  find: (host) =>
    available(
      host,
      {
        tell: [
          rawTracepoint(
            name,
            [sock(0), undefined, number(1), number(2)].slice(0, parameters.length),
            {
              returns: number(1),
              requires: [isProtocol(sock(0), protocol)],
              differs: [
                'told when the call has been done: the size is that of what was really transferred, or a negative error',
                'not seen: transfers by the kernel itself',
              ],
              sigkill: 'the data has been transferred; the process dies before it goes on',
            },
          ),
        ],
      },
      { reason: `this kernel has no tracepoint sock:${name}`, remedy: 'a kernel since 6.3' },
    ),
});

export const SOCKETS: readonly Equivalent[] = [
  {
    functions: ['tcp_connect', 'tcp_v4_connect', 'tcp_v6_connect'],
    parameters: ['sk'],
    find: (host) => {
      const override = [
        cgroupPoint('connect', [socketAtHand], {
          requires: [isProtocol(socketAtHand, IPPROTO_TCP)],
          differs: ['while it enforces, told before the source port is chosen'],
        }),
      ];
      return host.cgroupRoot === undefined
        ? available(host, { tell: [atSynSent] }, NO_STATES)
        : available(host, { tell: [connectByOps], signal: [atSynSent], override }, NO_STATES);
    },
  },
  {
    functions: ['tcp_set_state'],
    parameters: ['sk', 'state'],
    find: (host) =>
      available(
        host,
        {
          tell: [
            stateChange([sock(0), number(2)], [], 'the change of state happens all the same', [
              MAY_BE_INTERRUPT,
            ]),
          ],
        },
        NO_STATES,
      ),
  },
  {
    functions: ['tcp_close'],
    parameters: ['sk', 'timeout'],
    find: (host) => {
      const differs = [
        'told when the connection begins to end: also at a shutdown for writing, and when the network ends it',
        MAY_BE_INTERRUPT,
      ];
      const sigkill = 'the connection is closed all the same';
      return available(
        host,
        {
          tell: [
            stateChange([sock(0), undefined], [becomes(FIN_WAIT1, LAST_ACK)], sigkill, differs),
            stateChange(
              [sock(0), undefined],
              [becomes(CLOSE), was(ESTABLISHED, SYN_SENT, SYN_RECV, CLOSE_WAIT, LISTEN)],
              sigkill,
              differs,
            ),
          ],
        },
        NO_STATES,
      );
    },
  },
  {
    functions: ['inet_csk_listen_start'],
    parameters: ['sk'],
    find: (host) =>
      available(
        host,
        {
          tell: [
            stateChange(
              [sock(0)],
              [becomes(LISTEN)],
              'the process dies before it can accept a connection',
            ),
          ],
        },
        NO_STATES,
      ),
  },
  {
    functions: ['tcp_create_openreq_child'],
    parameters: ['sk', 'req', 'skb'],
    find: (host) =>
      available(
        host,
        {
          tell: [
            {
              ...stateChange(
                [undefined, undefined, undefined],
                [becomes(SYN_RECV)],
                'the connection is there all the same',
                [
                  'the listening socket is not told, only the new one as the return value',
                  MAY_BE_INTERRUPT,
                ],
              ),
              returns: sock(0),
            },
          ],
        },
        NO_STATES,
      ),
  },
  transferred(
    ['tcp_sendmsg', 'tcp_sendmsg_locked'],
    ['sk', 'msg', 'size'],
    'sock_send_length',
    IPPROTO_TCP,
  ),
  transferred(['tcp_recvmsg'], ['sk', 'msg', 'len', 'flags'], 'sock_recv_length', IPPROTO_TCP),
  transferred(
    ['udp_sendmsg', 'udpv6_sendmsg'],
    ['sk', 'msg', 'len'],
    'sock_send_length',
    IPPROTO_UDP,
  ),
  transferred(
    ['udp_recvmsg', 'udpv6_recvmsg'],
    ['sk', 'msg', 'len', 'flags'],
    'sock_recv_length',
    IPPROTO_UDP,
  ),
  bySyscalls(
    ['security_socket_connect', 'inet_stream_connect', 'inet_dgram_connect'],
    ['sock', 'address', 'addrlen'],
    { connect: [socketAtHand, address(1), number(2)] },
    { override: CONNECT_REFUSAL },
  ),
  bySyscalls(
    ['security_socket_bind', 'inet_bind', 'inet6_bind'],
    ['sock', 'address', 'addrlen'],
    { bind: [socketAtHand, address(1), number(2)] },
    { override: BIND_REFUSAL },
  ),
  bySyscalls(
    ['security_socket_create'],
    ['family', 'type', 'protocol', 'kern'],
    {
      socket: [number(0), number(1), number(2), constant(0)],
      socketpair: [number(0), number(1), number(2), constant(0)],
    },
    {
      override: SOCKET_REFUSAL,
      differs: ['the type still has the flags SOCK_NONBLOCK and SOCK_CLOEXEC in it'],
    },
  ),
  bySyscalls(
    ['security_socket_sendmsg'],
    ['sock', 'msg', 'size'],
    [
      entryOf('sendto', [socketAtHand, undefined, number(2)]),
      entryOf('sendmsg', [socketAtHand, undefined, undefined]),
      entryOf('sendmmsg', [socketAtHand, undefined, undefined]),
    ],
    { override: SENDMSG_REFUSAL, differs: ['not seen: write and sendfile to a socket'] },
  ),
  bySyscalls(
    ['security_socket_recvmsg'],
    ['sock', 'msg', 'size', 'flags'],
    {
      recvfrom: [socketAtHand, undefined, number(2), number(3)],
      recvmsg: [socketAtHand, undefined, undefined, number(2)],
    },
    { differs: ['not seen: read from a socket, and recvmmsg'] },
  ),
  bySyscalls(['security_socket_listen', 'inet_listen'], ['sock', 'backlog'], {
    listen: [socketAtHand, number(1)],
  }),
  bySyscalls(['security_socket_accept'], ['sock', 'newsock'], {
    accept: [socketAtHand, undefined],
    accept4: [socketAtHand, undefined],
  }),
  bySyscalls(['security_socket_shutdown', 'inet_shutdown'], ['sock', 'how'], {
    shutdown: [socketAtHand, number(1)],
  }),
  bySyscalls(['security_socket_setsockopt'], ['sock', 'level', 'optname'], {
    setsockopt: [socketAtHand, number(1), number(2)],
  }),
  bySyscalls(['security_socket_getsockopt'], ['sock', 'level', 'optname'], {
    getsockopt: [socketAtHand, number(1), number(2)],
  }),
  bySyscalls(['security_socket_getpeername'], ['sock'], { getpeername: [socketAtHand] }),
  bySyscalls(['security_socket_getsockname'], ['sock'], { getsockname: [socketAtHand] }),
  bySyscalls(['security_socket_socketpair'], ['socka', 'sockb'], {
    socketpair: [undefined, undefined],
  }),
];
