/** Arming a policy: what can be done by it on this host, and the change of its plan that added actions need. */
import { isDeepStrictEqual } from 'node:util';
import {
  type AddedAction,
  type AddedActions,
  addActions,
  additionObstacle,
} from '../../policies/addActions.ts';
import type { Hook, Selector, TracingPolicy } from '../../policies/model.ts';
import type { HookPlan, HostAbilities, PolicyPlan } from '../../policies/plan.ts';
import { planPolicy } from '../../policies/planPolicy.ts';
import { armedSentence } from '../../policies/sentences.ts';
import type { ArmingChoice, ArmingOffer, Fuse } from '../messages.ts';
import type { PolicyEngine } from './engine.ts';
import { PolicyRefusal } from './refusal.ts';

export type ArmRequest = {
  policy: number;
  /** undefined: until we quit. */
  seconds: number | undefined;
  added: AddedActions;
  fuse: Fuse;
};

/** @throws PolicyRefusal when the actions can't be had here: the policy stays as it was */
export function armPolicy(engine: PolicyEngine, host: HostAbilities, request: ArmRequest): void {
  const { policy: id, seconds, fuse } = request;
  const { policy } = engine.policyOf(id);
  const added = trimmed(policy, request.added);
  const before = engine.describe().find((each) => each.id === id)?.added ?? [];
  if (!isDeepStrictEqual(added, trimmed(policy, before)))
    engine.replace(id, planAdded(policy, added, host), { added });
  engine.arm(id, seconds, fuse);
}

/** What each selector of each hook does when armed, and what could be added. */
export function armingChoices(policy: TracingPolicy, host: HostAbilities): ArmingChoice[][] {
  return policy.hooks.map((hook, at) => {
    const selectors = hook.selectors.length > 0 ? hook.selectors : [undefined];
    const obstacles = {
      kill: obstacleTo('kill', policy, at, host),
      deny: obstacleTo('deny', policy, at, host),
    };
    return selectors.map((selector) => choiceOf(hook, selector, obstacles));
  });
}

/** For each hook why SIGKILL for one of its selectors and Override for another can't be had here; undefined: they can. */
export const mixingObstacles = (
  policy: TracingPolicy,
  host: HostAbilities,
): (string | undefined)[] =>
  policy.hooks.map((hook, at) => {
    const open = selectorsOf(hook).flatMap((selector, index) =>
      selector && additionObstacle(selector) !== undefined ? [] : [index],
    );
    const [first] = open;
    if (open.length < 2) return undefined;
    const mixed = selectorsOf(hook).map(
      (_, index): AddedAction => (index === first ? 'kill' : 'deny'),
    );
    const added = policy.hooks.map((_, index) => (index === at ? mixed : []));
    return planPolicy(addActions(policy, trimmed(policy, added)), host).errors?.[0]?.message;
  });

function choiceOf(
  hook: Hook,
  selector: Selector | undefined,
  obstacles: Readonly<Record<'kill' | 'deny', string | undefined>>,
): ArmingChoice {
  const own = selector && additionObstacle(selector);
  const offer = (action: 'kill' | 'deny'): ArmingOffer => {
    const reason = own ?? obstacles[action];
    return reason === undefined ? { words: armedSentence(hook, selector, action) } : { reason };
  };
  const acts = selector !== undefined && own !== undefined && !isException(selector);
  return {
    own: acts ? armedSentence(hook, selector, 'own') : undefined,
    kill: offer('kill'),
    deny: offer('deny'),
  };
}

const isException = ({ actions }: Selector): boolean =>
  actions.every(({ action }) => action === 'NoPost');

/** Why an action can't be added to a hook's selectors on this host; undefined: it can. */
function obstacleTo(
  action: 'kill' | 'deny',
  policy: TracingPolicy,
  at: number,
  host: HostAbilities,
): string | undefined {
  const added = policy.hooks.map((hook, index) =>
    selectorsOf(hook).map((): AddedAction => (index === at ? action : 'none')),
  );
  const { plan, errors = [] } = planPolicy(addActions(policy, trimmed(policy, added)), host);
  const [error] = errors;
  if (error) return error.message;
  return obstacleAt(plan?.hooks[at], action);
}

function obstacleAt(hook: HookPlan | undefined, action: 'kill' | 'deny'): string | undefined {
  if (!hook || hook.points.length === 0)
    return hook?.missing[0]?.reason ?? 'this hook can’t be had here';
  const can = hook.points.some((point) =>
    action === 'kill' ? point.canSignal : point.canOverride,
  );
  if (can) return undefined;
  return action === 'kill'
    ? 'no signal can be sent from where this hook runs here'
    : 'where this hook runs here a call can’t be refused';
}

function planAdded(policy: TracingPolicy, added: AddedActions, host: HostAbilities): PolicyPlan {
  const { plan, errors } = planPolicy(addActions(policy, added), host);
  if (!plan)
    throw new PolicyRefusal(`${policy.name}: ${errors[0]?.message ?? 'can’t be armed so'}`);
  plan.hooks.forEach((hook, at) => {
    for (const action of ['kill', 'deny'] as const) {
      const reason = added[at]?.includes(action) ? obstacleAt(hook, action) : undefined;
      if (reason !== undefined) throw new PolicyRefusal(`${policy.name}: ${reason}`);
    }
  });
  return plan;
}

const selectorsOf = (hook: Hook): readonly (Selector | undefined)[] =>
  hook.selectors.length > 0 ? hook.selectors : [undefined];

/** One action for each selector; 'none' where nothing can be added. */
const trimmed = (policy: TracingPolicy, added: AddedActions): AddedAction[][] =>
  policy.hooks.map((hook, at) =>
    selectorsOf(hook).map((selector, index) =>
      selector && additionObstacle(selector) !== undefined
        ? 'none'
        : (added[at]?.[index] ?? 'none'),
    ),
  );
