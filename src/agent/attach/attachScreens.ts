import { projectRoot } from '../client.ts';
import type { PrivateServer } from '../control/privateServer.ts';
import type { AgentOptions, FromAgent } from '../messages.ts';
import { createHub, type Hub, type HubHost } from './hub.ts';
import { ownIdentity } from './identity.ts';
import { startAttachServer } from './server.ts';

/** The screens of an agent that runs by itself. */
export type AttachedScreens = {
  readonly hub: Hub;
  /** The agent can answer from now on. */
  listen(): void;
  /** Resolves when the screens know that the agent has ended. */
  close(): Promise<void>;
};

type Host = Omit<HubHost, 'warn' | 'log'> & {
  /** For everybody. */
  tell(message: FromAgent): void;
  /** For the main thread, which writes the log. */
  tellMain(message: FromAgent): void;
};

/** @returns undefined when the options have no socket for them */
export function attachScreens(options: AgentOptions, host: Host): AttachedScreens | undefined {
  const { attachSocket, node, readOnly = false } = options;
  if (attachSocket === undefined) return undefined;
  const hub = createHub({
    ...host,
    warn: (text) => host.tell({ type: 'notice', level: 'warning', text }),
    log: (text) => host.tellMain({ type: 'notice', level: 'info', text }),
  });
  let server: PrivateServer | undefined;
  return {
    hub,
    listen() {
      const greeting = { ...ownIdentity(projectRoot()), pid: process.pid, node, readOnly };
      server = startAttachServer(attachSocket, greeting, hub);
      server.ready.catch((error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error);
        host.tellMain({
          type: 'notice',
          level: 'warning',
          text: `screens can't attach: ${reason}`,
        });
      });
    },
    async close() {
      await hub.close();
      server?.close();
    },
  };
}
