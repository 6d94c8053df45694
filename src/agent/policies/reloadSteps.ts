/** From a policy file's text to what its policies become in the engine: planned first, then carried out as a whole. */
import { isDeepStrictEqual } from 'node:util';
import type { PolicyError } from '../../policies/model.ts';
import { parsePolicies } from '../../policies/parse.ts';
import type { HostAbilities, PolicyPlan } from '../../policies/plan.ts';
import { planPolicy } from '../../policies/planPolicy.ts';
import type { PolicyMode, PolicyOrigin } from '../messages.ts';
import type { PolicyEngine, PolicyPlace } from './engine.ts';
import { PolicyRefusal } from './refusal.ts';

/** Values of `${NAME}` placeholders. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** A policy file as it was read. */
export type PolicyText = {
  source: string;
  /** For messages; with a policy's position in it the key that tells it from others of its name. */
  file: string;
  mode: PolicyMode;
  origin: PolicyOrigin;
  variables: Variables;
};

/** One policy of a file: what it becomes; `id`: in whose place, undefined: a new one. */
export type Step = { id: number | undefined; plan: PolicyPlan; place: PolicyPlace };

type PlannedFile =
  | { plans: PolicyPlan[]; warnings: PolicyError[]; errors?: undefined }
  | { errors: PolicyError[] };

export function planFile(
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
export function withItsValues(
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
export function carryOut(
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
    if (!(error instanceof PolicyRefusal)) throw error;
    for (const step of undo.reverse()) undone(step);
    return { refused: error };
  }
}

/** A former plan may find no room beside the one it replaces: that one goes on then, and the steps before are undone all the same. */
function undone(step: () => void): void {
  try {
    step();
  } catch (error) {
    if (!(error instanceof PolicyRefusal)) throw error;
  }
}
