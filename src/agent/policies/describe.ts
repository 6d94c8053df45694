/** Policies in words, made once when they are loaded: a status is sent twice a second. */
import type { HookNames, HookTarget, SelectorEffect } from '../../events/wire/event.ts';
import type { PathKind } from '../../events/wire/hookNames.ts';
import type { Action, Hook } from '../../policies/model.ts';
import { overrideErrno } from '../../policies/override.ts';
import type {
  HookPlan,
  HookPoint,
  PolicyPlan,
  SelectorPlan,
  ValuePlan,
} from '../../policies/plan.ts';
import { isLoaderHook } from '../../policies/planning/loader.ts';
import { watchSentence } from '../../policies/sentences.ts';
import { wayOf } from '../../policies/words/attachments.ts';
import { describeSelector } from '../../policies/words.ts';
import type {
  HookDescription,
  HookPointStatus,
  PolicyCondition,
  PolicyDescription,
  PolicyMode,
  SelectorDescription,
} from '../messages.ts';
import type { HookValues } from './values.ts';

/** What the policy names, as the operator knows it. */
export function callOf(hook: Hook): string {
  switch (hook.kind) {
    case 'kprobe':
    case 'fentry':
      return hook.call;
    case 'tracepoint':
      return `${hook.subsystem}/${hook.event}`;
    case 'lsm':
      return hook.hook;
    case 'uprobe':
      return `${hook.path}:${hook.targets.values.map(String).join(',')}`;
    case 'usdt':
      return `${hook.path}:${hook.provider}:${hook.name}`;
  }
}

function describeSelectors({ hook, selectors }: HookPlan): SelectorDescription[] {
  if (selectors.length === 0)
    return [{ words: 'every call', kills: false, enforces: false, isException: false }];
  return selectors.map((selector) => ({
    words: describeSelector(hook, selector),
    kills: actionsOf(selector).some(({ action }) => action === 'Sigkill' || action === 'Signal'),
    enforces: selector.enforces,
    isException: !selector.enforces && !selector.posts,
  }));
}

const actionsOf = ({ actions, returnActions }: SelectorPlan): Action[] => [
  ...actions,
  ...returnActions,
];

/** What a hook's events need to know of it at one of its points. */
export function hookNames(
  policyName: string,
  { hook, selectors, values: planned }: HookPlan,
  point: HookPoint,
  values: HookValues,
): HookNames {
  const posted = values.all.slice(0, values.posted);
  const texts = posted.map(pathKindOf);
  const args = hook.args.map((_, position) => point.values.get(position) ?? planned[position]);
  return {
    ...targetOf(hook, point),
    policyName,
    message: hook.message,
    tags: hook.tags,
    labels: [...posted, values.returnValue].map((value) => value?.label),
    ...(texts.some((kind) => kind !== undefined) ? { texts } : {}),
    argumentCount: args.filter((value) => value?.type !== undefined).length,
    obtained: point.obtained === 'exact' ? undefined : point.obtained,
    selectors: selectors.map(effectOf),
  };
}

/** What a text is to be shown as: a path, if the policy takes it for one. */
function pathKindOf({ type, declared }: ValuePlan): PathKind | undefined {
  if (type !== 'TG_TYPE_STRING') return undefined;
  if (declared === 'file') return 'file_arg';
  return declared === 'path' || declared === 'dentry' ? 'path_arg' : undefined;
}

function targetOf(hook: Hook, { functionName, attachment }: HookPoint): HookTarget {
  if (isLoaderHook(hook)) return { kind: 'loader' };
  switch (hook.kind) {
    case 'kprobe':
    case 'fentry':
      return { kind: 'kprobe', functionName };
    case 'lsm':
      return { kind: 'lsm', functionName };
    case 'tracepoint':
      return { kind: 'tracepoint', subsystem: hook.subsystem, event: hook.event };
    case 'usdt':
      return { kind: 'usdt', path: hook.path, provider: hook.provider, name: hook.name };
    case 'uprobe': {
      const place = attachment.kind === 'uprobe' ? attachment : undefined;
      return {
        kind: 'uprobe',
        path: hook.path,
        symbol: place?.symbol ?? '',
        offset: place?.address ?? place?.offset ?? 0n,
        refCtrOffset: place?.refCtrOffset ?? 0n,
      };
    }
  }
}

/** Of several signals or errors the last counts, as on the kernel side. */
function effectOf(selector: SelectorPlan): SelectorEffect {
  const last = <T>(values: readonly (T | undefined)[]) =>
    values.findLast((value) => value !== undefined);
  const actions = actionsOf(selector);
  const refusal = actions.findLast(
    ({ action, argError }) =>
      action === 'Override' || (action === 'NotifyEnforcer' && Boolean(argError)),
  );
  return {
    signal: last(actions.map(({ argSig }) => argSig)),
    error: refusal && overrideErrno(refusal.argError),
  };
}

/** Whether a policy kills, signals or refuses by its own text. */
export const canEnforce = ({ hooks }: PolicyPlan): boolean =>
  hooks.some(({ selectors }) => selectors.some(({ enforces }) => enforces));

/** How a hook is obtained, of all its points together: several that are alike are told once. */
function describeObtained({
  points,
}: HookPlan): Pick<HookDescription, 'obtained' | 'way' | 'differs' | 'sigkill'> {
  const senders = points.filter(({ canSignal }) => canSignal);
  const distinct = (texts: readonly string[]) => [...new Set(texts.filter((text) => text !== ''))];
  return {
    obtained: distinct(points.map(({ obtained }) => obtained)).join('; ') || 'not obtained here',
    way: distinct(points.map(({ attachment }) => wayOf(attachment))).join(', '),
    differs: distinct(points.flatMap(({ differs }) => differs)),
    // Where no signal can be sent matters only when that is so of all of them.
    sigkill: distinct((senders.length > 0 ? senders : points).map(({ sigkill }) => sigkill)).join(
      '; ',
    ),
  };
}

/** Points that can't be had on this host. */
export const missingPoints = ({ missing }: HookPlan): HookPointStatus[] =>
  missing.map(({ name, reason, remedy }) => ({
    functionName: name,
    state: 'missing',
    reason,
    remedy,
    numbers: [],
    names: undefined,
  }));

export function conditionOf(
  mode: PolicyMode,
  points: readonly Pick<HookPointStatus, 'state'>[],
): PolicyCondition {
  if (mode === 'off') return 'disabled';
  const attached = points.filter(({ state }) => state === 'attached').length;
  if (attached === points.length) return 'enabled';
  return attached === 0 ? 'load_error' : 'partially_enabled';
}

/** A policy that is loaded and not switched on. */
export function describePolicy(
  id: number,
  plan: PolicyPlan,
  { position, origin }: Pick<PolicyDescription, 'position' | 'origin'>,
  memoryBytes: number,
): PolicyDescription {
  const { name, namespace, file, about, parameters } = plan.policy;
  return {
    id,
    name,
    namespace,
    file,
    position,
    origin,
    title: about.title ?? '',
    why: about.why ?? '',
    severity: about.severity,
    mitre: about.mitre,
    noise: about.noise ?? '',
    arming: about.arming ?? '',
    canBeTested: about.trigger.length > 0,
    parameters,
    sentence: watchSentence(plan.policy),
    problems: [],
    added: [],
    enforces: canEnforce(plan),
    memoryBytes,
    mode: 'off',
    armedUntil: undefined,
    fuseBlown: false,
    condition: 'disabled',
    warnings: plan.warnings.map(({ field, message }) => (field ? `${field}: ${message}` : message)),
    hooks: plan.hooks.map((hook) => ({
      kind: hook.hook.kind,
      call: callOf(hook.hook),
      ...describeObtained(hook),
      points: [],
      selectors: describeSelectors(hook),
    })),
  };
}
