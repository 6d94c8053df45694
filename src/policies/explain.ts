import type { Hook, TracingPolicy } from './model.ts';
import type { EnforcedCall, HookPlan, HookPoint, PolicyPlan } from './plan.ts';
import { hasEnforcement } from './planPolicy.ts';
import { watchSentence } from './sentences.ts';
import { wayOf } from './words/attachments.ts';
import { describeWorkload } from './words/processes.ts';
import { describeActions, describeHook, describeSelector } from './words.ts';

/**
 * What a policy does, in lines of plain words, indented by two more for each level; with a plan also how each hook is had on this
 * kernel. Texts of the policy are in them as they are: escape them before a terminal.
 */
export function explainPolicy(policy: TracingPolicy, plan?: PolicyPlan): string[] {
  return [
    ...aboutPolicy(policy),
    ...policy.hooks.flatMap((hook, index) => [
      ...aboutHook(hook),
      ...(plan?.hooks[index] ? aboutPlan(plan.hooks[index]) : []),
    ]),
    ...(plan?.enforced ?? []).map(aboutEnforced),
  ];
}

function aboutPolicy(policy: TracingPolicy): string[] {
  const lines = [
    watchSentence(policy),
    hasEnforcement(policy)
      ? `Policy ${policy.name} watches, and acts on processes when it is armed.`
      : `Policy ${policy.name} only watches.`,
  ];
  const { pod, container, host } = policy.workload;
  if (policy.namespace !== undefined)
    lines.push(`It is for pods of the Kubernetes namespace ${policy.namespace} alone.`);
  if (pod || container || host) lines.push(`It is for ${describeWorkload(policy.workload)} alone.`);
  if (policy.options.mode !== undefined) lines.push(`It asks for ${policy.options.mode} mode.`);
  if (policy.loader) lines.push('It tells of every library and program that is mapped to run.');
  if (policy.enforcer)
    lines.push(
      `Its hooks can have these calls refused, or their processes signalled: ${policy.enforcer.calls.join(', ')}.`,
    );
  if (policy.hooks.length === 0 && !policy.loader) lines.push('It has no hooks: it does nothing.');
  return lines;
}

function aboutHook(hook: Hook): string[] {
  const lines = [`Watches ${describeHook(hook)}.`];
  if (hook.message !== undefined) lines.push(`  Its message: ${hook.message}`);
  if ('return' in hook && hook.return) lines.push('  Waits for the result of the call.');
  if (hook.selectors.length === 0) return [...lines, '  Every call: an event is written.'];
  const [only] = hook.selectors;
  if (hook.selectors.length === 1 && only)
    return [...lines, `  ${capitalised(describeSelector(hook, only))}: ${describeActions(only)}.`];
  return [
    ...lines,
    '  The first of these that matches counts:',
    ...hook.selectors.map(
      (selector, index) =>
        `    ${index + 1}. ${describeSelector(hook, selector)}: ${describeActions(selector)}.`,
    ),
  ];
}

function aboutPlan({ points, missing }: HookPlan): string[] {
  const ways = [...new Set(points.map(describeWay))];
  const shown = ways.slice(0, 3);
  const more = ways.length - shown.length;
  const differs = new Set(points.flatMap((point) => point.differs));
  return [
    ...shown.map((way) => `  Here: ${way}.`),
    ...(more > 0 ? [`  Here: ${more} more ways like these.`] : []),
    ...[...differs].map((text) => `    What differs: ${text}.`),
    ...missing.map(({ name, reason }) => `  Not to be had here: ${name}: ${reason}.`),
  ];
}

const aboutEnforced = ({ name, hooks, obstacle }: EnforcedCall): string =>
  obstacle === undefined
    ? `Here ${name} can be refused, by the LSM hook ${hooks.join(' or ')}.`
    : `Not refused here: ${name}: ${obstacle}.`;

const describeWay = ({ obtained, attachment, refusedBy }: HookPoint): string => {
  const way = obtained === 'exact' ? `exactly so, by ${wayOf(attachment)}` : obtained;
  return refusedBy.length === 0 ? way : `${way}, refused by the LSM hook ${refusedBy.join(' or ')}`;
};

const capitalised = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
