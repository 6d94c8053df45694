import { argumentText, endpoint, unnamedFile } from '../../events/compactArguments.ts';
import type { KprobeArgument, SkbArgument, SockArgument } from '../../events/types.ts';
import { readArgument } from '../../events/wire/argument.ts';
import { type RecordSpan, u32In } from '../../events/wire/span.ts';
import {
  tg_argument as ARGUMENT,
  tg_value_error as ERROR,
  tg_policy_record as POLICY,
} from '../../generated/layouts.ts';
import { canBeTarget } from './targetKey.ts';

const NO_TARGET = -1;

/**
 * Where in a policy record the argument stands that the event is about: the first that names something (a path, a text, an
 * address, a capability); NO_TARGET: none does. Args that are read when the call returns stand behind the return value.
 */
export function findTarget(record: RecordSpan): number {
  const returned =
    u32In(record, POLICY.at.has_return) === 0 ? -1 : u32In(record, POLICY.at.argument_count);
  let at: number = POLICY.size;
  for (let position = 0; at + ARGUMENT.size <= record.length; position++) {
    const size = u32In(record, at + ARGUMENT.at.size);
    if (at + ARGUMENT.size + size > record.length) return NO_TARGET;
    if (
      position !== returned &&
      u32In(record, at + ARGUMENT.at.error) === ERROR.TG_ERROR_NONE &&
      canBeTarget(u32In(record, at + ARGUMENT.at.type))
    )
      return at;
    at += (ARGUMENT.size + size + 7) & ~7;
  }
  return NO_TARGET;
}

/** Longer texts are cut: a list shows no more, and there may be thousands of them. */
export const MOST_CHARACTERS = 512;

/** The target as a compact line shows it, but as it is: hostile text. '' without one. @param at of `findTarget` */
export function readTarget(record: RecordSpan, at: number): string {
  if (at === NO_TARGET) return '';
  const { view, at: begin } = record;
  const start = view.byteOffset + begin + at + ARGUMENT.size;
  const argument = readArgument(
    {
      type: u32In(record, at + ARGUMENT.at.type),
      number: view.getBigInt64(begin + at + ARGUMENT.at.number, true),
      flags: u32In(record, at + ARGUMENT.at.flags),
      error: ERROR.TG_ERROR_NONE,
      body: new Uint8Array(view.buffer, start, u32In(record, at + ARGUMENT.at.size)),
    },
    { hostUserNamespace: 0 },
  );
  return shortName(argument);
}

/** An argument that names something, as a text of so many characters at most. Hostile. */
export function shortName(argument: KprobeArgument): string {
  const name = argumentName(argument);
  if (name.length <= MOST_CHARACTERS) return name;
  // V8 keeps the whole text in memory for a piece of it: for one of a text that is made anew, no more than that.
  return ` ${name.slice(0, MOST_CHARACTERS)}`.slice(1);
}

/** An argument that names something, as a text; not cut. Hostile. */
export function argumentName(argument: KprobeArgument): string {
  switch (argument.kind) {
    case 'file_arg':
    case 'path_arg':
    case 'linux_binprm_arg':
      return argument.value.path || unnamedFile(argument.value);
    case 'string_arg':
      return argument.value;
    case 'sockaddrun_arg':
      return argument.value.path;
    case 'sock_arg':
    case 'skb_arg':
      return endText(argument.value) ?? argumentText(argument);
    case 'bpf_attr_arg':
    case 'bpf_prog_arg':
      return argument.value.progName;
    case 'bpf_map_arg':
      return argument.value.mapName;
    case 'perf_event_arg':
      return argument.value.kprobeFunc;
    case 'module_arg':
      return argument.value.name;
    default:
      return argumentText(argument);
  }
}

/** undefined: not of the internet's families. */
function endText({ family, saddr, sport, daddr, dport }: SockArgument | SkbArgument) {
  if (!/^AF_INET6?$/.test(family)) return undefined;
  return dport === 0 ? endpoint(saddr, sport) : endpoint(daddr, dport);
}
