import { setImmediate } from 'node:timers/promises';
import type { PolicyError } from '../../policies/model.ts';
import { parsePolicies } from '../../policies/parse.ts';
import type { HostAbilities, PolicyPlan } from '../../policies/plan.ts';
import { planPolicy } from '../../policies/planPolicy.ts';
import {
  DEFAULT_FUSE,
  type PolicyMode,
  type PolicyOrigin,
  type PolicySource,
} from '../messages.ts';
import { canEnforce } from './describe.ts';
import type { PolicyEngine } from './engine.ts';
import { readPolicyPath } from './policyFiles.ts';
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

/**
 * Loads the policies of one file: all of them or, when one has an error or doesn't fit, none.
 *
 * @param file for messages; with a policy's position in it the key that tells it from others of its name
 */
export function addPolicies(
  engine: PolicyEngine,
  host: HostAbilities,
  {
    source,
    file,
    mode,
    origin,
    variables,
  }: {
    source: string;
    file: string;
    mode: PolicyMode;
    origin: PolicyOrigin;
    variables: Variables;
  },
): LoadResult {
  const known = engine.describe().find((policy) => policy.file === file);
  if (known)
    return failed([
      problem(file, `is loaded already (policy ${known.id}, ${known.name}): remove it first`),
    ]);
  const parsed = parsePolicies(source, file, { variables });
  if (parsed.errors) return failed(parsed.errors);
  const results = parsed.policies.map((policy) => planPolicy(policy, host));
  const errors = results.flatMap((result) => result.errors ?? []);
  if (errors.length > 0) return failed(errors);
  const plans = results.flatMap(({ plan }) => plan ?? []);
  const warnings = [...parsed.warnings, ...plans.flatMap((plan) => plan.warnings)];
  const ids: number[] = [];
  try {
    for (const [position, plan] of plans.entries())
      ids.push(engine.install(plan, { position, origin, source, variables }));
  } catch (error) {
    for (const id of ids) engine.remove(id);
    if (!(error instanceof PolicyRefusal)) throw error;
    return failed([problem(file, error.message)]);
  }
  plans.forEach((plan, index) => {
    const id = ids[index];
    if (id !== undefined) start(engine, id, plan, mode);
  });
  return { ids, problems: unattached(engine, plans, ids), warnings };
}

const failed = (problems: PolicyError[]): LoadResult => ({ ids: [], problems, warnings: [] });

/** A policy that says `policy-mode: monitor` stays there until it is armed by hand. */
function start(engine: PolicyEngine, id: number, plan: PolicyPlan, mode: PolicyMode): void {
  if (mode === 'off') return;
  const arms = mode === 'enforce' && canEnforce(plan) && plan.policy.options.mode !== 'monitor';
  if (arms) engine.arm(id, undefined, DEFAULT_FUSE);
  else engine.setMode(id, 'monitor');
}

/** What the kernel refused, and what this host doesn't have: the policy goes on without. */
function unattached(
  engine: PolicyEngine,
  plans: readonly PolicyPlan[],
  ids: readonly number[],
): PolicyError[] {
  const descriptions = new Map(engine.describe().map((policy) => [policy.id, policy]));
  return plans.flatMap((plan, index) =>
    (descriptions.get(ids[index] ?? -1)?.hooks ?? []).flatMap(({ points }, at) => {
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
    }),
  );
}

/**
 * Loads all policies of the options, one file a turn of the event loop: events are drained meanwhile. A file with an error loads
 * nothing and the others go on.
 *
 * @param isWanted false ends it before the next file
 */
export async function loadPolicies(
  engine: PolicyEngine,
  host: HostAbilities,
  { policies, variables }: { policies: readonly PolicySource[]; variables: Variables },
  isWanted: () => boolean,
): Promise<Omit<LoadResult, 'ids'>> {
  const problems: PolicyError[] = [];
  const warnings: PolicyError[] = [];
  for (const { path, mode, origin = 'option' } of policies)
    for (const { file, source, error } of readPolicyPath(path)) {
      await setImmediate();
      if (!isWanted()) return { problems, warnings };
      if (error) {
        problems.push(error);
        continue;
      }
      const result = addPolicies(engine, host, { source, file, mode, origin, variables });
      problems.push(...result.problems);
      // Of what waits switched off nobody asked anything yet.
      if (mode !== 'off') warnings.push(...result.warnings);
    }
  return { problems, warnings };
}

const problem = (file: string, message: string): PolicyError => ({
  file,
  line: 1,
  column: 1,
  field: '',
  message,
});
