import type { Socket } from 'node:net';

/** Whoever comes must say who they are soon; those who have are never turned away for those who haven't. */
export type Door = {
  /** Somebody has come, and may be anybody. */
  come(socket: Socket): void;
  /** They have shown what they need to. @returns whether there was room; else the connection is closed */
  enter(socket: Socket): boolean;
  close(): void;
};

/** A certificate and the handshake take milliseconds, seconds over a bad line. */
const GREETING_MS = 5000;
/** Connections that may say nothing at once; for one more the oldest of them goes. */
export const MAX_WAITING = 64;
export const MAX_CLIENTS = 16;

export function createDoor(greetingMs = GREETING_MS): Door {
  /** In the order in which they came. */
  const waiting = new Map<Socket, NodeJS.Timeout>();
  const inside = new Set<Socket>();
  const forget = (socket: Socket) => {
    clearTimeout(waiting.get(socket));
    waiting.delete(socket);
  };
  return {
    come(socket) {
      const [oldest] = waiting.keys();
      if (oldest && waiting.size >= MAX_WAITING) {
        forget(oldest);
        oldest.destroy();
      }
      waiting.set(
        socket,
        setTimeout(() => socket.destroy(), greetingMs),
      );
      socket.once('close', () => {
        forget(socket);
        inside.delete(socket);
      });
    },
    enter(socket) {
      if (!waiting.has(socket)) return false;
      forget(socket);
      if (inside.size >= MAX_CLIENTS) {
        socket.destroy();
        return false;
      }
      inside.add(socket);
      return true;
    },
    close() {
      for (const socket of [...waiting.keys(), ...inside]) socket.destroy();
    },
  };
}
