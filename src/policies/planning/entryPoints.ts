import { equivalentOf, syscallOfBody } from '../equivalents/index.ts';
import { sigkillAtEntry } from '../equivalents/points.ts';
import type { Attachment, FunctionPrototype, HookPoint, HostAbilities } from '../plan.ts';
import { describeAttachment } from '../words/attachments.ts';
import { type Entry, kprobeEntry, trampolineEntry, valuesAt } from './functionValues.ts';
import { isClosedHook, lsmHookOfFunction, programFunctionOf } from './lsm.ts';
import { isMisfit, type Misfit } from './points.ts';
import { plainC } from './prototypes.ts';
import type { FunctionContext } from './rung.ts';

/** Points at the entry of kernel functions, by each of the ways that a program can stand there. */

export type Way = 'kprobe' | 'fentry';

/**
 * What a hook's events and arguments are of. `functionName` in the events; `function` the kernel's; `index` of the hook's arguments
 * among the function's own, where they differ.
 */
export type Subject = {
  functionName: string;
  function: string;
  indexOf?: (index: number) => number | undefined;
};

/** Registers that the calling convention has for arguments: a trampoline hands over no function with more. */
const MOST_PARAMETERS: Readonly<Record<HostAbilities['arch'], number>> = { x64: 6, arm64: 8 };

/** Why a function can't be hooked in that way here; undefined: it can. */
export function obstacle(way: Way, name: string, host: HostAbilities): string | undefined {
  if (way === 'kprobe' && !host.kprobes) return host.reasons.kprobes ?? 'kprobes can’t be attached';
  if (way === 'fentry' && !host.fentry)
    return host.reasons.fentry ?? 'trampolines can’t be attached';
  if (!host.hasFunction(name)) return `this kernel has no function ${name}`;
  return way === 'fentry' ? trampolineObstacle(name, host) : undefined;
}

function trampolineObstacle(name: string, host: HostAbilities): string | undefined {
  const prototype = host.functionPrototype(name);
  if (!prototype) return `the kernel’s BTF does not describe ${name}, which a trampoline needs`;
  const { parameters } = prototype;
  if (parameters.at(-1)?.type === '...') return `${name} takes any number of arguments`;
  return parameters.length > MOST_PARAMETERS[host.arch]
    ? `${name} has ${parameters.length} arguments, more than a trampoline takes`
    : undefined;
}

/** The function's entry (and return) by a kprobe or fentry. Nothing is asked of the host: see obstacle(). */
export function functionPoint(
  way: Way,
  subject: Subject,
  context: FunctionContext,
  when: HookPoint['when'] = 'always',
): HookPoint | Misfit {
  const { host, policy } = context;
  const { function: name } = subject;
  const attachment: Attachment =
    way === 'kprobe'
      ? {
          kind: 'kprobe',
          function: name,
          // fprobe takes only what ftrace traces, and one name that it doesn't take would fail all of them.
          multi:
            host.kprobeMulti && !policy.options.disableKprobeMulti && host.isTraced(name) === true,
        }
      : { kind: 'fentry', function: name };
  const entry = way === 'kprobe' ? kprobeEntry(name, host) : trampolineEntry(name, host);
  return pointAt(attachment, at(entry, subject), subject, context, {
    when,
    canOverride: false,
    returns: true,
  });
}

/** Why security functions can't be refused by fmod_ret; undefined: this one can. */
export function refusalObstacle(name: string, host: HostAbilities): string | undefined {
  const silent = noResult(name, host.functionPrototype(name));
  if (silent !== undefined) return silent;
  if (!host.fmodRet) return host.reasons.fmodRet ?? 'fmod_ret programs can’t be attached';
  if (!host.hasFunction(name)) return `this kernel has no function ${name}`;
  return trampolineObstacle(name, host);
}

/** The entry of a `security_*` function, by a program that can refuse it. */
export function refusingPoint(subject: Subject, context: FunctionContext): HookPoint | Misfit {
  const entry = trampolineEntry(subject.function, context.host);
  return pointAt(
    { kind: 'fmodRet', function: subject.function, syscall: undefined },
    at(entry, subject),
    subject,
    context,
    { when: 'enforce', canOverride: true, returns: false },
  );
}

/** Why LSM programs can't be attached to a hook, or, if they are to refuse, can't do so; undefined: they can. */
export function lsmObstacle(
  hook: string,
  host: HostAbilities,
  toRefuse: boolean,
): string | undefined {
  if (!host.lsm) return host.reasons.lsm ?? 'LSM programs can’t be attached';
  const prototype = host.functionPrototype(programFunctionOf(hook));
  if (!prototype) return `this kernel has no LSM hook ${hook}`;
  if (isClosedHook(hook, host.kernel))
    return `since Linux 6.12 the kernel attaches no BPF programs to the LSM hook ${hook}`;
  return toRefuse ? noResult(hook, prototype) : undefined;
}

/** An LSM program. */
export function lsmPoint(
  hook: string,
  subject: Subject,
  context: FunctionContext,
  when: HookPoint['when'] = 'always',
): HookPoint | Misfit {
  const entry = trampolineEntry(programFunctionOf(hook), context.host);
  return pointAt({ kind: 'lsm', hook }, at(entry, subject), subject, context, {
    when,
    canOverride: noResult(hook, entry.prototype) === undefined,
    returns: false,
  });
}

const noResult = (name: string, prototype: FunctionPrototype | undefined): string | undefined =>
  prototype?.returns === 'void'
    ? `${name} returns nothing, so that it can’t be refused`
    : undefined;

const at = (entry: Entry, { functionName, indexOf }: Subject): Entry => ({
  ...entry,
  functionName,
  inputOf: indexOf ?? entry.inputOf,
});

function pointAt(
  attachment: Attachment,
  entry: Entry,
  { functionName, function: name }: Subject,
  context: FunctionContext,
  {
    when,
    canOverride,
    returns,
  }: { when: HookPoint['when']; canOverride: boolean; returns: boolean },
): HookPoint | Misfit {
  const made = valuesAt(entry, context);
  if (isMisfit(made)) return made;
  if (!returns && context.wants.returnFiltered)
    return {
      reason: `a filter looks at what ${functionName} returns, and a program that refuses the call does so before it returns`,
      argument: undefined,
    };
  for (const { argument, reason } of made.left)
    context.warn(
      argument ?? context.hook,
      `${reason} (${describeAttachment(attachment)}); it is left out`,
    );
  return {
    functionName,
    attachment,
    obtained: 'exact',
    differs: [],
    sigkill: sigkillAt(name, context.host),
    canSignal: true,
    canOverride,
    refusedBy: [],
    when,
    values: made.values,
    returnValue: returns ? made.returnValue : undefined,
    requires: [],
  };
}

const DIES_AFTERWARDS =
  'the function still runs, and what it does is done unless it waits for something; the process dies before it is back in its own code';

/** What SIGKILL at a function's entry does: what is known of the system calls that lead to it, whose entry stands before it. */
function sigkillAt(name: string, host: HostAbilities): string {
  const hook = /^bpf_lsm_(\w+)$/.exec(name)?.[1];
  const body = syscallOfBody(name, host.arch);
  if (body !== undefined) return sigkillAtEntry(body);
  const known = equivalentOf(hook ?? name, host);
  const found = 'find' in known ? known.find(host) : undefined;
  if (!found || 'reason' in found) return DIES_AFTERWARDS;
  const points = [...found.tell, ...(found.signal ?? [])].filter(
    ({ attachment: { kind } }) => kind === 'syscall' || kind === 'fileAccess',
  );
  return [...new Set(points.map(({ sigkill }) => sigkill))].join('; ') || DIES_AFTERWARDS;
}

/** Which argument of one function stands for an argument of another: the same name and type, or the same place and type. */
export function counterparts(
  from: FunctionPrototype | undefined,
  to: FunctionPrototype | undefined,
): (index: number) => number | undefined {
  if (!from || !to) return (index) => index;
  return (index) => {
    const wanted = from.parameters[index];
    if (!wanted) return undefined;
    const isLike = ({ type }: { type: string }) => plainC(type) === plainC(wanted.type);
    const named = to.parameters.findIndex(
      (parameter) => parameter.name === wanted.name && isLike(parameter),
    );
    if (named >= 0) return named;
    const there = to.parameters[index];
    return there && isLike(there) ? index : undefined;
  };
}

/** The LSM hook that a security function calls, if this kernel lets programs be attached to it. */
export const lsmHookHere = (functionName: string, host: HostAbilities): string | undefined => {
  const hook = lsmHookOfFunction(functionName);
  return hook !== undefined && host.functionPrototype(programFunctionOf(hook)) ? hook : undefined;
};
