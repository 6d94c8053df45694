import { startAgentClient } from '../agent/client.ts';
import { createJournalBook } from '../agent/journalBook.ts';
import { describeLost } from '../agent/lost.ts';
import type { FromAgent, LostCounts } from '../agent/messages.ts';
import { escapeLines } from '../events/text.ts';
import type { EventsOptions } from './commandLine.ts';
import { policyOptionsOf, policySources } from './policySources.ts';

/**
 * `trigon events`: lines on standard output, everything else on standard error. Ends in order on SIGINT, SIGTERM and SIGHUP,
 * when the reader closes the pipe, when the time is over, and when the guardian is gone. Resolves to the exit code.
 */
export async function runEvents(options: EventsOptions): Promise<number> {
  const started = performance.now();
  const { promise: over, resolve: end } = Promise.withResolvers<number>();
  let events = 0;
  const policies = new Set<number>();
  const journal = createJournalBook();
  /** What was said of policy files when they were looked at last: only what is new is told. */
  let told = new Set<string>();
  let isLoaded = false;
  let lost: LostCounts | undefined;

  const agent = startAgentClient(
    {
      node: options.node,
      output: {
        kind: options.output,
        color: options.color,
        timestamps: options.timestamps,
        selection: options.selection,
        limit: options.count,
        perMinute: options.perMinute,
      },
      ringBytes: options.ringBytes,
      ...policyOptionsOf(options),
      policies: policySources(options).filter(({ mode }) => mode !== 'off'),
      detail: options.detail,
      cgroupRate: options.cgroupRate,
      ...options.services,
      protect: [process.ppid],
    },
    onMessage,
  );

  function onMessage(message: FromAgent): void {
    switch (message.type) {
      case 'policies':
        for (const { id } of message.changed) policies.add(id);
        for (const id of message.removed) policies.delete(id);
        return;
      case 'loaded': {
        const now = [
          ...message.problems,
          ...message.warnings.map((warning) => `warning: ${warning}`),
        ];
        for (const line of now) if (!told.has(line)) note(line);
        told = new Set(now);
        // The other policies go on; with none left there is nothing to wait for.
        if (!isLoaded && options.policies.length > 0 && policies.size === 0) end(1);
        isLoaded = true;
        return;
      }
      case 'journal':
        journal.add(message.entry);
        return;
      case 'lines':
        events += message.count;
        process.stdout.write(message.bytes, () => {
          agent.send({ type: 'done', bytes: message.bytes.length });
          if (events === options.count) end(0);
        });
        return;
      case 'notice':
        note(message.text);
        return;
      case 'failed':
        note(`${message.message}\n  ${message.remedy}`);
        end(1);
        return;
      case 'stopped':
        lost = message.lost;
        return;
      default:
        return;
    }
  }

  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // The reader has seen enough (head, less): that is no mistake.
    if (error.code !== 'EPIPE') note(`can't write to standard output: ${error.message}`);
    end(error.code === 'EPIPE' ? 0 : 1);
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => end(0));
  process.on('disconnect', () => end(0));
  const timer =
    options.durationMs === undefined ? undefined : setTimeout(() => end(0), options.durationMs);

  const code = await over;
  clearTimeout(timer);
  await agent.stop();
  const ms = performance.now() - started;
  if (lost) note(summary(events, ms, lost));
  else if (code === 0)
    note(`${eventsIn(events, ms)}; the agent was ended before it was ready to say what is lost`);
  if (journal.armings().length > 0) note(journal.armings().join('\n'));
  if (process.connected) process.disconnect?.();
  return code;
}

/** Lines on standard error; they may quote files and the kernel, so nothing in them reaches the terminal unescaped. */
function note(text: string): void {
  process.stderr.write(`trigon: ${escapeLines(text)}\n`);
}

function summary(events: number, ms: number, lost: LostCounts): string {
  return `${eventsIn(events, ms)}, ${describeLost(lost)}`;
}

const eventsIn = (events: number, ms: number): string =>
  `${events} events in ${(ms / 1000).toFixed(1)} s`;
