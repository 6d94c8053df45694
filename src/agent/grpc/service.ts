/** The gRPC server as the agent sees it: loaded beside the start, which doesn't wait for it. */
import type { ProcessNews } from '../../events/tetragonFilter/filters.ts';
import type { FromAgent } from '../messages.ts';
import type { Tap } from '../taps.ts';
import type { GrpcGiven, GrpcServer } from './server.ts';

export type GrpcService = Tap &
  Pick<ProcessNews, 'onFork' | 'onExit'> & {
    /** How many get events now. */
    readonly clients: number;
  };

type Given = Omit<GrpcGiven, 'notice'> & { readonly tell: (message: FromAgent) => void };

/** Without it everything else goes on: what it lacks is told. */
export function startGrpc({ tell, ...given }: Given): GrpcService {
  const notice = (text: string) => tell({ type: 'notice', level: 'warning', text });
  let server: GrpcServer | undefined;
  const starting = import('./server.ts')
    .then(({ serveGrpc }) => serveGrpc({ ...given, notice }))
    .then(
      (started) => {
        server = started;
      },
      (error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error);
        notice(`no gRPC: ${reason}`);
      },
    );
  return {
    name: 'gRPC',
    get isOpen() {
      return server?.streams.isOpen === true;
    },
    get clients() {
      return server?.streams.clients ?? 0;
    },
    add: (event) => server?.streams.add(event),
    flush: () => server?.streams.flush(),
    lost: () => ({ clients: server?.streams.lost() ?? 0 }),
    onFork: (pid, creator) => server?.streams.onFork(pid, creator),
    onExit: (pid) => server?.streams.onExit(pid),
    async close() {
      await starting;
      await server?.close();
    },
  };
}
