/** Records as the kernel side writes them, built from the generated layouts. */
import type { HookNames, HookTarget } from '../../../src/events/wire/hookNames.ts';
import {
  tg_argument as ARGUMENT,
  tg_exec_record as EXEC,
  tg_exit_record as EXIT,
  tg_record_kind as KIND,
  tg_policy_record as POLICY,
  tg_throttle_record as THROTTLE,
  tg_action,
  tg_mode,
  tg_outcome,
  tg_throttle_type,
  tg_type,
  tg_value_error,
} from '../../../src/generated/layouts.ts';

type Text = Uint8Array | string;
type Texts = {
  filename?: Text;
  exe?: Text;
  cwd?: Text;
  args?: Text;
  cgroup?: Text;
  environment?: Text;
};
type Numbers = {
  tgid?: number;
  ktime?: bigint;
  euid?: number;
  flags?: number;
  cloned?: number;
  auid?: number;
};

export const join = (parts: readonly Uint8Array[]): Uint8Array =>
  new Uint8Array(Buffer.concat(parts));

export function execRecord(texts: Texts = {}, numbers: Numbers = {}): Uint8Array {
  const { filename, exe, cwd, args, cgroup, environment } = texts;
  const parts = [filename, exe, cwd, args, cgroup, environment].map((text) =>
    Buffer.from(text ?? ''),
  );
  const record = join([new Uint8Array(EXEC.size), ...parts]);
  const view = new DataView(record.buffer);
  const { at } = EXEC;
  [
    at.filename_length,
    at.exe_length,
    at.cwd_length,
    at.args_length,
    at.cgroup_length,
    at.environment_length,
  ].forEach((offset, i) => {
    view.setUint16(offset, parts[i]?.length ?? 0, true);
  });
  view.setUint32(at.head.kind, KIND.TG_RECORD_EXEC, true);
  view.setUint32(at.head.size, record.length, true);
  view.setUint32(at.head.tgid, numbers.tgid ?? 100, true);
  view.setBigUint64(at.head.ktime, numbers.ktime ?? 1000n, true);
  view.setUint32(at.euid, numbers.euid ?? 0, true);
  view.setUint32(at.auid, numbers.auid ?? 0xffff_ffff, true);
  view.setUint32(at.flags, numbers.flags ?? 0, true);
  view.setUint32(at.cloned, numbers.cloned ?? 0, true);
  return record;
}

export function throttleRecord(cgroup: string, id = 1n, ktime = 2000n): Uint8Array {
  const record = new Uint8Array(THROTTLE.size);
  const view = new DataView(record.buffer);
  view.setUint32(THROTTLE.at.head.kind, KIND.TG_RECORD_THROTTLE, true);
  view.setUint32(THROTTLE.at.head.size, record.length, true);
  view.setBigUint64(THROTTLE.at.head.ktime, ktime, true);
  view.setBigUint64(THROTTLE.at.cgroup_id, id, true);
  view.setUint32(THROTTLE.at.type, tg_throttle_type.TG_THROTTLE_START, true);
  // What follows the name means nothing.
  record.fill(0x41, THROTTLE.at.cgroup);
  const name = Buffer.from(cgroup);
  record.set(name, THROTTLE.at.cgroup);
  view.setUint32(THROTTLE.at.cgroup_length, name.length, true);
  return record;
}

export function exitRecord(code: number, ktime = 2000n): Uint8Array {
  const record = new Uint8Array(EXIT.size);
  const view = new DataView(record.buffer);
  view.setUint32(EXIT.at.head.kind, KIND.TG_RECORD_EXIT, true);
  view.setBigUint64(EXIT.at.head.ktime, ktime, true);
  view.setUint32(EXIT.at.code, code, true);
  return record;
}

const padded = (bytes: Uint8Array): Uint8Array => {
  const result = new Uint8Array((bytes.length + 7) & ~7);
  result.set(bytes);
  return result;
};

export type ValueFields = {
  number?: bigint;
  flags?: number;
  error?: keyof typeof tg_value_error;
  body?: Uint8Array | string;
};

/** A value of a policy record, padded as the kernel side does. */
export function value(type: keyof typeof tg_type, fields: ValueFields = {}): Uint8Array {
  const body = Buffer.from(fields.body ?? '');
  const bytes = join([new Uint8Array(ARGUMENT.size), body]);
  const view = new DataView(bytes.buffer);
  const { at } = ARGUMENT;
  view.setUint32(at.type, tg_type[type], true);
  view.setUint32(at.size, body.length, true);
  view.setBigUint64(at.number, BigInt.asUintN(64, fields.number ?? 0n), true);
  view.setUint32(at.flags, fields.flags ?? 0, true);
  view.setUint32(at.error, tg_value_error[fields.error ?? 'TG_ERROR_NONE'], true);
  return padded(bytes);
}

export const fileArgument = (path: string, mode: number, flags = 0): Uint8Array =>
  value('TG_TYPE_FILE', { body: path, number: BigInt(mode), flags });

export const intArgument = (number: bigint): Uint8Array => value('TG_TYPE_INT', { number });

type FieldLayout = { offset: number; size: number };

/** The bytes of a struct, its fields by their dotted names; arrays as bytes or text; what isn't given is 0. */
export function struct(
  layout: { size: number; fields: Readonly<Record<string, FieldLayout>> },
  fields: Readonly<Record<string, number | bigint | string | Uint8Array>>,
): Uint8Array {
  const bytes = new Uint8Array(layout.size);
  const view = new DataView(bytes.buffer);
  for (const [name, content] of Object.entries(fields)) {
    const field = layout.fields[name];
    if (!field) throw new Error(`no field ${name}`);
    if (typeof content === 'string' || content instanceof Uint8Array) {
      bytes.set(Buffer.from(content), field.offset);
    } else {
      const number = BigInt.asUintN(64, BigInt(content));
      for (let i = 0; i < field.size; i++)
        view.setUint8(field.offset + i, Number((number >> BigInt(8 * i)) & 0xffn));
    }
  }
  return bytes;
}

/** An address as records have it: IPv4 as ::ffff:a.b.c.d. */
export function address(...groups: number[]): Uint8Array {
  if (groups.length === 4)
    return Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, ...groups);
  return Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff]));
}

export const stack = (kind: 'KERNEL' | 'USER', addresses: readonly bigint[]): Uint8Array =>
  value(`TG_TYPE_${kind}_STACK`, { body: new Uint8Array(BigUint64Array.from(addresses).buffer) });

export type PolicyFields = {
  tgid?: number;
  ktime?: bigint;
  policy?: number;
  hook?: number;
  outcome?: keyof typeof tg_outcome;
  mode?: keyof typeof tg_mode;
  kills?: boolean;
  actions?: readonly (keyof typeof tg_action)[];
  returnActions?: readonly (keyof typeof tg_action)[];
  selector?: number;
  count?: number;
  /** The return value, which stands behind the args. */
  returned?: Uint8Array;
  stacks?: readonly Uint8Array[];
};

export function policyRecord(
  args: readonly Uint8Array[],
  {
    tgid = 0,
    ktime = 3000n,
    policy = 2,
    hook = 5,
    outcome = 'TG_OUTCOME_OBSERVED',
    mode = 'TG_MODE_MONITOR',
    kills = false,
    actions = kills ? ['TG_ACTION_SIGKILL'] : [],
    returnActions = [],
    selector = 0,
    count = args.length,
    returned,
    stacks = [],
  }: PolicyFields = {},
): Uint8Array {
  const record = join([
    new Uint8Array(POLICY.size),
    ...args,
    ...(returned ? [returned] : []),
    ...stacks,
  ]);
  const view = new DataView(record.buffer);
  const { at } = POLICY;
  const bits = (names: readonly (keyof typeof tg_action)[]) =>
    names.reduce((sum, name) => sum | tg_action[name], 0);
  view.setUint32(at.head.kind, KIND.TG_RECORD_POLICY, true);
  view.setUint32(at.head.size, record.length, true);
  view.setUint32(at.head.tgid, tgid, true);
  view.setBigUint64(at.head.ktime, ktime, true);
  view.setUint32(at.policy, policy, true);
  view.setUint32(at.hook, hook, true);
  view.setUint32(at.selector, selector, true);
  view.setUint32(at.outcome, tg_outcome[outcome], true);
  view.setUint32(at.mode, tg_mode[mode], true);
  view.setUint32(at.actions, bits(actions), true);
  view.setUint32(at.return_actions, bits(returnActions), true);
  view.setUint32(at.argument_count, count, true);
  view.setUint32(at.has_return, returned ? 1 : 0, true);
  return record;
}

type NamesFields = Omit<HookNames, 'kind'>;

/** What the tests' policies are called; the target of a hook and what else a test is about come on top. */
export const hookNames = (
  target: HookTarget = { kind: 'kprobe', functionName: 'security_file_permission' },
  fields: Partial<NamesFields> = {},
): HookNames => ({
  policyName: 'sample',
  message: undefined,
  tags: [],
  labels: [],
  argumentCount: 5,
  obtained: undefined,
  selectors: [],
  ...fields,
  ...target,
});
