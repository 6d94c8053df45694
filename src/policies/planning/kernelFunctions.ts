import { equivalentOf, syscallOfBody } from '../equivalents/index.ts';
import { isUnavailable } from '../equivalents/points.ts';
import type { HookPoint, HostAbilities } from '../plan.ts';
import { NOT_BOTH, noOverride } from './actions.ts';
import {
  counterparts,
  functionPoint,
  lsmHookHere,
  lsmObstacle,
  lsmPoint,
  obstacle,
  refusalObstacle,
  refusingPoint,
  type Subject,
  type Way,
} from './entryPoints.ts';
import { programFunctionOf } from './lsm.ts';
import { isMisfit, isPoint, type Misfit, pointOfEquivalent } from './points.ts';
import { doubtsAbout } from './prototypes.ts';
import {
  type FunctionContext,
  type FunctionRequest,
  type Rung,
  type RungFailure,
  withoutPoints,
} from './rung.ts';

/** Hooks on ordinary functions of the kernel, by programs at the functions themselves. */

/** Best first. */
const WAYS = { kprobe: ['kprobe', 'fentry'], fentry: ['fentry', 'kprobe'] } as const;

/** A kprobe or fentry hook, at the function itself. */
export const functionRung: Rung = (request, context) => {
  const { hook, wants } = context;
  if (request.isSyscall || hook.kind === 'lsm' || !hasFunctionHooks(context.host)) return undefined;
  // What can refuse a system call can refuse its body as well: see the next rung.
  if (wants.override && syscallOfBody(request.name, context.host.arch)) return undefined;
  const subject = { functionName: request.functionName, function: request.name };
  const when = wants.override ? 'monitor' : 'always';
  const tell = tellingPoint(WAYS[hook.kind], subject, context, when);
  if (isMisfit(tell)) return withoutPoints(tell);
  const doubts = doubtsOf(request, context);
  if (!wants.override) return { points: [tell], misfits: [], doubts };
  const act = refusing(request, context);
  return Array.isArray(act) ? { points: [tell, ...act], misfits: [], doubts } : act;
};

/** Some way of hooking functions is there, so that a function that can't be hooked is the function's own fault. */
export const hasFunctionHooks = (host: HostAbilities): boolean => host.kprobes || host.fentry;

/** The function by the first way that serves the hook, or why none does. */
export function tellingPoint(
  ways: readonly Way[],
  subject: Subject,
  context: FunctionContext,
  when: HookPoint['when'],
): HookPoint | Misfit {
  let first: Misfit | undefined;
  for (const way of ways) {
    const reason = obstacle(way, subject.function, context.host);
    const made =
      reason === undefined
        ? functionPoint(way, subject, context, when)
        : { reason, argument: undefined };
    if (!isMisfit(made) || made.argument) return made;
    first ??= made;
  }
  return first ?? { reason: `${subject.function} can’t be hooked`, argument: undefined };
}

const doubtsOf = (request: FunctionRequest, { hook, host }: FunctionContext): Misfit[] =>
  doubtsAbout(hook, request.functionName, host.functionPrototype(request.name));

/** What refuses the function while the policy enforces: fmod_ret, an LSM program, or programs at cgroups. */
function refusing(request: FunctionRequest, context: FunctionContext): HookPoint[] | RungFailure {
  const { host } = context;
  const { name, functionName } = request;
  if (name.startsWith('security_')) {
    const withFmodRet = refusalObstacle(name, host);
    if (withFmodRet === undefined)
      return one(refusingPoint({ functionName, function: name }, context));
    const hook = lsmHookHere(name, host);
    const withLsm = hook === undefined ? undefined : lsmObstacle(hook, host, true);
    if (hook !== undefined && withLsm === undefined)
      return one(lsmPoint(hook, subjectAtHook(request, hook, host), context, 'enforce'));
    const reasons = [...new Set([withFmodRet, withLsm])].filter((reason) => reason !== undefined);
    return atCgroups(request, context) ?? cantBeRefused(functionName, reasons.join('; '));
  }
  return atCgroups(request, context) ?? cantBeRefused(functionName, noOverride(context, name));
}

/** A security function, at the LSM hook that it calls: some hooks have fewer or other arguments. */
const subjectAtHook = (
  { functionName, name }: FunctionRequest,
  hook: string,
  host: HostAbilities,
) => {
  const program = programFunctionOf(hook);
  return {
    functionName,
    function: program,
    indexOf: counterparts(host.functionPrototype(name), host.functionPrototype(program)),
  };
};

const one = (made: HookPoint | Misfit): HookPoint[] | RungFailure =>
  isMisfit(made) ? { ...withoutPoints(made), refused: true } : [made];

const cantBeRefused = (functionName: string, reason: string): RungFailure => ({
  reason: `${functionName} can't be refused here: ${reason}`,
  remedy: undefined,
  refused: true,
});

/** Programs at cgroups that refuse what the function is about; undefined: there are none. */
function atCgroups(
  { name, functionName }: FunctionRequest,
  context: FunctionContext,
): HookPoint[] | RungFailure | undefined {
  const entry = equivalentOf(name, context.host);
  const found = 'find' in entry ? entry.find(context.host) : undefined;
  if (!found || isUnavailable(found) || !('find' in entry)) return undefined;
  const { override = [] } = found;
  if (override.length === 0) return undefined;
  if (context.wants.signals) return { reason: NOT_BOTH, remedy: undefined, refused: true };
  const of = { functionName, parameters: entry.parameters };
  const points = override.map((point) => pointOfEquivalent(point, of, 'enforce', context));
  const misfit = points.find(isMisfit);
  return misfit ? { ...withoutPoints(misfit), refused: true } : points.filter(isPoint);
}
