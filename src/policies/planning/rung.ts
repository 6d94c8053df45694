import type { KprobeHook, LsmHook } from '../model.ts';
import type { HookPoint } from '../plan.ts';
import type { HookContext } from './context.ts';
import type { Misfit } from './points.ts';

/** One function of a hook. */
export type FunctionRequest = {
  /** As the policy writes it. */
  name: string;
  /** `name` is the symbol of a system call. */
  isSyscall: boolean;
  /** Name in events of anything but a system call. */
  functionName: string;
};

export type FunctionContext = HookContext<KprobeHook | LsmHook>;

/** What one way of hooking makes of a request; undefined: it is not for such functions. */
export type Rung = (request: FunctionRequest, context: FunctionContext) => RungResult | undefined;

export type RungResult = RungPoints | RungFailure;

export type RungPoints = {
  points: HookPoint[];
  /** Of several ways, those that can't serve the hook. */
  misfits: Misfit[];
  /** What the hook takes for something that it may not be. */
  doubts?: readonly Misfit[];
};

export type RungFailure = {
  points?: undefined;
  reason: string;
  remedy: string | undefined;
  /** The policy's arguments are at fault. */
  misfit?: Misfit;
  /** Its actions can't be done. */
  refused?: boolean;
};

/** A rung that comes to nothing because of an argument. */
export const withoutPoints = (misfit: Misfit): RungFailure => ({
  reason: misfit.reason,
  remedy: undefined,
  misfit,
});

export const isKprobe = (context: FunctionContext): context is HookContext<KprobeHook> =>
  context.hook.kind !== 'lsm';
