import { existsSync } from 'node:fs';
import { AGENT_SOCKET } from '../agent/attach/socket.ts';

/** These never show a screen. */
const NO_SCREEN: ReadonlySet<string> = new Set(['--help', '-h', '--version', '-V', '-v']);
const SOCKET = '--agent-socket';

/**
 * Whether a command line is of a screen with an agent of its own, as far as can be told without reading the options (which takes as long
 * as begins meanwhile): not where an agent runs that the screen would attach to.
 * @param isThere whether there is such a file, for tests
 */
export function isAgentLikely(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  isThere: (path: string) => boolean = existsSync,
): boolean {
  const [first = '--'] = args;
  if (!first.startsWith('-') || NO_SCREEN.has(first)) return false;
  if (args.includes('--standalone') || env.TRIGON_STANDALONE === 'true') return true;
  const socket = socketIn(args) ?? env.TRIGON_AGENT_SOCKET ?? AGENT_SOCKET;
  return socket === 'none' || !isThere(socket);
}

/** As `--agent-socket PATH` or `--agent-socket=PATH`; the last one counts. */
function socketIn(args: readonly string[]): string | undefined {
  const at = args.findLastIndex((text) => text === SOCKET || text.startsWith(`${SOCKET}=`));
  return args[at] === SOCKET ? args[at + 1] : args[at]?.slice(SOCKET.length + 1);
}
