import { hostname } from 'node:os';
import { type AgentClient, startAgentClient } from '../agent/client.ts';
import {
  type FromAgent,
  NO_DETAIL_OPTIONS,
  type PolicyDescription,
  type PolicySource,
} from '../agent/messages.ts';
import { SELECT_ALL } from '../agent/selection.ts';
import type { TrialResult } from '../agent/trial.ts';
import { escapeLines } from '../events/text.ts';
import type { PolicyCommandOptions } from './policyCommandLine.ts';
import { hostToPlanFor } from './policyHost.ts';
import {
  summarize,
  summaryText,
  type TestedKernel,
  type TestedPolicy,
  testedPolicy,
  testTable,
} from './policyTestTable.ts';
import { type WantedPolicy, wantedPolicies } from './policyWords.ts';
import { RING_BYTES } from './ringBytes.ts';

type TestOptions = Extract<PolicyCommandOptions, { command: 'test' }>;
type Variables = Readonly<Record<string, string | undefined>>;

/**
 * `trigon policy test`: tries policies in an agent of its own, in which all of them are off but the one that is tried. Exit code 1:
 * one was not seen, or seen without reason, or can't be tried because of its text.
 */
export async function runTest(
  { words, all, output }: Omit<TestOptions, 'command' | 'variables'>,
  variables: Variables,
): Promise<number> {
  const wanted = wantedPolicies(words, all, variables);
  const agent = startTrialAgent(wanted, variables);
  const table = testTable(wanted.map(({ name }) => name));
  const results: TestedPolicy[] = [];
  try {
    const loaded = await agent.loaded;
    if (output === 'text') print(table.head());
    for (const policy of wanted) {
      const tested = await tryPolicy(policy, loaded, agent);
      results.push(tested);
      if (output === 'text') print(table.row(tested));
    }
  } catch (error) {
    if (!(error instanceof TrialsEnded)) throw error;
    note(error.message);
    return 1;
  } finally {
    await agent.stop();
  }
  const summary = summarize(results);
  if (output === 'text') print(`\n${summaryText(summary)}`);
  else
    print(
      JSON.stringify(
        { ok: summary.failed === 0, kernel: testedKernel(), results, summary },
        null,
        2,
      ),
    );
  return summary.failed === 0 ? 0 : 1;
}

function testedKernel(): TestedKernel {
  const { kernel, kprobes, fentry, lsm } = hostToPlanFor().abilities;
  return { version: kernel.join('.'), kprobes, fentry, lsm };
}

async function tryPolicy(
  { name, file, errors }: WantedPolicy,
  { policies, problems }: Loaded,
  agent: TrialAgent,
): Promise<TestedPolicy> {
  const found = policies.find((policy) => policy.file === file && policy.name === name);
  if (found) return testedPolicy(await agent.test(found.id));
  const refusals = problems.filter((problem) => problem.startsWith(`${file}:`));
  const isFileWrong = errors.length > 0;
  const why = (isFileWrong ? errors : refusals).join('; ') || 'it was not loaded';
  const obtained = isFileWrong ? '' : `not here: ${why}`;
  const none = { trigger: undefined, nearMiss: undefined };
  return testedPolicy(
    { policy: name, file, verdict: 'not run', why, obtained, ...none },
    isFileWrong,
  );
}

/** The agent can't go on, or was told to end. */
class TrialsEnded extends Error {}

type Loaded = { policies: PolicyDescription[]; problems: string[] };

type TrialAgent = {
  /** @throws TrialsEnded */
  loaded: Promise<Loaded>;
  /** @throws TrialsEnded */
  test(policy: number): Promise<TrialResult>;
  stop(): Promise<void>;
};

/** Listens on no socket and shows nothing: it is in nobody's way. */
function startTrialAgent(wanted: readonly WantedPolicy[], variables: Variables): TrialAgent {
  const files = new Set(wanted.filter(({ errors }) => errors.length === 0).map(({ file }) => file));
  const policies = new Map<number, PolicyDescription>();
  const loaded = Promise.withResolvers<Loaded>();
  const ended = Promise.withResolvers<never>();
  let tested: (result: TrialResult) => void = () => {};
  // Whoever waits for something is told; nobody may be waiting.
  ended.promise.catch(() => {});

  const agent: AgentClient = startAgentClient(
    {
      node: hostname(),
      output: {
        ...{ kind: 'compact', color: false, timestamps: false, selection: SELECT_ALL },
        ...{ limit: 0, perMinute: undefined },
      },
      ringBytes: RING_BYTES,
      policies: [...files].map((path): PolicySource => ({ path, mode: 'off' })),
      variables,
      allowNetworkActions: false,
      controlSocket: undefined,
      detail: NO_DETAIL_OPTIONS,
      protect: [process.ppid],
    },
    onMessage,
  );

  function onMessage(message: FromAgent): void {
    switch (message.type) {
      case 'policies':
        for (const policy of message.changed) policies.set(policy.id, policy);
        return;
      case 'loaded':
        loaded.resolve({ policies: [...policies.values()], problems: message.problems });
        return;
      case 'tested':
        tested(message.result);
        return;
      case 'failed':
        ended.reject(new TrialsEnded(`${message.message}\n  ${message.remedy}`));
        return;
      default:
        return;
    }
  }

  const interrupt = (signal: string) => ended.reject(new TrialsEnded(`ended by ${signal}`));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => interrupt(signal));
  process.on('disconnect', () => interrupt('its launcher, which is gone'));

  return {
    loaded: Promise.race([loaded.promise, ended.promise]),
    test(policy) {
      const result = new Promise<TrialResult>((resolve) => {
        tested = resolve;
      });
      agent.send({ type: 'test-policy', request: policy, policy });
      return Promise.race([result, ended.promise]);
    },
    async stop() {
      await agent.stop();
      if (process.connected) process.disconnect?.();
    },
  };
}

const print = (text: string): void => void process.stdout.write(`${text}\n`);

/** Messages may quote files and the kernel. */
const note = (text: string): void => void process.stderr.write(`trigon: ${escapeLines(text)}\n`);
