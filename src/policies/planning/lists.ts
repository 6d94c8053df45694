import { tg_limit as LIMIT } from '../../generated/layouts.ts';
import { equivalentFunctions, syscallBodies } from '../equivalents/index.ts';
import type { ValueList } from '../model.ts';
import type { HookContext } from './context.ts';
import { hasFunctionHooks } from './kernelFunctions.ts';
import type { FunctionRequest } from './rung.ts';
import { allSyscallSymbols, isSyscallSymbol } from './symbols.ts';

/** What a name in a policy asks for. */
export const requestFor = (name: string, asSyscall: boolean): FunctionRequest => ({
  name,
  isSyscall: asSyscall || isSyscallSymbol(name),
  functionName: name,
});

/** The functions and system calls of a list on this kernel. */
export function membersOf(list: ValueList, context: HookContext): FunctionRequest[] {
  switch (list.type) {
    case 'syscalls':
      return list.values.map((name) => requestFor(name, true));
    case 'generated_syscalls':
      return allSyscallSymbols(context.host.arch).map((name) => requestFor(name, true));
    case 'generated_ftrace':
      return matching(list, context).map((name) => requestFor(name, false));
    default:
      return list.values.map((name) => requestFor(name, false));
  }
}

/** Each function takes a site, and another one for its return; others need some as well. */
const MOST_FUNCTIONS = LIMIT.TG_MAX_SITES / 2;

/** Each trampoline is a program of its own, which the kernel verifies and keeps with the whole engine in it. */
const MOST_TRAMPOLINES = 32;

function limitOf({ hook, host }: HookContext): { most: number; why: string } {
  const byTrampolines = host.fentry && (hook.kind === 'fentry' || !host.kprobes);
  return byTrampolines
    ? {
        most: MOST_TRAMPOLINES,
        why: ' by trampolines, each of which is a program to be loaded by itself',
      }
    : { most: MOST_FUNCTIONS, why: '' };
}

/** Where functions can be hooked, all that ftrace can trace; else the pattern picks from those that something stands for. */
function matching(list: ValueList, context: HookContext): readonly string[] {
  // The parser has taken it for a regular expression already.
  const pattern = new RegExp(list.pattern ?? '');
  const traced = hasFunctionHooks(context.host) ? context.host.tracedFunctions(pattern) : undefined;
  if (!traced) {
    context.warn(
      context.hook,
      hasFunctionHooks(context.host)
        ? `which functions list "${list.name}" names is not known: ftrace’s list of functions can’t be read (that takes root, and no lockdown=confidentiality); of those that match, the ones that Trigon knows are taken`
        : `list "${list.name}" takes only functions for which Trigon knows a system call or tracepoint, not all that match`,
    );
    return [...equivalentFunctions(), ...syscallBodies(context.host.arch)].filter((name) =>
      pattern.test(name),
    );
  }
  const { most, why } = limitOf(context);
  if (traced.length <= most) return traced;
  context.refuse(
    { position: list.position, field: `spec.lists (${list.name})` },
    `the pattern ${list.pattern} matches ${traced.length} functions of this kernel (${traced.slice(0, 3).join(', ')} …); at most ${most} can be hooked together${why}: narrow it`,
  );
  return [];
}
