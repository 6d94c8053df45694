/** Records as the kernel side writes them, built from the generated layouts. */
import {
  tg_exec_record as EXEC,
  tg_exit_record as EXIT,
  tg_file_argument as FILE_ARGUMENT,
  tg_int_argument as INT_ARGUMENT,
  tg_record_kind as KIND,
  tg_policy_record as POLICY,
  tg_action,
  tg_argument_type,
  tg_mode,
  tg_outcome,
} from '../../../src/generated/layouts.ts';

type Texts = {
  filename?: string;
  exe?: string;
  cwd?: string;
  args?: Uint8Array | string;
  cgroup?: string;
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
  const parts = [texts.filename, texts.exe, texts.cwd, texts.args, texts.cgroup].map((text) =>
    Buffer.from(text ?? ''),
  );
  const record = join([new Uint8Array(EXEC.size), ...parts]);
  const view = new DataView(record.buffer);
  const { at } = EXEC;
  [at.filename_length, at.exe_length, at.cwd_length, at.args_length, at.cgroup_length].forEach(
    (offset, i) => {
      view.setUint16(offset, parts[i]?.length ?? 0, true);
    },
  );
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

export function fileArgument(path: string, mode: number, flags = 0): Uint8Array {
  const text = Buffer.from(path);
  const bytes = join([new Uint8Array(FILE_ARGUMENT.size), text]);
  const view = new DataView(bytes.buffer);
  view.setUint32(FILE_ARGUMENT.at.head.type, tg_argument_type.TG_ARGUMENT_FILE, true);
  view.setUint32(FILE_ARGUMENT.at.head.size, bytes.length - 8, true);
  view.setUint32(FILE_ARGUMENT.at.mode, mode, true);
  view.setUint32(FILE_ARGUMENT.at.flags, flags, true);
  return padded(bytes);
}

export function intArgument(value: bigint): Uint8Array {
  const bytes = new Uint8Array(INT_ARGUMENT.size);
  const view = new DataView(bytes.buffer);
  view.setUint32(INT_ARGUMENT.at.head.type, tg_argument_type.TG_ARGUMENT_INT, true);
  view.setUint32(INT_ARGUMENT.at.head.size, 8, true);
  view.setBigInt64(INT_ARGUMENT.at.value, value, true);
  return bytes;
}

export function policyRecord(
  args: readonly Uint8Array[],
  {
    outcome = 'TG_OUTCOME_OBSERVED' as keyof typeof tg_outcome,
    mode = 'TG_MODE_MONITOR' as keyof typeof tg_mode,
    kills = false,
    count = args.length,
  } = {},
): Uint8Array {
  const record = join([new Uint8Array(POLICY.size), ...args]);
  const view = new DataView(record.buffer);
  view.setUint32(POLICY.at.head.kind, KIND.TG_RECORD_POLICY, true);
  view.setBigUint64(POLICY.at.head.ktime, 3000n, true);
  view.setUint32(POLICY.at.policy, 2, true);
  view.setUint32(POLICY.at.hook, 5, true);
  view.setUint32(POLICY.at.outcome, tg_outcome[outcome], true);
  view.setUint32(POLICY.at.mode, tg_mode[mode], true);
  view.setUint32(POLICY.at.actions, kills ? tg_action.TG_ACTION_SIGKILL : 0, true);
  view.setUint32(POLICY.at.argument_count, count, true);
  return record;
}
