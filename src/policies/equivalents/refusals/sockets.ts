import type { Refusal } from './types.ts';

/** Sockets (net/socket.c) and System V's ways of passing data (ipc/). */
export const SOCKET_REFUSALS: readonly Refusal[] = [
  { syscalls: ['socket', 'socketpair'], hooks: ['socket_create'] },
  { syscalls: ['bind'], hooks: ['socket_bind'] },
  { syscalls: ['connect'], hooks: ['socket_connect'] },
  { syscalls: ['listen'], hooks: ['socket_listen'] },
  // Before the protocol is asked for a connection: it stays in the queue.
  { syscalls: ['accept', 'accept4'], hooks: ['socket_accept'] },
  { syscalls: ['sendto', 'sendmsg', 'sendmmsg'], hooks: ['socket_sendmsg'] },
  { syscalls: ['recvfrom', 'recvmsg', 'recvmmsg'], hooks: ['socket_recvmsg'] },
  { syscalls: ['shutdown'], hooks: ['socket_shutdown'] },
  { syscalls: ['setsockopt'], hooks: ['socket_setsockopt'] },
  { syscalls: ['getsockopt'], hooks: ['socket_getsockopt'] },
  { syscalls: ['getsockname'], hooks: ['socket_getsockname'] },
  { syscalls: ['getpeername'], hooks: ['socket_getpeername'] },
  // Making one, and getting one that is there.
  { syscalls: ['shmget'], hooks: ['shm_alloc_security', 'shm_associate'] },
  { syscalls: ['shmat'], hooks: ['shm_shmat'] },
  { syscalls: ['shmctl'], hooks: ['shm_shmctl'] },
  { syscalls: ['semget'], hooks: ['sem_alloc_security', 'sem_associate'] },
  { syscalls: ['semop', 'semtimedop'], hooks: ['sem_semop'] },
  { syscalls: ['semctl'], hooks: ['sem_semctl'] },
  { syscalls: ['msgget'], hooks: ['msg_queue_alloc_security', 'msg_queue_associate'] },
  { syscalls: ['msgsnd'], hooks: ['msg_queue_msgsnd'] },
  { syscalls: ['msgrcv'], hooks: ['msg_queue_msgrcv'] },
  { syscalls: ['msgctl'], hooks: ['msg_queue_msgctl'] },
];
