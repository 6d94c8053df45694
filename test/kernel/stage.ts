import { fileURLToPath } from 'node:url';
import type { AgentOptions, FromAgent, Fuse, PolicyMode } from '../../src/agent/messages.ts';
import type { Event, EventExtension } from '../../src/events/types.ts';
import type { AddedActions } from '../../src/policies/addActions.ts';
import { type AgentUnderTest, startAgent } from '../driver/agent.ts';
import { type Ended, run } from '../driver/command.ts';
import { compileProgram } from '../driver/compile.ts';
import { openWorkshop, type Workshop } from './workshop.ts';

/** An event of a policy, whatever its hook's kind. */
export type Hit = Extract<Event, { policyName: string }>;

export const isHit = (event: Event): event is Hit => 'policyName' in event;

/** What became of the selector's actions, as an event tells. */
export const outcomeOf = ({ trigon }: Hit): EventExtension => trigon ?? {};

/**
 * The program of fixtures/deeds.c at a path that exists only here, and an agent with policies. Policies must name that path:
 * nothing else on the machine is then hit.
 */
export type Stage = {
  readonly shop: Workshop;
  readonly deeds: string;
  /** Runs the program: see fixtures/deeds.c. */
  play(...args: (string | number)[]): Promise<Ended>;
  /** Starts an agent with one policy file for each spec. Its problems are for the test. */
  start(
    specs: Readonly<Record<string, object>>,
    options?: { mode?: PolicyMode } & Partial<
      Pick<AgentOptions, 'allowNetworkActions' | 'readOnly'>
    >,
    onMessage?: (message: FromAgent) => void,
  ): Promise<AgentUnderTest>;
  /** Arms the policy and waits until it enforces. */
  arm(
    name: string,
    options?: { seconds?: number; added?: AddedActions; fuse?: Fuse },
  ): Promise<void>;
  /** Switches the policy and waits until it is. */
  setMode(name: string, mode: 'off' | 'monitor'): Promise<void>;
  /** All policy events of a process, when nothing more of it can come. */
  hitsOf(ended: Pick<Ended, 'pid'>): Promise<Hit[]>;
  /** Stops the agent, if there is one. */
  stop(): Promise<void>;
  remove(): void;
};

/** A fuse that no test blows by accident. */
const LARGE_FUSE: Fuse = { limit: 1_000_000, seconds: 600 };

export function openStage(): Stage {
  const shop = openWorkshop();
  const deeds = shop.path('deeds');
  const source = fileURLToPath(new URL('fixtures/deeds.c', import.meta.url));
  const frames = ['-fno-omit-frame-pointer', '-fno-optimize-sibling-calls'];
  compileProgram(source, deeds, ['-pthread', ...frames]);
  let agent: AgentUnderTest | undefined;
  const running = (): AgentUnderTest => {
    if (!agent) throw new Error('no agent was started');
    return agent;
  };
  const idOf = async (name: string) => (await running().waitForPolicy(name, () => true)).id;
  return {
    shop,
    deeds,
    play: (...args) => run(deeds, args.map(String)),
    async start(specs, { mode = 'monitor', ...options } = {}, onMessage = () => {}) {
      const policies = Object.entries(specs).map(([name, spec]) => ({
        path: shop.file(`policies/${name}.yaml`, policyOf(name, spec)),
        mode,
      }));
      agent = await startAgent({ policies, ...options }, onMessage);
      return agent;
    },
    async arm(name, { seconds, added = [], fuse = LARGE_FUSE } = {}) {
      running().send({ type: 'arm', policy: await idOf(name), seconds, added, fuse });
      await running().waitForPolicy(name, ({ mode }) => mode === 'enforce');
    },
    async setMode(name, mode) {
      running().send({ type: 'set-mode', policy: await idOf(name), mode });
      await running().waitForPolicy(name, (policy) => policy.mode === mode);
    },
    async hitsOf({ pid }) {
      await running().catchUp();
      return running()
        .events.filter(isHit)
        .filter(({ process }) => process.pid === pid);
    },
    async stop() {
      await agent?.stop();
      agent = undefined;
    },
    remove: shop.remove,
  };
}

/** A policy; JSON is YAML. */
export const policyOf = (name: string, spec: object): string =>
  JSON.stringify({
    apiVersion: 'cilium.io/v1alpha1',
    kind: 'TracingPolicy',
    metadata: { name },
    spec,
  });

/** A kprobe hook on writes to one file by one program. */
export const onWrites = (path: string, binary: string, actions: readonly object[]): object => ({
  call: 'security_file_permission',
  syscall: false,
  args: [
    { index: 0, type: 'file' },
    { index: 1, type: 'int' },
  ],
  selectors: [
    {
      matchArgs: [
        { index: 0, operator: 'Equal', values: [path] },
        { index: 1, operator: 'Equal', values: ['2'] },
      ],
      matchBinaries: [{ operator: 'In', values: [binary] }],
      ...(actions.length > 0 ? { matchActions: actions } : {}),
    },
  ],
});
