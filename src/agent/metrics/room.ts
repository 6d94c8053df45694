import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Keeps the number of connections: for one more the oldest goes on which nothing is asked, else the oldest of all. Nobody has to say who
 * they are, so whoever holds connections must not keep the others out.
 */
export function keepRoom(server: Server, most: number): void {
  /** Both in the order in which they came, or were answered. */
  const idle = new Set<Socket>();
  const busy = new Set<Socket>();
  server.on('connection', (socket) => {
    if (idle.size + busy.size >= most) {
      const [oldest] = idle.size > 0 ? idle : busy;
      // Its 'close' comes later: until then there may be more of them.
      oldest?.destroy();
      if (oldest) forget(oldest);
    }
    idle.add(socket);
    socket.once('close', () => forget(socket));
  });
  server.on('request', ({ socket }, response) => {
    if (idle.delete(socket)) busy.add(socket);
    response.once('close', () => {
      if (busy.delete(socket)) idle.add(socket);
    });
  });
  const forget = (socket: Socket) => {
    idle.delete(socket);
    busy.delete(socket);
  };
}
