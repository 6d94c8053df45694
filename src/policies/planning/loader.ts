import { present, rawTracepoint } from '../equivalents/points.ts';
import { constant, file } from '../equivalents/sources.ts';
import { everyCall } from '../everyCall.ts';
import type { ArgumentFilter, Hook, HookArgument, KprobeHook, TracingPolicy } from '../model.ts';
import type { HookPlan } from '../plan.ts';
import type { HookContext } from './context.ts';
import { isPoint, pointOfEquivalent } from './points.ts';

/** spec.loader: files that are mapped to be run, told by a hook of our own on security_mmap_file(). */

const FIELD = 'spec.loader';
const PROT_EXEC = 4n;
/** st_mode & S_IFMT of a file with contents; what is mapped without one has no path and no build id. */
const REGULAR = 0o100000n;

/** PROT_READ | PROT_EXEC, include/uapi/asm-generic/mman-common.h. */
const CODE_PROTECTION = 5;

/** sched_process_exec(task, old_pid, bprm): what the kernel maps for a program that it starts. */
const PROGRAM = rawTracepoint(
  'sched_process_exec',
  [file(2, 'linux_binprm', ['file']), constant(CODE_PROTECTION)],
  {
    differs: ['a program is told when its exec is done; its own loader, which exec maps, is not'],
    sigkill: 'the process dies before the new program runs',
  },
);

/** What stands in for security_mmap_file() sees no program that is started: told here, where the function itself can't be hooked. */
export function withPrograms(plan: HookPlan, context: HookContext): HookPlan {
  const [first] = plan.points;
  if (!first || first.obtained === 'exact') return plan;
  const of = { functionName: first.functionName, parameters: ['file', 'prot'] };
  const programs = present(context.host, [PROGRAM])
    .map((point) => pointOfEquivalent(point, of, 'always', context))
    .filter(isPoint);
  return { ...plan, points: [...plan.points, ...programs] };
}

/** Whether a hook is the one that stands for spec.loader: its events are process_loader events. Argument 0 is the file. */
export const isLoaderHook = (hook: Hook): boolean => hook.field === FIELD;

/** The hook that stands for spec.loader. */
export function loaderHook({ position }: TracingPolicy): KprobeHook {
  const argument = (index: number, type: HookArgument['type']): HookArgument => ({
    index,
    type,
    label: undefined,
    resolve: [],
    btfType: undefined,
    btfTypeModule: undefined,
    sizeArgIndex: 0,
    returnCopy: false,
    maxData: false,
    source: undefined,
    field: FIELD,
    position,
  });
  const filter = (
    at: number,
    operator: ArgumentFilter['operator'],
    value: bigint,
  ): ArgumentFilter => ({
    arguments: [at],
    operator,
    values: { kind: 'ranges', ranges: [[value, value]] },
    field: FIELD,
    position,
  });
  return {
    kind: 'kprobe',
    call: 'security_mmap_file',
    syscall: false,
    return: false,
    returnArg: undefined,
    returnArgAction: undefined,
    args: [argument(0, 'file'), argument(1, 'uint64')],
    data: [],
    callNotFoundIgnored: false,
    message: undefined,
    tags: [],
    field: FIELD,
    position,
    selectors: [
      {
        ...everyCall({ field: FIELD, position }),
        matchArgs: [filter(1, 'Mask', PROT_EXEC), filter(0, 'FileType', REGULAR)],
      },
    ],
  };
}
