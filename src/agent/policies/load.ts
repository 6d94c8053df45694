import { formatPolicyError, type PolicyError } from '../../policies/model.ts';
import type { HostAbilities, PolicyPlan } from '../../policies/plan.ts';
import { DEFAULT_FUSE, type PolicyDescription, type PolicyMode } from '../messages.ts';
import { canEnforce } from './describe.ts';
import type { PolicyEngine } from './engine.ts';
import { fileProblem } from './policyFiles.ts';
import { PolicyRefusal } from './refusal.ts';
import { carryOut, type PolicyText, planFile, type Step, withItsValues } from './reloadSteps.ts';

/** What came of a policy file. With problems nothing of it is loaded, except when they are of single hooks. */
export type LoadResult = {
  /** Numbers of its policies, in the order of the file. */
  ids: number[];
  /** Errors; hooks that could not be attached are among them. */
  problems: PolicyError[];
  warnings: PolicyError[];
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
        fileProblem(
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
      fileProblem(
        file,
        `is loaded already (policy ${foreign.id}, ${foreign.name}): remove it first`,
      ),
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
  if (carried.refused) return refuse([fileProblem(file, carried.refused.message)]);
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
    return [fileProblem(plan.policy.file, `${plan.policy.name} stays off: ${error.message}`)];
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
