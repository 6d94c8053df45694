import { formatPolicyError, type PolicyError } from '../../policies/model.ts';
import { parsePolicies } from '../../policies/parse.ts';
import type { HostAbilities } from '../../policies/plan.ts';
import { planPolicy } from '../../policies/planPolicy.ts';
import type { PolicyEngine } from './engine.ts';
import { PolicyRefusal } from './refusal.ts';

/**
 * Gives parameters of a policy other values: its text is read anew with them, and what comes of it takes the policy's place. An
 * armed policy is back in monitor then.
 *
 * @returns what is wrong, as compilers print it: the policy stays as it was then
 * @throws PolicyRefusal when there is no such policy or parameter, or when it doesn't fit
 */
export function setParameters(
  engine: PolicyEngine,
  host: HostAbilities,
  id: number,
  values: Readonly<Record<string, string>>,
): string[] {
  const { policy, place } = engine.policyOf(id);
  const known = policy.parameters.map(({ name }) => name);
  const unknown = Object.keys(values).find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new PolicyRefusal(
      `${policy.name} has no parameter ${unknown}; it has ${known.join(', ') || 'none'}`,
    );
  const variables = { ...place.variables, ...values };
  const wrong = (errors: readonly PolicyError[]) => errors.map(formatPolicyError);
  const { policies, errors } = parsePolicies(place.source, policy.file, { variables });
  if (errors) return wrong(errors);
  // By its place: a file may have two policies of one name.
  const changed = policies[place.position];
  if (changed?.name !== policy.name || changed.namespace !== policy.namespace)
    throw new PolicyRefusal(`${policy.name} would get another name`);
  const planned = planPolicy(changed, host);
  if (!planned.plan) return wrong(planned.errors);
  engine.replace(id, planned.plan, { place: { ...place, variables } });
  return [];
}
