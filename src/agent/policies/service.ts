import type { AddedAction, AddedActions } from '../../policies/addActions.ts';
import { formatPolicyError } from '../../policies/model.ts';
import type { HostAbilities } from '../../policies/plan.ts';
import { isBpfError } from '../bpf/addon.ts';
import { type PolicyHandlers, startControl } from '../control/server.ts';
import { explainFailure } from '../failure.ts';
import type { JournalEntry, Operator } from '../journal.ts';
import type { AgentOptions, ArmingFacts, FromAgent } from '../messages.ts';
import type { AgentStats } from '../metrics/types.ts';
import type { Safety } from '../safety.ts';
import type { Sensor } from '../sensor.ts';
import { type ArmRequest, armingChoices, armPolicy, mixingObstacles } from './arming.ts';
import type { Catalog } from './catalog.ts';
import { createPolicyEngine, type PolicyEngine } from './engine.ts';
import { addPolicies } from './load.ts';
import { createNoEngine } from './noEngine.ts';
import { openCatalog } from './openCatalog.ts';
import { setParameters } from './parameters.ts';
import { type Actor, createPolicyJournal, type PolicyJournal } from './policyJournal.ts';
import { PolicyRefusal } from './refusal.ts';

/** The engine and what brings policies to it: the options' files after the start, and `trigon policy` while it runs. */
export type PolicyService = {
  /** One that refuses everything until the first is there. */
  readonly engine: PolicyEngine;
  /** Carries a request of a screen out, and tells the operator of a refusal. */
  act(action: () => void, by: Operator | undefined): void;
  /** What becomes of policies meanwhile is written into the journal as this actor's doing. */
  readonly during: PolicyJournal['during'];
  /** Somebody has set the clock. */
  followClock(): void;
  /** @throws PolicyRefusal */
  arm(request: ArmRequest): void;
  /** @throws PolicyRefusal when there is no such policy */
  armingChoices(policy: number): Pick<ArmingFacts, 'choices' | 'mixing'>;
  /** What is wrong with the values, in lines; empty: they are set. */
  setParameters(
    policy: number,
    values: Readonly<Record<string, string>>,
    by: Operator | undefined,
  ): string[];
  /** What others than screens may do: `trigon policy` over the control socket, clients over gRPC. They throw PolicyRefusal. */
  remote(via: 'socket' | 'grpc'): PolicyHandlers;
  /** What this host offers; undefined: not known yet. */
  readonly host: HostAbilities | undefined;
  /** Sends which policies' descriptions are others than before: before any event of theirs goes out. */
  tellChanges(): void;
  /** Trigon ends: whoever asks from now on, nothing is armed any more. */
  refuseArming(): void;
  close(): void;
};

type ServiceOptions = {
  options: AgentOptions;
  objectsDir: string;
  sensor: Sensor;
  safety: Safety;
  tell(message: FromAgent): void;
  onJournal(entry: JournalEntry): void;
  /** Finds out what this host offers: takes a moment, and is asked for once, after the start. */
  findHost(): HostAbilities;
  readStats(): AgentStats;
  /** A policy was armed: by a screen, over the control socket or gRPC. */
  onArmed(policy: number): void;
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
  let isEnding = false;
  let closeControl = () => {};
  let catalog: Catalog | undefined;

  const { during, unnoticed } = createPolicyJournal(() => engine, given.onJournal);
  const atScreen = (by: Operator | undefined): Actor => ({ via: 'screen', by });

  const act = (action: () => void, by: Operator | undefined) => {
    try {
      during(atScreen(by), action);
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
    if (isEnding) throw new PolicyRefusal('nothing can be armed: Trigon ends');
    safety.protect();
    armPolicy(engine, theHost(), request);
    given.onArmed(request.policy);
  };

  const tellChanges = () => {
    const { changed, removed } = engine.takeChanges();
    if (changed.length > 0 || removed.length > 0) tell({ type: 'policies', changed, removed });
  };

  const remote: PolicyService['remote'] = (via) => {
    const asked = (by: Operator | undefined): Actor => ({ via, by });
    return {
      add({ source, file, mode, variables }, by) {
        const given = { source, file, mode, origin: 'added' as const, variables };
        const { ids, problems, warnings } = during(asked(by), () =>
          addPolicies(engine, theHost(), given),
        );
        return {
          ids,
          problems: problems.map(formatPolicyError),
          warnings: warnings.map(formatPolicyError),
        };
      },
      remove: (id, by) => during(asked(by), () => engine.remove(id)),
      setMode: (id, mode, by) => during(asked(by), () => engine.setMode(id, mode)),
      arm({ id, seconds, add, fuse }, by) {
        const added = everywhere(engine, id, add);
        during(asked(by), () => arm({ policy: id, seconds: seconds ?? undefined, added, fuse }));
        const { name } = engine.policyOf(id).policy;
        const text = `${name}: armed ${via === 'grpc' ? 'over gRPC' : 'by "trigon policy mode"'}`;
        // Whoever sits at the screen didn't do it, and must see it.
        tell({ type: 'notice', level: 'warning', text });
      },
      status: () => engine.status(),
    };
  };

  const listen = async (path: string) => {
    const control = startControl(path, {
      ...remote('socket'),
      stats: given.readStats,
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
    const { onProblem } = given;
    catalog = openCatalog({ options, engine, host: found, during, tell, tellChanges, onProblem });
    const report = await catalog.load();
    if (isClosed) return;
    if (options.controlSocket !== undefined) await listen(options.controlSocket);
    if (isClosed) return;
    tellChanges();
    tell({ type: 'loaded', ...report });
  };
  const starting = setImmediate(() => begin().catch(given.onProblem));

  return {
    get engine() {
      return engine;
    },
    act,
    during,
    followClock: () => unnoticed(() => engine.followClock()),
    arm,
    setParameters(policy, values, by) {
      try {
        return during(atScreen(by), () => setParameters(engine, theHost(), policy, values));
      } catch (error) {
        if (!(error instanceof PolicyRefusal)) throw error;
        return [error.message];
      }
    },
    armingChoices(id) {
      const { policy } = engine.policyOf(id);
      const found = theHost();
      return { choices: armingChoices(policy, found), mixing: mixingObstacles(policy, found) };
    },
    remote,
    get host() {
      return host;
    },
    tellChanges,
    refuseArming() {
      isEnding = true;
    },
    close() {
      isClosed = true;
      clearImmediate(starting);
      closeControl();
      catalog?.close();
      engine.close();
    },
  };
}

/** For all selectors of a policy the same; armPolicy leaves out where nothing can be added. */
const everywhere = (engine: PolicyEngine, id: number, action: AddedAction): AddedActions =>
  engine
    .policyOf(id)
    .policy.hooks.map(({ selectors }) =>
      Array.from({ length: Math.max(1, selectors.length) }, () => action),
    );

function createEngine(
  { objectsDir, sensor, safety }: ServiceOptions,
  host: HostAbilities,
): PolicyEngine {
  try {
    return createPolicyEngine(objectsDir, sensor, host, safety);
  } catch (error) {
    if (!isBpfError(error)) throw error;
    const { message, remedy } = explainFailure(error);
    // Each policy says it: the log of the verifier is the doctor's.
    const what = message.split('\n')[0];
    const more = error.code === 'BPF_ENOMEM' ? remedy : '"trigon doctor" says more';
    return createNoEngine(`the kernel refused the programs that run policies: ${what}; ${more}`);
  }
}
