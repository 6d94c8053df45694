import { equivalentOf, syscallOfBody } from '../equivalents/index.ts';
import { isUnavailable } from '../equivalents/points.ts';
import type { EquivalentPoint } from '../equivalents/types.ts';
import type { KprobeHook } from '../model.ts';
import type { HookPoint } from '../plan.ts';
import { NOT_BOTH, noOverride } from './actions.ts';
import type { HookContext } from './context.ts';
import { functionRung, hasFunctionHooks } from './kernelFunctions.ts';
import { lsmProgramRung, securityFunctionRung } from './lsmHooks.ts';
import { isMisfit, isPoint, pointOfEquivalent } from './points.ts';
import {
  type FunctionContext,
  type FunctionRequest,
  isKprobe,
  type Rung,
  type RungResult,
  withoutPoints,
} from './rung.ts';
import { symbolOfSyscall, syscallOfSymbol } from './symbols.ts';
import { syscallPoints } from './syscalls.ts';

const NO_SYSCALLS = 'the raw_syscalls tracepoints can’t be attached';

const syscallRung: Rung = (request, context) => {
  if (!request.isSyscall) return undefined;
  const { host } = context;
  if (!isKprobe(context)) return undefined;
  const symbol = syscallOfSymbol(request.name, host.arch);
  if (symbol.kind === 'unknown') return { reason: symbol.reason, remedy: symbol.remedy };
  return systemCall(symbol, context);
};

/** `__sys_setuid` and its like, which do what the system call of their name does, with the same arguments. */
const syscallBodyRung: Rung = (request, context) => {
  const { host } = context;
  const name = request.isSyscall ? undefined : syscallOfBody(request.functionName, host.arch);
  if (name === undefined || !isKprobe(context)) return undefined;
  const made = systemCall({ name, functionName: request.functionName }, context);
  if (!made.points) return made;
  return {
    ...made,
    points: made.points.map((point) =>
      point.obtained === 'exact'
        ? {
            ...point,
            obtained: `equivalent: entry of ${name} (${symbolOfSyscall(name, host.arch)}, raw sys_enter)`,
            differs: ['not seen: calls from 32-bit system calls and from inside the kernel'],
          }
        : point,
    ),
  };
};

function systemCall(
  symbol: { name: string; functionName: string },
  context: HookContext<KprobeHook>,
): RungResult {
  const { host } = context;
  if (!host.rawTracepoints)
    return { reason: host.reasons.rawTracepoints ?? NO_SYSCALLS, remedy: 'run Trigon as root' };
  const points = syscallPoints(symbol, context);
  if (Array.isArray(points)) return { points, misfits: [] };
  if ('refusal' in points) return { reason: points.refusal, remedy: undefined, refused: true };
  return withoutPoints(points);
}

const equivalentRung: Rung = (request, context) => {
  const { host, wants } = context;
  if (request.isSyscall || syscallOfBody(request.functionName, host.arch)) return undefined;
  const entry = equivalentOf(request.name, host);
  if (!('find' in entry)) return entry;
  const found = entry.find(host);
  if (isUnavailable(found)) return found;
  const of = { functionName: request.functionName, parameters: entry.parameters };
  const make = (points: readonly EquivalentPoint[], when: HookPoint['when']) =>
    points.map((point) => pointOfEquivalent(point, of, when, context));

  const acting = choose(found, wants);
  if (acting === 'none')
    return {
      reason: wants.override
        ? `${request.functionName} can't be refused here: ${noOverride(context, request.name)}`
        : `nothing here that tells of ${request.functionName} can send a signal`,
      remedy: undefined,
      refused: true,
    };
  if (wants.override && wants.signals)
    return { reason: NOT_BOTH, remedy: undefined, refused: true };
  const tell = make(found.tell, acting.length > 0 ? 'monitor' : 'always');
  const act = make(acting, 'enforce');
  const misfits = [...tell, ...act].filter(isMisfit);
  const told = tell.filter(isPoint);
  const acted = act.filter(isPoint);
  const first = misfits[0];
  const enforces = wants.signals || wants.override;
  // Points of a hook that enforces must all be there: half of an enforcement is none.
  if (first && (told.length === 0 || enforces || acted.length < act.length))
    return { reason: first.reason, remedy: undefined, misfit: first, refused: enforces };
  return { points: [...told, ...acted], misfits };
};

/** The points that act, when those that tell can't: none needed, some, or 'none' when the host has none. */
function choose(
  found: {
    tell: readonly EquivalentPoint[];
    signal?: readonly EquivalentPoint[];
    override?: readonly EquivalentPoint[];
  },
  wants: { signals: boolean; override: boolean },
): readonly EquivalentPoint[] | 'none' {
  if (wants.override) return found.override?.length ? found.override : 'none';
  if (found.tell.every(({ canSignal }) => canSignal)) return [];
  if (found.signal?.length) return found.signal;
  return wants.signals ? 'none' : [];
}

/** Best first. */
const RUNGS: readonly Rung[] = [
  syscallRung,
  lsmProgramRung,
  securityFunctionRung,
  functionRung,
  syscallBodyRung,
  equivalentRung,
];

/**
 * Takes the first rung that has points. What the policy itself is at fault for, no other rung makes good; when all come to nothing,
 * the reason of the best one is told.
 */
export function climb(request: FunctionRequest, context: FunctionContext): RungResult {
  let first: RungResult | undefined;
  for (const rung of RUNGS) {
    const made = rung(request, context);
    if (made?.points || made?.misfit?.argument || made?.refused) return made;
    first ??= made;
    if (made && mayBeMissing(context)) break;
  }
  return first ?? { reason: `nothing stands for ${request.name}`, remedy: undefined };
}

/** The policy expects that some kernels don't have the function: where functions can be hooked, nothing else is put in its place. */
const mayBeMissing = ({ hook, host }: FunctionContext): boolean =>
  'callNotFoundIgnored' in hook && hook.callNotFoundIgnored && hasFunctionHooks(host);
