import type { HookArgument, UprobeHook, UsdtHook } from '../model.ts';
import type { HookPlan, HookPoint, HostAbilities, ValuePlan } from '../plan.ts';
import type { HookContext } from './context.ts';
import { assemble } from './functions.ts';
import { asInput, planData } from './points.ts';
import { userRegister } from './registers.ts';
import { isNumberType, nothing, plainValue, resolvedValue, sizeInputOf } from './values.ts';

const SIGKILL = 'the process dies before the function does anything';

/** Plans uprobes: one point for each symbol, offset or address. */
export function planUprobe(context: HookContext<UprobeHook>): HookPlan {
  const { hook } = context;
  const path = pathHere(context);
  const absent = absence(path, context);
  const data = planData(context, asInput(userRegister(context.host.arch)));
  if (!Array.isArray(data)) context.refuse(data.argument ?? hook, data.reason);
  const values = [...valuesOf(context), ...(Array.isArray(data) ? data : [])];
  const returnValue = returnOf(context);
  if (absent) return assemble(context, [], [{ name: hook.path, ...absent }]);
  const points = targetsOf(hook).map(
    ({ functionName, ...target }, index): HookPoint => ({
      ...point(functionName, values),
      attachment: {
        kind: 'uprobe',
        path,
        ...target,
        refCtrOffset: hook.refCtrOffsets[index] ?? 0n,
        returns: returnValue !== undefined,
        multi: context.host.uprobeMulti && !context.policy.options.disableUprobeMulti,
      },
      returnValue,
    }),
  );
  return assemble(context, points, []);
}

export function planUsdt(context: HookContext<UsdtHook>): HookPlan {
  const { hook } = context;
  const { provider, name } = hook;
  const path = pathHere(context);
  const values = valuesOf(context);
  const absent = absence(path, context);
  if (absent) return assemble(context, [], [{ name: `${provider}:${name}`, ...absent }]);
  return assemble(
    context,
    [{ ...point(name, values), attachment: { kind: 'usdt', path, provider, name } }],
    [],
  );
}

/** Folders where distributions keep their libraries; policies are written with those of one. */
const LIBRARY = /^(?:\/usr)?\/lib(?:64)?\/([^/]+)$/;
const LIBRARY_FOLDERS: Readonly<Record<HostAbilities['arch'], readonly string[]>> = {
  x64: ['/lib64', '/usr/lib64', '/lib/x86_64-linux-gnu', '/usr/lib/x86_64-linux-gnu', '/usr/lib'],
  arm64: [
    '/lib64',
    '/usr/lib64',
    '/lib/aarch64-linux-gnu',
    '/usr/lib/aarch64-linux-gnu',
    '/usr/lib',
  ],
};

/** The file that the policy means: a library may lie elsewhere here. */
function pathHere(context: HookContext<UprobeHook | UsdtHook>): string {
  const { hook, host } = context;
  const library = LIBRARY.exec(hook.path)?.[1];
  if (host.isFile(hook.path) || library === undefined) return hook.path;
  const found = LIBRARY_FOLDERS[host.arch]
    .map((folder) => `${folder}/${library}`)
    .find((path) => host.isFile(path));
  if (found === undefined) return hook.path;
  context.warn(hook, `there is no file ${hook.path} here; ${found} is taken instead`);
  return found;
}

function absence(path: string, { host }: HookContext<UprobeHook | UsdtHook>) {
  if (!host.uprobes)
    return {
      reason: host.reasons.uprobes ?? 'uprobes can’t be attached here',
      remedy: 'run Trigon as root',
    };
  return host.isFile(path) ? undefined : { reason: `there is no file ${path}`, remedy: undefined };
}

const point = (
  functionName: string,
  values: readonly ValuePlan[],
): Omit<HookPoint, 'attachment'> => ({
  functionName,
  obtained: 'exact',
  differs: [],
  sigkill: SIGKILL,
  canSignal: true,
  canOverride: false,
  refusedBy: [],
  when: 'always',
  values: new Map(values.entries()),
  returnValue: undefined,
  requires: [],
});

type Target = {
  functionName: string;
  symbol: string | undefined;
  offset: bigint;
  address: bigint | undefined;
};

/** `name` or `name+0x10` */
const SYMBOL = /^(.+)\+(0[xX][0-9a-fA-F]+|\d+)$/;

function targetsOf({ targets }: UprobeHook): Target[] {
  if (targets.by === 'symbol')
    return targets.values.map((text) => {
      const [, symbol, offset] = SYMBOL.exec(text) ?? [];
      return {
        functionName: text,
        symbol: symbol ?? text,
        offset: BigInt(offset ?? 0),
        address: undefined,
      };
    });
  const { by } = targets;
  return targets.values.map((value) => ({
    functionName: `0x${value.toString(16)}`,
    symbol: undefined,
    offset: by === 'offset' ? value : 0n,
    address: by === 'address' ? value : undefined,
  }));
}

function valuesOf(context: HookContext<UprobeHook | UsdtHook>): ValuePlan[] {
  return context.hook.args.map((argument) => {
    const made = valueAt(argument, argument.index, context);
    if (typeof made !== 'string') return made;
    context.refuse(argument, made);
    return nothing(argument);
  });
}

function returnOf(context: HookContext<UprobeHook>): ValuePlan | undefined {
  const argument = context.hook.return ? context.hook.returnArg : undefined;
  if (!argument) return undefined;
  const made = valueAt(argument, 'TG_INPUT_RETURN', context);
  if (typeof made !== 'string') return made;
  context.refuse(argument, made);
  return undefined;
}

/** Structures that a program's function may be given as well: what sockets' addresses look like is the same on both sides. */
const SHARED = ['sockaddr', 'sockaddr_un', 'bpf_attr', 'perf_event'];

function valueAt(
  argument: HookArgument,
  input: ValuePlan['input'],
  { hook, host }: HookContext<UprobeHook | UsdtHook>,
): ValuePlan | string {
  const { type } = argument;
  if (type === 'nop') return nothing(argument);
  if (argument.resolve.length > 0) {
    if (argument.btfType === undefined)
      return 'resolve needs btfType, the struct that the argument points to';
    if (hook.btfPath === undefined)
      return 'resolve needs btfPath, the BTF file with the program’s structs';
    try {
      const field = host.resolveField(argument.btfType, argument.resolve, hook.btfPath);
      return resolvedValue(argument, input, ['TG_VALUE_USER'], field);
    } catch (error) {
      return (error as Error).message;
    }
  }
  if (isNumberType(type) || type === 'fd') return plainValue(argument, input, []);
  const inMemory = plainValue(argument, input, ['TG_VALUE_USER']);
  if (type === 'string') return inMemory;
  if (type === 'char_buf' || type === 'char_iovec')
    return { ...inMemory, sizeInput: sizeInputOf(argument) };
  if (SHARED.includes(type)) return inMemory;
  return `a function of a program is not given the kernel's ${type}: allowed are numbers, fd, string, char_buf, char_iovec, ${SHARED.join(', ')}, and resolve`;
}
