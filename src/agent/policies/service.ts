import type { AddedActions } from '../../policies/addActions.ts';
import { formatPolicyError } from '../../policies/model.ts';
import type { HostAbilities } from '../../policies/plan.ts';
import { isBpfError } from '../bpf/addon.ts';
import { startControl } from '../control/server.ts';
import { explainFailure } from '../failure.ts';
import type { AgentOptions, ArmingFacts, FromAgent } from '../messages.ts';
import type { Safety } from '../safety.ts';
import type { Sensor } from '../sensor.ts';
import { type ArmRequest, armingChoices, armPolicy } from './arming.ts';
import { createPolicyEngine, type PolicyEngine } from './engine.ts';
import { addPolicies, loadPolicies } from './load.ts';
import { createNoEngine } from './noEngine.ts';
import { PolicyRefusal } from './refusal.ts';

/** The engine and what brings policies to it: the options' files after the start, and `trigon policy` while it runs. */
export type PolicyService = {
  /** One that refuses everything until the first is there. */
  readonly engine: PolicyEngine;
  /** Carries a request out, and tells the operator of a refusal. */
  act(action: () => void): void;
  /** @throws PolicyRefusal */
  arm(request: ArmRequest): void;
  /** @throws PolicyRefusal when there is no such policy */
  armingChoices(policy: number): ArmingFacts['choices'];
  /** Sends which policies' descriptions are others than before: before any event of theirs goes out. */
  tellChanges(): void;
  close(): void;
};

type ServiceOptions = {
  options: AgentOptions;
  objectsDir: string;
  sensor: Sensor;
  safety: Safety;
  tell(message: FromAgent): void;
  /** Finds out what this host offers: takes a moment, and is asked for once, after the start. */
  findHost(): HostAbilities;
  /** The engine is there. */
  onEngine(engine: PolicyEngine): void;
  onProblem(error: unknown): void;
};

/** Begins to load in the next turn of the event loop: what the agent says before goes out first. */
export function startPolicies(given: ServiceOptions): PolicyService {
  const { options, tell, safety } = given;
  let engine = createNoEngine('policies are being loaded: try again in a moment');
  let host: HostAbilities | undefined;
  let isClosed = false;
  let closeControl = () => {};

  const act = (action: () => void) => {
    try {
      action();
    } catch (error) {
      if (!(error instanceof PolicyRefusal)) throw error;
      tell({ type: 'notice', level: 'warning', text: error.message });
    }
  };

  const theHost = (): HostAbilities => {
    if (!host) throw new PolicyRefusal('policies are being loaded: try again in a moment');
    return host;
  };

  const arm = (request: ArmRequest) => {
    if (options.readOnly)
      throw new PolicyRefusal('nothing can be armed: Trigon was started with --read-only');
    safety.protect();
    armPolicy(engine, theHost(), request);
  };

  const tellChanges = () => {
    const { changed, removed } = engine.takeChanges();
    if (changed.length > 0 || removed.length > 0) tell({ type: 'policies', changed, removed });
  };

  const listen = async (path: string, host: HostAbilities) => {
    const control = startControl(path, {
      add(source, file, mode, variables) {
        const { ids, problems, warnings } = addPolicies(engine, host, {
          source,
          file,
          mode,
          origin: 'added',
          variables,
        });
        return {
          ids,
          problems: problems.map(formatPolicyError),
          warnings: warnings.map(formatPolicyError),
        };
      },
      remove: (id) => engine.remove(id),
      setMode: (id, mode) => engine.setMode(id, mode),
      arm(id, seconds, addKill, fuse) {
        const added = addKill ? killEverywhere(engine, id) : [];
        arm({ policy: id, seconds, added, fuse });
        const name = engine.describe().find((policy) => policy.id === id)?.name;
        const text = `${name}: armed by "trigon policy mode"`;
        // Whoever sits at the screen didn't do it, and must see it.
        tell({ type: 'notice', level: 'warning', text });
      },
      status: () => engine.status(),
      isRefusal: (error) => error instanceof PolicyRefusal,
    });
    closeControl = control.close;
    try {
      await control.ready;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      tell({ type: 'notice', level: 'warning', text: `trigon policy can't reach this: ${reason}` });
    }
  };

  const begin = async () => {
    const found = given.findHost();
    host = found;
    engine = createEngine(given, found);
    given.onEngine(engine);
    const { problems, warnings } = await loadPolicies(engine, found, options, () => !isClosed);
    if (isClosed) return;
    if (options.controlSocket !== undefined) await listen(options.controlSocket, found);
    if (isClosed) return;
    tellChanges();
    tell({
      type: 'loaded',
      problems: problems.map(formatPolicyError),
      warnings: warnings.map(formatPolicyError),
    });
  };
  const starting = setImmediate(() => begin().catch(given.onProblem));

  return {
    get engine() {
      return engine;
    },
    act,
    arm,
    armingChoices: (policy) => armingChoices(engine.policyOf(policy).policy, theHost()),
    tellChanges,
    close() {
      isClosed = true;
      clearImmediate(starting);
      closeControl();
      engine.close();
    },
  };
}

const killEverywhere = (engine: PolicyEngine, id: number): AddedActions =>
  engine
    .policyOf(id)
    .policy.hooks.map(({ selectors }) =>
      Array.from({ length: Math.max(1, selectors.length) }, () => 'kill' as const),
    );

function createEngine({ objectsDir, sensor }: ServiceOptions, host: HostAbilities): PolicyEngine {
  try {
    return createPolicyEngine(objectsDir, sensor, host);
  } catch (error) {
    if (!isBpfError(error)) throw error;
    const reason = explainFailure(error).message;
    return createNoEngine(`the kernel refused the programs that run policies: ${reason}`);
  }
}
