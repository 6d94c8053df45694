import { hasLsmHook } from '../equivalents/refusals.ts';
import type { HookPoint } from '../plan.ts';
import {
  counterparts,
  lsmObstacle,
  lsmPoint,
  refusalObstacle,
  refusingPoint,
} from './entryPoints.ts';
import { hasFunctionHooks, tellingPoint } from './kernelFunctions.ts';
import { programFunctionOf } from './lsm.ts';
import { isMisfit } from './points.ts';
import { doubtsAbout } from './prototypes.ts';
import { type FunctionContext, type FunctionRequest, type Rung, withoutPoints } from './rung.ts';

/** LSM hooks. */

/** By an LSM program: the hook itself. */
export const lsmProgramRung: Rung = ({ functionName }, context) => {
  const { hook, host, wants } = context;
  if (hook.kind !== 'lsm') return undefined;
  const obstacle = lsmObstacle(hook.hook, host, wants.override);
  if (obstacle !== undefined) return host.lsm ? { reason: obstacle, remedy: undefined } : undefined;
  const program = programFunctionOf(hook.hook);
  const made = lsmPoint(hook.hook, { functionName, function: program }, context);
  if (isMisfit(made)) return withoutPoints(made);
  const doubts = doubtsAbout(hook, functionName, host.functionPrototype(program));
  return { points: [made], misfits: [], doubts };
};

/** By the function that calls the hook: it tells, and where trampolines can refuse, it refuses. */
export const securityFunctionRung: Rung = (request, context) => {
  const { hook, host, wants } = context;
  if (hook.kind !== 'lsm' || !hasFunctionHooks(host)) return undefined;
  const unrefused = wants.override ? refusalObstacle(request.name, host) : undefined;
  // Programs at cgroups may still refuse it: see the next rung.
  if (unrefused !== undefined)
    return { reason: `${hook.hook} can't be refused here: ${unrefused}`, remedy: undefined };
  const subject = subjectAtFunction(request, hook.hook, context);
  const when = wants.override ? 'monitor' : 'always';
  const tell = tellingPoint(['kprobe', 'fentry'], subject, context, when);
  if (isMisfit(tell)) return withoutPoints(tell);
  const told = { ...tell, ...notTheHook(tell.attachment.kind, request.name) };
  if (!wants.override) return { points: [told], misfits: [] };
  const act = refusingPoint(subject, context);
  return isMisfit(act)
    ? { ...withoutPoints(act), refused: true }
    : { points: [told, { ...act, ...notTheHook('fmod_ret', request.name) }], misfits: [] };
};

/** The hook's arguments, where the function that calls it has them. */
function subjectAtFunction(
  { functionName, name }: FunctionRequest,
  hook: string,
  { host }: FunctionContext,
) {
  if (!hasLsmHook(hook, host)) return { functionName, function: name };
  return {
    functionName,
    function: name,
    indexOf: counterparts(
      host.functionPrototype(programFunctionOf(hook)),
      host.functionPrototype(name),
    ),
  };
}

const notTheHook = (way: string, name: string): Pick<HookPoint, 'obtained' | 'differs'> => ({
  obtained: `equivalent: ${way} at ${name}`,
  differs: ['told also when another security module refuses the call, and before it is asked'],
});
