import { AGENT_SOCKET } from '../agent/attach/socket.ts';
import { CONFIG_OPTIONS } from './configOptions.ts';
import { OPTIONS } from './options.ts';
import { type OptionValues, UsageError } from './optionValues.ts';
import { RUNNING_AGENT } from './runningAgentOptions.ts';

/** How the screen looks for a running agent. */
export type AttachChoice = {
  /** undefined: it doesn't. */
  socket: string | undefined;
  /** The operator asked for this one: nothing else will do. */
  isGiven: boolean;
  /** Options on the command line that a running agent has had at its own start. */
  foreign: readonly string[];
};

/** Where an agent listens for screens; undefined: nowhere. */
export function agentSocketOf(values: OptionValues): string | undefined {
  const socket = values.text('agent-socket') ?? AGENT_SOCKET;
  return socket === 'none' ? undefined : socket;
}

/** @throws UsageError */
export function attachChoice(values: OptionValues): AttachChoice {
  const socket = agentSocketOf(values);
  const isGiven = values.isGiven('agent-socket') && socket !== undefined;
  const isStandalone = values.isSet('standalone');
  if (isGiven && isStandalone)
    throw new UsageError('--agent-socket is about a running agent, and --standalone about none');
  return {
    socket: isStandalone ? undefined : socket,
    isGiven,
    foreign: AGENTS_OWN.filter((name) => values.isGiven(name)),
  };
}

/** They mean something for a screen that is attached, too. */
const SHARED: ReadonlySet<string> = new Set([
  'read-only',
  'agent-socket',
  ...CONFIG_OPTIONS.map(({ name }) => name),
]);

const AGENTS_OWN: readonly string[] = OPTIONS.filter(
  ({ name, commands }) =>
    RUNNING_AGENT.every((command) => commands.includes(command)) && !SHARED.has(name),
).map(({ name }) => name);
