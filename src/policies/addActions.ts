import { everyCall } from './everyCall.ts';
import type { Action, Hook, Selector, TracingPolicy } from './model.ts';
import { ENFORCING_ACTIONS } from './planning/context.ts';

/** What arming adds to a selector that only watches: SIGKILL, or the call's refusal with EPERM. */
export type AddedAction = 'none' | 'kill' | 'deny';
/** By hook and selector, in the order of the policy. A hook without selectors has one. Missing ones: 'none'. */
export type AddedActions = readonly (readonly AddedAction[])[];

/** The policy as if its author had written the added actions. Its places in the file stay those of what was written. */
export function addActions(policy: TracingPolicy, added: AddedActions): TracingPolicy {
  return {
    ...policy,
    hooks: policy.hooks.map((hook, at) => addToHook(hook, added[at] ?? [])),
  };
}

function addToHook<H extends Hook>(hook: H, added: readonly AddedAction[]): H {
  if (added.every((action) => action === 'none')) return hook;
  const selectors = hook.selectors.length > 0 ? hook.selectors : [everyCall(hook)];
  return {
    ...hook,
    selectors: selectors.map((selector, index) => {
      const action = ACTIONS[added[index] ?? 'none'];
      return action
        ? { ...selector, actions: [...selector.actions, plainAction(action, selector)] }
        : selector;
    }),
  };
}

const ACTIONS = { none: undefined, kill: 'Sigkill', deny: 'Override' } as const;

/** EPERM, as the language writes it. */
const NOT_PERMITTED = -1;

const plainAction = (action: 'Sigkill' | 'Override', { field, position }: Selector): Action => ({
  action,
  argError: action === 'Override' ? NOT_PERMITTED : undefined,
  argSig: undefined,
  argUrl: undefined,
  argFqdn: undefined,
  argSock: undefined,
  argIndex: undefined,
  argValue: undefined,
  argRegs: [],
  argNewCall: undefined,
  rateLimit: undefined,
  kernelStackTrace: false,
  userStackTrace: false,
  imaHash: false,
  field,
  position,
});

/**
 * Why nothing can be added to a selector, or undefined: it acts by its own text already, or it says NoPost and nothing else, which
 * makes an exception to those after it.
 */
export function additionObstacle({ actions, returnActions }: Selector): string | undefined {
  const names = [...actions, ...returnActions].map(({ action }) => action);
  if (names.some((name) => ENFORCING_ACTIONS.some((enforcing) => enforcing === name)))
    return 'its own text says what it does';
  return names.includes('NoPost')
    ? 'it makes an exception: what it matches is left alone'
    : undefined;
}
