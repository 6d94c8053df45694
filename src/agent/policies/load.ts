import { isDeepStrictEqual } from 'node:util';
import { formatPolicyError, type PolicyError } from '../../policies/model.ts';
import { parsePolicies } from '../../policies/parse.ts';
import type { HostAbilities, PolicyPlan } from '../../policies/plan.ts';
import { planPolicy } from '../../policies/planPolicy.ts';
import {
  DEFAULT_FUSE,
  type PolicyDescription,
  type PolicyMode,
  type PolicyOrigin,
} from '../messages.ts';
import { canEnforce } from './describe.ts';
import type { PolicyEngine, PolicyPlace } from './engine.ts';
import { PolicyRefusal } from './refusal.ts';

/** Values of `${NAME}` placeholders. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** What came of a policy file. With problems nothing of it is loaded, except when they are of single hooks. */
export type LoadResult = {
  /** Numbers of its policies, in the order of the file. */
  ids: number[];
  /** Errors; hooks that could not be attached are among them. */
  problems: PolicyError[];
  warnings: PolicyError[];
};

/** A policy file as it was read. */
export type PolicyText = {
  source: string;
  /** For messages; with a policy's position in it the key that tells it from others of its name. */
  file: string;
  mode: PolicyMode;
  origin: PolicyOrigin;
  variables: Variables;
};

/** Loads the policies of one file: all of them or, when one has an error or doesn't fit, none. */
export function addPolicies(
  engine: PolicyEngine,
  host: HostAbilities,
  text: PolicyText,
): LoadResult {
  const known = engine.describe().find((policy) => policy.file === text.file);
  return known
    ? failed([
        problem(
          text.file,
          `is loaded already (policy ${known.id}, ${known.name}): remove it first`,
        ),
      ])
    : reloadFile(engine, host, text);
}

/**
 * Makes the loaded policies of a file what it says now: those of a name that was there before are replaced, others come, and those
 * that it doesn't have any more go. All of it or, when one has an error or doesn't fit, nothing: the old ones stay then, and their
 * descriptions tell of the problems. Who was armed is in monitor afterwards; otherwise modes stay.
 */
export function reloadFile(
  engine: PolicyEngine,
  host: HostAbilities,
  text: PolicyText,
): LoadResult {
  const { file, source, origin, mode } = text;
  const old = engine.describe().filter((policy) => policy.file === file);
  const refuse = (problems: PolicyError[]): LoadResult => {
    const lines = problems.map(formatPolicyError);
    for (const { id } of old) engine.setProblems(id, lines);
    return failed(problems);
  };
  const foreign = old.find((policy) => policy.origin !== origin);
  if (foreign)
    return failed([
      problem(file, `is loaded already (policy ${foreign.id}, ${foreign.name}): remove it first`),
    ]);
  const planned = planFile(text, host);
  if (planned.errors) return refuse(planned.errors);
  if (old.length > 0 && old.every(({ id }) => engine.policyOf(id).place.source === source))
    return keepAll(engine, old, planned);

  const left = [...old];
  const steps = planned.plans.map((plan, position): Step => {
    const at = left.findIndex(({ name }) => name === plan.policy.name);
    const id = at < 0 ? undefined : left.splice(at, 1)[0]?.id;
    // What the operator has set since stays set.
    const variables = id === undefined ? text.variables : engine.policyOf(id).place.variables;
    return { id, plan, place: { position, origin, source, variables } };
  });
  const withValues = steps.map((step) => withItsValues(step, text, host));
  const wrong = withValues.flatMap((step) => step.errors ?? []);
  if (wrong.length > 0) return refuse(wrong);
  const wanted = withValues.flatMap(({ step }) => step ?? []);

  const carried = carryOut(engine, host, wanted);
  if (carried.refused) return refuse([problem(file, carried.refused.message)]);
  for (const { id } of left) engine.remove(id);
  const stayOff = wanted.flatMap(({ id, plan }, index) =>
    id === undefined ? start(engine, carried.ids[index] ?? -1, plan, mode) : [],
  );
  const plans = wanted.map(({ plan }) => plan);
  return {
    ids: carried.ids,
    problems: [...stayOff, ...unattached(engine, plans, carried.ids)],
    warnings: [...planned.warnings, ...plans.flatMap((plan) => plan.warnings)],
  };
}

/** The file says again what is loaded. */
function keepAll(
  engine: PolicyEngine,
  old: readonly PolicyDescription[],
  { plans, warnings }: { plans: PolicyPlan[]; warnings: PolicyError[] },
): LoadResult {
  for (const { id } of old) engine.setProblems(id, []);
  const ids = plans.map((_, position) => old.find((one) => one.position === position)?.id ?? -1);
  return {
    ids: ids.filter((id) => id >= 0),
    problems: unattached(engine, plans, ids),
    warnings: [...warnings, ...plans.flatMap((plan) => plan.warnings)],
  };
}

/** One policy of a file: what it becomes; `id`: in whose place, undefined: a new one. */
type Step = { id: number | undefined; plan: PolicyPlan; place: PolicyPlace };

type PlannedFile =
  | { plans: PolicyPlan[]; warnings: PolicyError[]; errors?: undefined }
  | { errors: PolicyError[] };

function planFile(
  { source, file, variables }: Pick<PolicyText, 'source' | 'file' | 'variables'>,
  host: HostAbilities,
): PlannedFile {
  const parsed = parsePolicies(source, file, { variables });
  if (parsed.errors) return { errors: parsed.errors };
  const results = parsed.policies.map((policy) => planPolicy(policy, host));
  const errors = results.flatMap((result) => result.errors ?? []);
  if (errors.length > 0) return { errors };
  return { plans: results.flatMap(({ plan }) => plan ?? []), warnings: parsed.warnings };
}

/** A policy whose parameters were set is planned with these values. */
function withItsValues(
  step: Step,
  text: PolicyText,
  host: HostAbilities,
): { step: Step; errors?: undefined } | { step?: undefined; errors: PolicyError[] } {
  const { variables, position } = step.place;
  if (isDeepStrictEqual(variables, text.variables)) return { step };
  const planned = planFile({ ...text, variables }, host);
  if (planned.errors) return { errors: planned.errors };
  return { step: { ...step, plan: planned.plans[position] ?? step.plan } };
}

/** Installs and replaces, or leaves all as it was. New ones first: nothing that is armed is touched when they find no room. */
function carryOut(
  engine: PolicyEngine,
  host: HostAbilities,
  steps: readonly Step[],
): { ids: number[]; refused?: undefined } | { refused: PolicyRefusal } {
  const undo: (() => void)[] = [];
  try {
    const ids = steps.map(({ id, plan, place }) => {
      if (id !== undefined) return id;
      const taken = engine.install(plan, place);
      undo.push(() => engine.remove(taken));
      return taken;
    });
    for (const { id, plan, place } of steps) {
      if (id === undefined) continue;
      const before = engine.policyOf(id);
      engine.replace(id, plan, { place });
      undo.push(() => {
        const former = planPolicy(before.policy, host).plan;
        if (former) engine.replace(id, former, { place: before.place });
      });
    }
    return { ids };
  } catch (error) {
    for (const step of undo.reverse()) step();
    if (!(error instanceof PolicyRefusal)) throw error;
    return { refused: error };
  }
}

const failed = (problems: PolicyError[]): LoadResult => ({ ids: [], problems, warnings: [] });

/** A policy that says `policy-mode: monitor` stays there until it is armed by hand. What is wrong leaves it off. */
function start(
  engine: PolicyEngine,
  id: number,
  plan: PolicyPlan,
  mode: PolicyMode,
): PolicyError[] {
  if (mode === 'off') return [];
  const arms = mode === 'enforce' && canEnforce(plan) && plan.policy.options.mode !== 'monitor';
  try {
    if (arms) engine.arm(id, undefined, DEFAULT_FUSE);
    else engine.setMode(id, 'monitor');
    return [];
  } catch (error) {
    if (!(error instanceof PolicyRefusal)) throw error;
    return [problem(plan.policy.file, `${plan.policy.name} stays off: ${error.message}`)];
  }
}

/**
 * What the kernel refused, and what this host doesn't have: the policy goes on without. Of what is off nobody has asked yet: the
 * list of policies shows it.
 */
function unattached(
  engine: PolicyEngine,
  plans: readonly PolicyPlan[],
  ids: readonly number[],
): PolicyError[] {
  const descriptions = new Map(engine.describe().map((policy) => [policy.id, policy]));
  return plans.flatMap((plan, index) => {
    const description = descriptions.get(ids[index] ?? -1);
    if (!description || description.mode === 'off') return [];
    return description.hooks.flatMap(({ points }, at) => {
      const hook = plan.hooks[at]?.hook;
      return points.flatMap(({ functionName, reason, remedy }): PolicyError[] =>
        reason === undefined || hook === undefined
          ? []
          : [
              {
                file: plan.policy.file,
                ...hook.position,
                field: hook.field,
                message: `${functionName}: ${reason}${remedy === undefined ? '' : `; ${remedy}`}`,
              },
            ],
      );
    });
  });
}

const problem = (file: string, message: string): PolicyError => ({
  file,
  line: 1,
  column: 1,
  field: '',
  message,
});
