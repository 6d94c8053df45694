import { AttachError, findAgent } from '../agent/attach/client.ts';
import { startAgentClient } from '../agent/client.ts';
import { journalLine } from '../agent/journalBook.ts';
import { describeLost } from '../agent/lost.ts';
import type { AgentOptions, FromAgent, LostCounts } from '../agent/messages.ts';
import { escapeLines, escapeText } from '../events/text.ts';
import type { HeadlessOptions } from './commandLine.ts';
import { policyOptionsOf, policySources } from './policySources.ts';

/**
 * `trigon agent`: no screen and no lines; events go where the services of the options take them, and to screens that attach. What
 * happens is logged on standard error. Ends in order on SIGINT, SIGTERM and SIGHUP, and when its guardian is gone. Resolves to the
 * exit code.
 */
export async function runHeadless(options: HeadlessOptions): Promise<number> {
  const { promise: over, resolve: end } = Promise.withResolvers<number>();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => end(0));
  process.on('disconnect', () => end(0));
  const obstacle = await obstacleTo(options);
  if (obstacle !== undefined) {
    note(obstacle);
    return leave(1);
  }
  let lost: LostCounts | undefined;
  /** What was said of policy files when they were looked at last: only what is new is told. */
  let told = new Set<string>();
  const policies = new Set<number>();
  const agentOptions = agentOptionsOf(options);
  const onMessage = (message: FromAgent) => {
    switch (message.type) {
      case 'ready':
        return note(startText(agentOptions));
      case 'policies':
        for (const { id } of message.changed) policies.add(id);
        for (const id of message.removed) policies.delete(id);
        return;
      case 'loaded': {
        const warnings = message.warnings.map((warning) => `warning: ${warning}`);
        const now = [...message.problems, ...warnings];
        for (const line of now) if (!told.has(line)) note(line);
        told = new Set(now);
        return note(`${policies.size} policies are loaded`);
      }
      case 'journal':
        // Names of policies and operators stay on their line.
        return note(escapeText(journalLine(message.entry)));
      case 'notice':
        return note(message.text);
      case 'failed':
        note(`${message.message}\n  ${message.remedy}`);
        return end(1);
      case 'stopped':
        lost = message.lost;
        return;
    }
  };
  const agent = startAgentClient(agentOptions, onMessage);
  const code = await over;
  await agent.stop();
  if (lost) note(`ended, ${describeLost(lost)}`);
  return leave(code);
}

function leave(code: number): number {
  if (process.connected) process.disconnect?.();
  return code;
}

/** Screens look for one agent in one place: a second one would be found by nobody. */
async function obstacleTo({ agentSocket }: HeadlessOptions): Promise<string | undefined> {
  if (agentSocket === undefined) return undefined;
  try {
    const other = await findAgent(agentSocket);
    return (
      other &&
      `an agent runs already (pid ${other.pid}, ${agentSocket}): end it, or listen elsewhere with --agent-socket`
    );
  } catch (error) {
    if (error instanceof AttachError) return error.message;
    throw error;
  }
}

const agentOptionsOf = (options: HeadlessOptions): AgentOptions => ({
  node: options.node,
  output: { kind: 'none' },
  ringBytes: options.ringBytes,
  ...policyOptionsOf(options),
  // The library's are switched off: they cost nothing, and a screen that comes later has them.
  policies: policySources(options),
  detail: options.detail,
  cgroupRate: options.cgroupRate,
  ...options.services,
  attachSocket: options.agentSocket,
  protect: [process.ppid],
});

/** `agent 4711 on host1: screens at …, trigon policy at …, export to …`. */
function startText(options: AgentOptions): string {
  const { node, attachSocket, controlSocket, exportFile, record, grpc, metrics } = options;
  const places = [
    attachSocket === undefined ? 'no screens' : `screens at ${attachSocket}`,
    ...(controlSocket === undefined ? [] : [`"trigon policy" at ${controlSocket}`]),
    ...(exportFile === undefined ? [] : [`export to ${exportFile.file}`]),
    ...(record === undefined ? [] : [`recording to ${record}`]),
    ...(grpc === undefined ? [] : [`gRPC at ${grpc.address}`]),
    ...(metrics === undefined ? [] : [`metrics at ${metrics.host}:${metrics.port}`]),
    ...(options.readOnly ? ['read-only'] : []),
  ];
  return `agent ${process.pid} on ${node}: ${places.join(', ')}`;
}

/** Lines on standard error, which systemd keeps; they may quote files and the kernel. */
function note(text: string): void {
  process.stderr.write(`trigon: ${escapeLines(text)}\n`);
}
