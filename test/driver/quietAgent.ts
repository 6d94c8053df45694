import { startAgentClient } from '../../src/agent/client.ts';
import type { AgentOptions, ExportOptions, FromAgent } from '../../src/agent/messages.ts';
import { NO_DETAIL_OPTIONS } from '../../src/agent/messages.ts';
import { TEST_NODE } from './agent.ts';
import { withCompileCache } from './compileCache.ts';

export type QuietAgent = {
  readonly notices: readonly string[];
  /** Resolves when it is gone. */
  stop(): Promise<void>;
};

/** An agent without a screen, as `trigon agent` runs it: in a worker thread of this process. Resolves when its policies are loaded. */
export async function startQuietAgent(options: Partial<AgentOptions>): Promise<QuietAgent> {
  const notices: string[] = [];
  const loaded = Promise.withResolvers<void>();
  const client = withCompileCache(() =>
    startAgentClient(
      {
        ...{ node: TEST_NODE, output: { kind: 'none' }, ringBytes: 4 << 20, policies: [] },
        ...{ variables: {}, allowNetworkActions: false, detail: NO_DETAIL_OPTIONS, protect: [] },
        ...options,
      },
      (message: FromAgent) => {
        if (message.type === 'notice') notices.push(message.text);
        if (message.type === 'failed') loaded.reject(new Error(message.message));
        if (message.type !== 'loaded') return;
        if (message.problems.length === 0) loaded.resolve();
        else loaded.reject(new Error(message.problems.join('\n')));
      },
    ),
  );
  try {
    await loaded.promise;
  } catch (error) {
    await client.stop();
    throw error;
  }
  return { notices, stop: () => client.stop() };
}

/** Into this file, everything, never rotated. */
export const exportInto = (file: string): ExportOptions => ({
  ...{ file, maxBytes: 0, maxBackups: 0, rotationMs: 0, compress: false, mode: 0o600 },
  ...{ allow: '', deny: '', fields: '', perMinute: undefined, aggregation: undefined },
});
