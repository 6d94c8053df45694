import { mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { HookStatus, PolicyDescription } from '../../src/agent/messages.ts';
import { type AgentUnderTest, startAgent } from '../driver/agent.ts';
import { run } from '../driver/command.ts';
import { compileProgram } from '../driver/compile.ts';
import { until } from '../driver/until.ts';
import { callAt, evidenceOf, type Hit, hitOf, isExpected } from './hit.ts';
import type { ExpectedEvent, Trigger, TriggerHost } from './trigger.ts';

/** A temporary folder with trigger.c's program in it. */
export type Ground = { readonly folder: string; readonly program: string; remove(): void };

/** What became of a policy file in a real agent, in monitor mode. */
export type Observation = {
  /** What the agent said against it, with places as `line:column: field`. */
  readonly problems: readonly string[];
  readonly hooks: readonly ObservedHook[];
  /** Expected events that did not come. */
  readonly missed: readonly ExpectedEvent[];
};

export type ObservedHook = Pick<HookStatus, 'call' | 'obtained' | 'points'> & {
  /** Events of the trigger's processes. */
  readonly events: number;
  /** One of them, preferably an expected one; undefined: none came. */
  readonly evidence: string | undefined;
};

/** Values for the placeholders of the corpus. */
const VARIABLES = { PODCIDR: '10.44.0.0/14', SERVICECIDR: '10.48.0.0/20' };
/** Some of the policies tell of every system call of the machine. */
const RING_BYTES = 16 << 20;
/** How long an event may take, and how often a trigger is tried: a flood may make the ring lose it. */
const PATIENCE_MS = 3_000;
const ATTEMPTS = 3;

export function openGround(): Ground {
  const folder = mkdtempSync(join(tmpdir(), 'trigon-corpus-'));
  const program = join(folder, 'trigger');
  const source = fileURLToPath(new URL('trigger.c', import.meta.url));
  compileProgram(source, program, ['-Wno-unused-result', '-lutil']);
  mkdirSync(join(folder, 'mount'));
  for (const name of ['.bashrc', 'module.ko', 'liblzma.so.5.6.1'])
    writeFileSync(join(folder, name), `${name}\n`);
  writeFileSync(join(folder, 'script'), '/bin/true\n:\n');
  return { folder, program, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Loads a policy file, does the trigger's deeds, and tells what was seen. @param trigger undefined: it is only loaded */
export async function observe(
  file: string,
  trigger: Trigger | undefined,
  ground: Ground,
): Promise<Observation> {
  const path = join(ground.folder, basename(file));
  writeFileSync(path, edited(readFileSync(file, 'utf8'), trigger));
  const described = new Map<number, PolicyDescription>();
  const agent = await startAgent(
    {
      policies: [{ path, mode: 'monitor' }],
      variables: VARIABLES,
      ringBytes: RING_BYTES,
    },
    (message) => {
      if (message.type === 'policies')
        for (const policy of message.changed) described.set(policy.id, policy);
    },
  );
  try {
    const isLoaded = described.size > 0;
    const { hits, missed } =
      trigger && isLoaded ? await pull(agent, trigger, ground) : { hits: [], missed: [] };
    const expected = hits.filter((each) => each.isExpected);
    const hooks = [...described.values()].flatMap((policy) =>
      policy.hooks.map((hook): ObservedHook => {
        const calls = callsOf(hook);
        const own = hits.filter((each) => calls.has(each.hit.call));
        const best = own.find((each) => expected.includes(each)) ?? own[0];
        return {
          call: hook.call,
          obtained: hook.obtained,
          points: hook.points,
          events: own.length,
          evidence: best && evidenceOf(best.hit, ground.folder),
        };
      }),
    );
    const problems = agent.problems.map((text) => text.replace(`${path}:`, ''));
    return { problems, hooks, missed };
  } finally {
    await agent.stop();
  }
}

function edited(text: string, trigger: Trigger | undefined): string {
  let result = text;
  for (const [from, to] of trigger?.edits?.(thisHost()) ?? []) {
    if (!result.includes(from)) throw new Error(`the policy has no ${from} to replace`);
    result = result.replaceAll(from, to);
  }
  return result;
}

export function thisHost(): TriggerHost {
  const namespace = (kind: string) => /\d+/.exec(readlinkSync(`/proc/self/ns/${kind}`))?.[0] ?? '0';
  return { pid: process.pid, namespaces: { pid: namespace('pid'), mnt: namespace('mnt') } };
}

/** What events of the hook are of. */
const callsOf = ({ points }: Pick<HookStatus, 'points'>): ReadonlySet<string> =>
  new Set(points.flatMap(({ names }) => (names ? [callAt(names)] : [])));

type FoundHit = { readonly hit: Hit; readonly isExpected: boolean };

async function pull(
  agent: AgentUnderTest,
  trigger: Trigger,
  ground: Ground,
): Promise<{ hits: FoundHit[]; missed: ExpectedEvent[] }> {
  const pids = new Set<number>();
  let hits: FoundHit[] = [];
  let missed: ExpectedEvent[] = [];
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    agent.forgetEvents();
    const output: string[] = [];
    for (const deeds of trigger.deeds) {
      const words = deeds.replaceAll('{folder}', ground.folder).split(' ');
      const ended = await run(ground.program, words, { cwd: ground.folder });
      // What other programs end with is no matter of ours: nobody listens where curl is sent.
      if (ended.code !== 0 && !words.includes('exec'))
        throw new Error(
          `trigger ${deeds}: ${ended.stderr.trim() || `ended with ${ended.code ?? ended.signal}`}`,
        );
      pids.add(ended.pid);
      output.push(...ended.stdout.split(/\s+/).filter((word) => word !== ''));
    }
    const expected = trigger.expects({ folder: ground.folder, output });
    missed = [...expected];
    hits = [];
    const isOurs = (hit: Hit) =>
      pids.has(hit.pid ?? 0) ||
      pids.has(hit.parentPid ?? 0) ||
      hit.binary.startsWith(`${ground.folder}/`);
    const look = () => {
      for (const event of agent.events) {
        const hit = hitOf(event);
        if (!hit) continue;
        const found = expected.filter(
          (each) => (each.ofAnyProcess || isOurs(hit)) && isExpected(hit, each),
        );
        if (found.length > 0 || isOurs(hit)) hits.push({ hit, isExpected: found.length > 0 });
        missed = missed.filter((each) => !found.includes(each));
      }
      agent.forgetEvents();
      return missed.length === 0;
    };
    if (await until(look, { limitMs: PATIENCE_MS })) break;
  }
  return { hits, missed };
}
