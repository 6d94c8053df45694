import { findAgent } from '../agent/attach/client.ts';
import { AGENT_SOCKET } from '../agent/attach/socket.ts';
import { ControlError } from '../agent/control/client.ts';
import { CONTROL_FOLDER, isAlive, listSockets, socketOf } from '../agent/control/socketPath.ts';
import type { Instance } from './policyCommandLine.ts';

/** The socket of the Trigon that a command is for. @throws ControlError */
export async function findSocket({ socket, pid }: Instance): Promise<string> {
  if (pid !== undefined) return socketOf(pid);
  const given = socket ?? process.env.TRIGON_SOCKET;
  if (given) return given;
  const running: { pid: number; path: string }[] = [];
  for (const candidate of known()) if (await isAlive(candidate.path)) running.push(candidate);
  const [only, ...others] = running;
  if (!only)
    throw new ControlError(
      `no Trigon is running here (nobody listens in ${CONTROL_FOLDER}); start one: sudo trigon, or sudo trigon events`,
    );
  if (others.length > 0)
    throw new ControlError(
      `several Trigons are running, say which with --pid: ${await listed(running)}`,
    );
  return only.path;
}

/** `4711 (the agent), 4800`. */
async function listed(running: readonly { pid: number }[]): Promise<string> {
  const agent = await findAgent(process.env.TRIGON_AGENT_SOCKET || AGENT_SOCKET).catch(
    () => undefined,
  );
  return running.map(({ pid }) => (pid === agent?.pid ? `${pid} (the agent)` : pid)).join(', ');
}

function known(): { pid: number; path: string }[] {
  try {
    return listSockets();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new ControlError(
      code === 'EACCES'
        ? `${CONTROL_FOLDER}: only root may talk to a running Trigon; run it with sudo`
        : message,
    );
  }
}
