import type { Event, KprobeArgument } from '../../src/events/types.ts';
import type { HookNames } from '../../src/events/wire/hookNames.ts';
import { type ExpectedEvent, fits } from './trigger.ts';

/** A policy event, of whatever kind, by what it says of the call. */
export type Hit = {
  /** See ExpectedEvent.call. */
  readonly call: string;
  readonly policyName: string;
  readonly pid: number | undefined;
  readonly parentPid: number | undefined;
  readonly binary: string;
  readonly args: readonly KprobeArgument[];
  readonly returned: KprobeArgument | undefined;
  readonly obtained: string | undefined;
};

/** undefined: no policy made the event. */
export function hitOf(event: Event): Hit | undefined {
  switch (event.kind) {
    case 'process_kprobe':
      return hit(event, event.functionName, event.return);
    case 'process_lsm':
      return hit(event, event.functionName);
    case 'process_tracepoint':
      return hit(event, `${event.subsys}:${event.event}`);
    case 'process_uprobe':
      return hit(event, event.symbol);
    case 'process_usdt':
      return hit(event, `${event.provider}:${event.name}`);
    default:
      return undefined;
  }
}

type PolicyEvent = Extract<Event, { readonly policyName: string; readonly args: unknown }>;

const hit = (event: PolicyEvent, call: string, returned?: KprobeArgument): Hit => ({
  call: withoutArchitecture(call),
  policyName: event.policyName,
  pid: event.process.pid,
  parentPid: event.parent?.pid,
  binary: event.process.binary,
  args: event.args,
  returned: returned ?? event.trigon?.return,
  obtained: event.trigon?.obtained,
});

/** The call that a hook's events are of, as in them. */
export function callAt(names: HookNames): string {
  switch (names.kind) {
    case 'tracepoint':
      return `${names.subsystem}:${names.event}`;
    case 'uprobe':
      return names.symbol;
    case 'usdt':
      return `${names.provider}:${names.name}`;
    case 'loader':
      return 'loader';
    default:
      return withoutArchitecture(names.functionName);
  }
}

/** System calls are named in events as the kernel's functions are. */
const withoutArchitecture = (name: string): string => name.replace(/^__(?:x64|arm64)_sys_/, 'sys_');

const contentOf = (argument: KprobeArgument): unknown =>
  argument.kind === 'unknown' ? undefined : argument.value;

export function isExpected({ call, args, returned }: Hit, expected: ExpectedEvent): boolean {
  return (
    call === expected.call &&
    fits(args.map(contentOf), expected.args) &&
    fits(returned && contentOf(returned), expected.returns)
  );
}

/** The event's values as one line of JSON, with `{folder}` in place of the temporary folder. */
export function evidenceOf({ call, args, returned }: Hit, folder: string): string {
  const values = args.map(shown).join(', ');
  const text = `${call}(${values})${returned ? ` = ${shown(returned)}` : ''}`;
  return text.replaceAll(folder, '{folder}');
}

const shown = (argument: KprobeArgument): string =>
  JSON.stringify(contentOf(argument) ?? argument.kind, (_, value: unknown) => {
    if (typeof value === 'bigint') return Number(value);
    return value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value;
  });
